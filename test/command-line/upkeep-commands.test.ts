import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "@jest/globals";
import { openDatabase } from "../../src/storage/index.ts";
import { databases } from "../support/databases.ts";
import { type Operator, createOperator, dinum, morning } from "./operator.ts";

const [sqlite] = databases;
const camille = "camille@cfa.test";

let operator: Operator;

afterEach(async () => {
  await operator.drop();
});

describe.each(databases)("lopauth on a new $name database", ({ create }) => {
  it("says which migrations lack, and applies them with migrate", async () => {
    operator = await createOperator(create, { migrated: false });
    const before = await operator.run("account", "list");
    expect([before.code, before.out]).toEqual([1, ""]);
    expect(before.err).toMatch(
      /^error: the database lacks 001-accounts\.ts, .*: run "lopauth migrate" first\n$/,
    );
    const { document } = await operator.run("migrate", "--json");
    expect((document() as { applied: string[] }).applied[0]).toBe("001-accounts.ts");
    expect((await operator.run("migrate")).out).toBe("The database is up to date.\n");
    expect((await operator.run("account", "list")).out).toBe("There is no account.\n");
  });

  it("prints each migration it applies", async () => {
    operator = await createOperator(create, { migrated: false });
    const { out } = await operator.run("migrate");
    expect(out).toMatch(/^(applied \d{3}-[a-z-]+\.ts\n)+$/);
  });

  it("erases what has expired with purge, and counts it", async () => {
    operator = await createOperator(create);
    const pending = { email: camille, given_name: "C", family_name: "D", locale: "fr" };
    await operator.database.knex("pending_sign_ups").insert({
      ...pending,
      id: "expired",
      password_hash: "-",
      browser_digest: "-",
      letter_asked_at: morning - 100,
      created_at: morning - 100,
      expires_at: morning - 1,
    });
    const { document } = await operator.run("purge", "--json");
    expect(document()).toMatchObject({ erased: { sign_ups: 1, links: 0, artifacts: 0 } });
    expect((await operator.run("purge")).out).toMatch(/^sign ups +0$/m);
  });

  it("purges nothing when the clock has jumped, says how to go on, and goes on once", async () => {
    operator = await createOperator(create);
    await operator.database
      .knex("purges")
      .insert({ kind: "signUps", ran_at: morning - 800 * 86_400 });
    const refused = await operator.run("purge", "--json");
    expect(refused.code).toBe(1);
    expect(refused.document()).toMatchObject({ erased: { links: 0 } });
    expect(refused.document()).not.toHaveProperty("erased.sign_ups");
    expect(JSON.parse(refused.err)).toMatchObject({
      problems: [{ kind: "sign_ups", because: expect.stringContaining("--allow jump") as unknown }],
    });
    const allowed = await operator.run("purge", "--allow", "jump", "--json");
    expect(allowed.document()).toMatchObject({ erased: { sign_ups: 0 } });
    expect((await operator.run("purge")).code).toBe(0);
    const mistyped = await operator.run("purge", "--allow", "sign_up,jump");
    expect(mistyped.code).toBe(2);
    expect(mistyped.err).toContain("--allow: found sign_up; expected");
    expect((await operator.run("purge", "--allow", "sign_ups")).code).toBe(0);
  });
});

describe.each(databases)("a machine whose clock is wrong, on $name", ({ name, create }) => {
  it.each([
    ["purge", "--allow", "jump"],
    ["keys", "rotate"],
    ["access", "close", camille, dinum],
    ["sessions", "end", camille],
  ])("has nothing done by lopauth %s %s", async (...words) => {
    operator = await createOperator(create);
    // As far from now as its tests are: on SQLite there is no other clock to ask.
    const { code, err } = await operator.runByClock(...words);
    const told = "nothing was done: the clock of this machine is";
    if (name === "SQLite") expect(err).not.toContain(told);
    else expect([code, err]).toEqual([1, expect.stringContaining(told)]);
    const ran = await operator.database.knex("purges");
    expect(ran.length > 0).toBe(name === "SQLite" && words[0] === "purge");
  });
});

