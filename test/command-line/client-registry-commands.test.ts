import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { runCommandLine } from "../../src/command-line/index.ts";
import { systemRandom } from "../../src/foundation/index.ts";
import { readSettings } from "../../src/operations/index.ts";
import { openDatabase } from "../../src/storage/index.ts";
import { type TestDatabase, databases } from "../support/databases.ts";

const noon = 1_800_000_000;
const declaredSecret = "a-declared-s3cret-of-thirty-two-characters";

describe.each(databases)("lopauth client, on $name", ({ create }) => {
  let database: TestDatabase;
  let folder: string;
  let now = noon;

  beforeAll(async () => {
    database = await create();
    folder = mkdtempSync(join(tmpdir(), "lopauth-cli-"));
    write("clients.json", [
      {
        client_id: "declared",
        client_secret: "${DECLARED_SECRET}",
        redirect_uris: ["https://declared.example/callback"],
      },
    ]);
    await lopauth("migrate");
  });
  beforeEach(() => {
    now = noon;
  });
  afterAll(async () => {
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  const write = (name: string, content: unknown) => {
    const file = join(folder, name);
    writeFileSync(file, JSON.stringify(content));
    return file;
  };
  const metadata = (clientId: string, more: object = {}) => ({
    client_id: clientId,
    redirect_uris: [`https://${clientId}.example/callback`],
    ...more,
  });

  const url = () => database.url;

  async function lopauth(...words: string[]) {
    const said = { out: "", err: "" };
    const code = await runCommandLine(words, {
      comparesClocks: false,
      readSettings: () =>
        readSettings(
          {
            DATABASE_URL: database.url,
            CLIENTS_FILE: join(folder, "clients.json"),
            DECLARED_SECRET: declaredSecret,
            CLIENTS_FILE_VARIABLES: "DECLARED_SECRET",
            COOKIE_KEYS: "c".repeat(43),
            ENCRYPTION_KEYS: Buffer.alloc(32, 7).toString("base64url"),
          },
          () => ({}),
        ),
      terminal: { out: (text) => (said.out += text), err: (text) => (said.err += text) },
      clock: { epochSeconds: () => now, epochMilliseconds: () => now * 1000 },
      random: systemRandom,
    });
    return { code, ...said };
  }
  const json = async (...words: string[]) => {
    const { code, out, err } = await lopauth("--json", "client", ...words);
    return { code, said: JSON.parse(out || err) as Record<string, unknown> };
  };

  it("add registers a client and shows its secret, which no other command ever does", async () => {
    const { code, said } = await json("add", write("new.json", metadata("cli")));
    expect(code).toBe(0);
    expect(said).toMatchObject({
      client_id: "cli",
      source: "registered",
      state: "enabled",
      registered_by: "operator",
      client_secret_expires_at: 0,
      require_pkce: true,
    });
    const secret = String(said["client_secret"]);
    expect(Buffer.from(secret, "base64url")).toHaveLength(32);
    const others = [await lopauth("client", "list"), await lopauth("client", "show", "cli")];
    for (const { out, err } of others) {
      expect(out).toContain("cli");
      expect(out + err).not.toContain(secret);
    }
  });

  it("add tells what is wrong as one document, with what the log says of it in it", async () => {
    const file = write("private.json", metadata("private", { logo_uri: "https://127.0.0.1/logo" }));
    const { code, out, err } = await lopauth("--json", "client", "add", file);
    expect([code, out]).toEqual([1, ""]);
    const { error, log } = JSON.parse(err) as { error: string; log: string[] };
    expect(error).toBe("nothing was registered");
    expect(log).toEqual([expect.stringContaining("a call to a private address was refused")]);
    const plainly = await lopauth("client", "add", file);
    expect(plainly.err).toMatch(/WARN {2}a call to a private address.*\nerror: nothing was/);
  });

  it("a command that did what it was asked tells the log at its end", async () => {
    const { err, out } = await lopauth("--json", "client", "add", write("n.json", metadata("odd")));
    expect([err, (JSON.parse(out) as { client_id: string }).client_id]).toEqual(["", "odd"]);
    const database = openDatabase(url());
    await database.knex("clients").where({ client_id: "odd" }).update({ metadata: "{}" });
    const listed = await lopauth("--json", "client", "list");
    await database.knex("clients").where({ client_id: "odd" }).delete();
    await database.close();
    expect([listed.code, JSON.parse(listed.out)]).toEqual([0, expect.any(Array)]);
    expect(listed.err).toContain("not served");
  });

  it("add says in plain text what to keep", async () => {
    const { code, out } = await lopauth("client", "add", write("new.json", metadata("plain")));
    expect(code).toBe(0);
    expect(out).toMatch(
      /^client_id +plain\nclient_secret +[\w-]{43}\nKeep the secret now: it is never shown again\.\n$/,
    );
    const file = write("new.json", metadata("open", { token_endpoint_auth_method: "none" }));
    expect((await lopauth("client", "add", file)).out).toBe("client_id  open\n");
  });

  it("add names every problem, and registers nothing", async () => {
    const file = write("new.json", metadata("bad", { scope: "nothing", requirepkce: false }));
    const { code, out, err } = await lopauth("client", "add", file);
    expect([code, out]).toEqual([1, ""]);
    expect(err).toMatch(/error: nothing was registered\n.*client bad: scope must be names among/s);
    expect(err).toMatch(
      /requirepkce must be the name of known metadata: did you mean require_pkce/,
    );
    expect((await lopauth("client", "add", join(folder, "none.json"))).err).toContain("no file");
    expect((await lopauth("client", "show", "bad")).code).toBe(1);
  });

  it("list shows both kinds with their source", async () => {
    const { out } = await lopauth("client", "list");
    expect(out).toMatch(/^declared +declared +enabled/m);
    expect(out).toMatch(/^cli +registered +enabled/m);
  });

  it("rotate-secret shows the new secret and when the older one ends", async () => {
    const { code, said } = await json("rotate-secret", "cli");
    expect([code, said["older_secret_ends_at"]]).toEqual([0, "2027-01-16T08:00:00Z"]);
    expect(String(said["client_secret"])).toMatch(/^[\w-]{43}$/);
    const shown = (await json("show", "cli")).said["secrets"];
    expect(shown).toEqual([
      { created_at: "2027-01-15T08:00:00.000Z", ends_at: "2027-01-16T08:00:00.000Z" },
      { created_at: "2027-01-15T08:00:00.000Z", ends_at: null },
    ]);
  });

  it("show tells instants as every table does, and JSON in UTC", async () => {
    const { out } = await lopauth("client", "show", "cli");
    expect(out).toMatch(/^registered_at +2027-01-15T09:00\+01:00$/m);
    expect(out).toMatch(
      /^secrets +made \S+\+01:00, refused from 2027-01-16T09:00\+01:00 on; made \S+\+01:00$/m,
    );
    expect(out).not.toMatch(/\dZ/);
    expect((await lopauth("client", "show", "declared")).out).toMatch(
      /^secrets +from the environment$/m,
    );
  });

  it.each([
    [["--overlap", "7d"], "2027-01-22T08:00:00Z"],
    [["--overlap", "0"], "2027-01-15T08:00:00Z"],
    [["--until", "2027-01-31"], "2027-01-31T23:00:00Z"],
  ])("rotate-secret %j ends the older one as it is told", async (options, end) => {
    const { said } = await json("rotate-secret", "cli", ...options);
    expect(said["older_secret_ends_at"]).toBe(end);
  });

  it.each([
    [["--overlap", "a week"], /--overlap must be a number with its unit/],
    [["--until", "2020-01-01"], /--until must be in the future/],
  ])("rotate-secret refuses %j", async (options, problem) => {
    const { code, err } = await lopauth("client", "rotate-secret", "cli", ...options);
    expect(code).toBe(1);
    expect(err).toMatch(problem);
  });

  it("takes --until with --overlap as wrong usage", async () => {
    const both = ["--until", "2027-01-31", "--overlap", "7d"];
    expect((await lopauth("client", "rotate-secret", "cli", ...both)).code).toBe(2);
  });

  it("disable and enable switch a client of either kind, and say when nothing changed", async () => {
    for (const id of ["cli", "declared"]) {
      const changed = { client_id: id, state: "disabled", changed: true };
      expect(await json("disable", id)).toEqual({ code: 0, said: changed });
      expect(await json("disable", id)).toEqual({ code: 0, said: { ...changed, changed: false } });
      expect((await json("show", id)).said).toMatchObject({
        state: "disabled",
        disabled_at: "2027-01-15T08:00:00.000Z",
      });
      expect((await lopauth("client", "enable", id)).out).toBe(`${id} is enabled.\n`);
    }
  });

  it("remove takes a registered client away", async () => {
    expect((await json("remove", "plain")).said).toEqual({ client_id: "plain", removed: true });
    expect((await lopauth("client", "show", "plain")).code).toBe(1);
  });

  it.each(["remove", "rotate-secret"])(
    "%s sends to the file for a declared client",
    async (name) => {
      const { code, err } = await lopauth("client", name, "declared");
      expect(code).toBe(1);
      expect(err).toMatch(
        /must be a registered client: this one is declared; change it in .*clients\.json/,
      );
    },
  );

  it.each(["remove", "rotate-secret", "disable", "enable"])(
    "%s knows no client that is not there",
    async (name) => {
      const { code, err } = await lopauth("client", name, "nobody");
      expect(code).toBe(1);
      expect(err).toMatch(/ID must be the client_id of a client.*\(found "nobody"\)/);
    },
  );

  it("remove mends a clash with the file, which refuses the start", async () => {
    await lopauth("client", "add", write("new.json", metadata("clash")));
    write("clients.json", [
      metadata("declared", { client_secret: declaredSecret }),
      metadata("clash", { token_endpoint_auth_method: "none" }),
    ]);
    expect((await json("show", "clash")).said).toMatchObject({ source: "declared" });
    expect((await lopauth("client", "remove", "clash")).code).toBe(0);
    const again = await lopauth("client", "remove", "clash");
    expect([again.code, again.err]).toEqual([1, expect.stringContaining("this one is declared")]);
  });
});