describe("lopauth backup of SQLite", () => {
  const prepared = async () => {
    operator = await createOperator((sqlite ?? { create: fail }).create);
    await operator.addAccount(camille);
    return join(operator.folder, "backup.sqlite3");
  };

  it("makes a whole register while another process is writing, for its owner alone", async () => {
    const file = await prepared();
    const state = { writing: true };
    const writer = (async () => {
      for (let count = 0; state.writing; count += 1) {
        await operator.addAccount(`p${count}@cfa.test`);
      }
    })();
    const { code, document } = await operator.run("backup", file, "--json");
    state.writing = false;
    await writer;
    expect(code).toBe(0);
    expect(document()).toEqual({ file, bytes: statSync(file).size });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const copy = openDatabase(`sqlite:${file}`);
    const [check] = await copy.knex.raw<{ integrity_check: string }[]>("PRAGMA integrity_check");
    expect(check).toEqual({ integrity_check: "ok" });
    expect(await copy.knex("accounts").where({ email: camille })).toHaveLength(1);
    await copy.close();
  });

  it("never overwrites a file, and leaves none behind in a folder that is missing", async () => {
    const file = await prepared();
    operator.addFile("backup.sqlite3", "mine");
    const { code, err } = await operator.run("backup", file);
    expect(code).toBe(1);
    expect(err).toContain("FILE must not exist: a backup never overwrites");
    expect(statSync(file).size).toBe(4);
    const nowhere = join(operator.folder, "missing", "backup.sqlite3");
    expect((await operator.run("backup", nowhere)).err).toContain(
      "must be in a folder that exists",
    );
  });

  it("makes no register where there is none", async () => {
    operator = await createOperator((sqlite ?? { create: fail }).create, {
      environment: { DATABASE_URL: "sqlite:/tmp/lopauth-no-such-register.sqlite3" },
    });
    const { code, err } = await operator.run("backup", join(operator.folder, "backup.sqlite3"));
    expect(code).toBe(1);
    expect(err).toContain(
      "nothing was copied: there is no register at sqlite:/tmp/lopauth-no-such",
    );
    expect(existsSync("/tmp/lopauth-no-such-register.sqlite3")).toBe(false);
  });
});

describe("lopauth where there is no SQLite register", () => {
  const inFolder = async (name: string) => {
    operator = await createOperator((sqlite ?? { create: fail }).create);
    return join(operator.folder, name);
  };

  it("makes none with a command that reads, and says what does", async () => {
    const path = await inFolder("mistyped.sqlite3");
    const environment = { DATABASE_URL: `sqlite:${path}` };
    const { code, err } = await operator.runWith(environment, "account", "list");
    expect([code, err]).toEqual([1, expect.stringContaining(`there is no register at ${path}`)]);
    expect(err).toContain('"lopauth migrate" makes it');
    expect(existsSync(path)).toBe(false);
  });

  it("calls no copy of a database without tables a backup", async () => {
    const path = await inFolder("empty.sqlite3");
    const empty = openDatabase(`sqlite:${path}`);
    await empty.ping();
    await empty.close();
    const file = join(operator.folder, "backup.sqlite3");
    const { code, err } = await operator.runWith(
      { DATABASE_URL: `sqlite:${path}` },
      ...["backup", file],
    );
    expect([code, err]).toEqual([1, expect.stringContaining("there is no register at sqlite:")]);
    expect(existsSync(file)).toBe(false);
  });

  it("leaves no file behind of a backup of what is no database", async () => {
    await inFolder("");
    const path = operator.addFile("people.csv", "email;given_name;family_name\n");
    const file = join(operator.folder, "backup.sqlite3");
    const environment = { DATABASE_URL: `sqlite:${path}` };
    const { code, err } = await operator.runWith(environment, "backup", file);
    expect([code, err]).toEqual([1, expect.stringContaining("a file that is no SQLite database")]);
    expect(existsSync(file)).toBe(false);
  });
});

describe("lopauth backup of PostgreSQL", () => {
  it("prints the pg_dump to use, without connecting and without the password", async () => {
    operator = await createOperator((sqlite ?? { create: fail }).create, {
      environment: { DATABASE_URL: "postgres://auth:s3cret@db.invalid/auth" },
    });
    const { code, out } = await operator.run("backup", "auth.dump");
    expect(code).toBe(0);
    expect(out).toContain("\numask 077\npg_dump --format=custom ");
    expect(out).toContain("--dbname='postgres://auth@db.invalid/auth'");
    expect(out).not.toContain("s3cret");
  });
});

describe("lopauth client", () => {
  const clients = (...list: object[]) => operator.addFile("clients.json", JSON.stringify(list));
  const portal = {
    client_id: "portal",
    client_name: "Le portail",
    client_secret: "${PORTAL_CLIENT_SECRET}",
    redirect_uris: ["https://portal.test/callback"],
  };

  it("checks a file without any database, and names every problem on a line", async () => {
    operator = await createOperator((sqlite ?? { create: fail }).create, {
      environment: { DATABASE_URL: "postgres://db.invalid/auth" },
    });
    const file = clients(portal, { ...portal, redirect_uris: ["portal"] });
    const { code, out, err } = await operator.run("client", "check", file);
    expect([code, out]).toEqual([1, ""]);
    const lines = err.trimEnd().split("\n");
    expect(lines[0]).toMatch(/^error: .*clients\.json has [2-9] problems$/);
    expect(lines).toContainEqual(expect.stringContaining("client portal: redirect_uris[0] must"));
    expect(lines).toContainEqual(expect.stringContaining("client portal: client_id must"));
    const json = await operator.run("client", "check", file, "--json");
    expect(json.document()).toMatchObject({ file, valid: false, clients: [] });
    expect(json.failure()).toMatchObject({ problems: [{ file, client: "portal" }, {}] });
    expect((await operator.run("client", "check", clients(portal))).out).toBe(
      `${file}: 1 client, no problem\n`,
    );
  });

  it("checks what stands beside the file, and says what is wrong with the settings in the same list", async () => {
    operator = await createOperator((sqlite ?? { create: fail }).create);
    const file = clients({ ...portal, scope: "openid formations:read" });
    const alone = await operator.run("client", "check", file);
    expect(alone.err).toContain("client portal: scope must be scopes that a resource server of");
    operator.addFile(
      "resources.json",
      JSON.stringify([{ resource: "https://a.test/f", nam: "F", scope: "formations:read" }]),
    );
    operator.addFile("webhooks.json", "{}");
    const wrong = { SMTP_URL: "nowhere" };
    const { code, err } = await operator.runWith(wrong, "client", "check", file);
    expect(code).toBe(1);
    expect(err.split("\n")).toEqual([
      `error: the settings, ${file} and what stands beside it have 4 problems`,
      expect.stringContaining("SMTP_URL: found"),
      expect.stringContaining("resources.json: [0].name must be a text"),
      expect.stringContaining("resources.json: [0].nam must be the name of a member"),
      expect.stringContaining("webhooks.json: must be a list"),
      "",
    ]);
    const open = await operator.runWith({ ...wrong, CLIENTS_FILE: file }, "client", "list");
    expect([open.code, open.err.split("\n").length]).toEqual([1, 6]);
    expect(open.err).toMatch(/SMTP_URL: found[^]*webhooks\.json: found an object; must be a list/);
  });

  it("lists and shows the clients of CLIENTS_FILE, never a secret", async () => {
    operator = await createOperator((sqlite ?? { create: fail }).create);
    const list = await operator.run("client", "list");
    expect(list.out).toMatch(/^portail-partenaire {2}/m);
    const shown = await operator.run("client", "show", "portail-partenaire", "--json");
    expect(shown.document()).toMatchObject({
      client_id: "portail-partenaire",
      source: "declared",
      space_name: "OF",
    });
    expect(shown.out).not.toContain('client_secret"');
    const text = await operator.run("client", "show", "portail-partenaire");
    expect(text.out).toMatch(/^space_name +OF$/m);
    const unknown = await operator.run("client", "show", dinum);
    expect(unknown.code).toBe(1);
    expect(unknown.err).toContain(`ID must be the client_id of a client`);
  });
});

function fail(): never {
  throw new Error("SQLite is always at hand");
}

describe("lopauth on a damaged SQLite register", () => {
  it("says what SQLite says, without the statement that met it", async () => {
    operator = await createOperator((sqlite ?? { create: fail }).create);
    const file = join(operator.folder, "damaged.sqlite3");
    expect((await operator.run("backup", file)).code).toBe(0);
    const copy = openDatabase(`sqlite:${file}`);
    // Of the table and its indexes, whichever is read.
    const roots = await copy.knex.raw<{ rootpage: number }[]>(
      "SELECT rootpage FROM sqlite_master WHERE tbl_name = 'accounts' AND rootpage > 0",
    );
    await copy.close();
    const content = readFileSync(file);
    const pageBytes = content.readUInt16BE(16);
    for (const { rootpage } of roots) {
      content.fill(0xff, (rootpage - 1) * pageBytes, rootpage * pageBytes);
    }
    writeFileSync(file, content);
    const { code, err } = await operator.runWith(
      { DATABASE_URL: `sqlite:${file}` },
      ...["account", "list"],
    );
    expect([code, err]).toEqual([1, "error: SQLITE_CORRUPT: database disk image is malformed\n"]);
  });
});
