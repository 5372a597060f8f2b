import { join } from "node:path";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { databases } from "../support/databases.ts";
import { type Operator, createOperator } from "./operator.ts";

const document = (clientId: string, more: object = {}) => ({
  ...{ client_id: clientId, redirect_uris: [`https://${clientId}.example/callback`] },
  ...more,
});

describe.each(databases)("lopauth client set and edit, on $name", ({ create }) => {
  let operator: Operator;
  const { EDITOR, VISUAL } = process.env;

  beforeAll(async () => {
    operator = await createOperator(create);
  });
  afterEach(() => {
    for (const [name, value] of Object.entries({ EDITOR, VISUAL })) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
  });
  afterAll(async () => {
    await operator.drop();
  });

  const add = async (clientId: string, more: object = {}) => {
    const file = operator.addFile("new.json", JSON.stringify(document(clientId, more)));
    return (await operator.run("client", "add", file, "--json")).document();
  };
  const show = async (clientId: string) =>
    (await operator.run("client", "show", clientId, "--json")).document();
  /** A program that does to a file what a person would; its one argument is that file. */
  const edits = (change: string) => {
    const script = `const { readFileSync, writeFileSync } = require("node:fs");
      const file = process.argv[2];
      const client = JSON.parse(readFileSync(file, "utf8"));
      ${change}`;
    process.env["VISUAL"] = `${process.execPath} ${operator.addFile("editor.cjs", script)}`;
  };

  it("set changes what is named, keeps the rest, and says what differs", async () => {
    await add("of", { scope: "openid email" });
    const settings = [
      ...["client_name=Portail OF", "require_pkce=false", "default_max_age=3600"],
      "redirect_uris=https://of.example/a https://of.example/b",
    ];
    const { code, out } = await operator.run("client", "set", "of", ...settings);
    expect(code).toBe(0);
    expect(out).toContain("client_name\n  + Portail OF\n");
    expect(out).toContain("require_pkce\n  - true\n  + false\n");
    expect(out).toContain("What was issued to it stays valid.\nof is changed.\n");
    expect(await show("of")).toMatchObject({
      ...{ client_name: "Portail OF", require_pkce: false, default_max_age: 3600 },
      ...{ scope: "openid email", redirect_uris: ["https://of.example/a", "https://of.example/b"] },
    });
    await operator.run("client", "set", "of", "client_name=");
    expect(await show("of")).not.toHaveProperty("client_name");
  });

  it("set answers programs with the client, what differs and what ends", async () => {
    await add("json");
    const { document } = await operator.run(
      ...["client", "set", "json", "token_endpoint_auth_method=none", "--json"],
    );
    expect(document()).toMatchObject({
      ...{ client_id: "json", changed: true, token_endpoint_auth_method: "none" },
      differences: [
        { name: "token_endpoint_auth_method", before: "client_secret_basic", after: "none" },
      ],
      ...{ tokens_voided_by: ["token_endpoint_auth_method"], secret: "ended" },
    });
    const back = await operator.run(
      ...["client", "set", "json", "token_endpoint_auth_method=", "--json"],
    );
    expect(back.document()).toMatchObject({
      client_secret: expect.stringMatching(/^[\w-]{43}$/) as unknown,
    });
    const same = await operator.run("client", "set", "json", "require_pkce=true", "--json");
    expect([same.code, same.document()]).toEqual([
      0,
      { client_id: "json", changed: false, differences: [] },
    ]);
  });

  it("shows what would change, and changes nothing, with --preview", async () => {
    await add("seen");
    const { out } = await operator.run("client", "set", "seen", "scope=openid", "--preview");
    expect(out).toContain("scope\n  + openid\n");
    expect(out).toContain("What was issued to it ends, because of scope.");
    expect(out).toContain("Nothing was changed.");
    expect(await show("seen")).not.toHaveProperty("scope");
  });

  it("edit reads the whole client from a file", async () => {
    await add("file");
    const text = JSON.stringify(document("file", { client_name: "Du fichier" }));
    const file = operator.addFile("edited.json", text);
    expect((await operator.run("client", "edit", "file", file)).code).toBe(0);
    expect(await show("file")).toMatchObject({ client_name: "Du fichier" });
    const none = await operator.run("client", "edit", "file", join(operator.folder, "none.json"));
    expect([none.code, none.err]).toEqual([1, expect.stringContaining("no file")]);
  });

  it("edit opens an editor on the JSON, which it hands in", async () => {
    await add("hand", { client_name: "Avant" });
    edits(
      `writeFileSync(file, JSON.stringify({ ...client, client_name: client.client_name + " et après" }));`,
    );
    expect((await operator.run("client", "edit", "hand")).code).toBe(0);
    expect(await show("hand")).toMatchObject({ client_name: "Avant et après" });
  });

  it("edit keeps what was typed when it is refused", async () => {
    await add("kept");
    edits(`writeFileSync(file, JSON.stringify({ ...client, scope: "nothing" }));`);
    const { code, err } = await operator.run("client", "edit", "kept");
    expect(code).toBe(1);
    expect(err).toContain("scope must be names among");
    const file = /what was typed is in (\S+)/.exec(err)?.[1] ?? "";
    expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ scope: "nothing" });
  });

  it.each([
    ["no editor", "", "found none"],
    ["an editor that fails", `${process.execPath} --not-an-option`, "found exit"],
    ["an editor that is not there", "/no/such/editor", "found none"],
  ])("edit changes nothing with %s", async (_what, editor, found) => {
    Reflect.deleteProperty(process.env, "VISUAL");
    process.env["EDITOR"] = editor;
    const folders = () =>
      readdirSync(tmpdir()).filter((name) => name.startsWith("lopauth-client-"));
    const before = folders();
    const { code, err } = await operator.run("client", "edit", "of");
    expect(code).toBe(1);
    expect(err).toContain(found);
    // Nothing was typed: nothing is kept, and nobody is told that it is.
    expect(err).not.toContain("what was typed");
    expect(folders().filter((name) => !before.includes(name))).toEqual([]);
  });

  it("edit keeps what was typed when it was only looked at, or met a fault", async () => {
    await add("looked-at");
    edits(`writeFileSync(file, JSON.stringify({ ...client, client_name: "Tapé" }));`);
    const typedIn = (said: string) => {
      const [, file = ""] = /what was typed is in (\S+\.json)/i.exec(said) ?? [];
      return readFileSync(file, "utf8");
    };
    const looked = await operator.run("client", "edit", "looked-at", "--preview");
    expect(looked.code).toBe(0);
    expect(typedIn(looked.out)).toContain("Tapé");
    await operator.run("maintenance", "on", "--until", "1h");
    const broken = await operator.run("client", "edit", "looked-at");
    await operator.run("maintenance", "off");
    expect(broken.code).toBe(1);
    expect(typedIn(broken.err)).toContain("Tapé");
    expect(await show("looked-at")).not.toHaveProperty("client_name");
  });

  it("edit does not overwrite what somebody changed while the editor was open", async () => {
    await add("race");
    const { knex } = operator.database;
    const other = JSON.stringify(document("race", { client_name: "L'autre" }));
    const opened = join(operator.folder, "opened");
    // The editor is open until the test says so, as that of somebody who went for a coffee.
    edits(`
      writeFileSync(${JSON.stringify(opened)}, file);
      const waiting = setInterval(() => {
        if (!require("node:fs").existsSync(file + ".go")) return;
        clearInterval(waiting);
        writeFileSync(file, JSON.stringify({ ...client, client_name: "Le mien" }));
      }, 10);`);
    const answer = operator.run("client", "edit", "race");
    while (!existsSync(opened) || readFileSync(opened, "utf8") === "")
      await new Promise((resolve) => setTimeout(resolve, 10));
    await knex("clients").where({ client_id: "race" }).update({ metadata: other });
    await knex("clients_version").increment("version", 1);
    writeFileSync(`${readFileSync(opened, "utf8")}.go`, "");
    const { code, err } = await answer;
    expect([code, err]).toEqual([1, expect.stringContaining("changed by somebody else")]);
    expect(await show("race")).toMatchObject({ client_name: "L'autre" });
  });

  it.each(["set", "edit"])("%s names a client that is not there, or is declared", async (name) => {
    const words = name === "set" ? ["client_name=x"] : ["-"];
    const unknown = await operator.run("client", name, "nobody", ...words);
    expect([unknown.code, unknown.err]).toEqual([1, expect.stringContaining("(found")]);
    const declared = await operator.run("client", name, "portail-partenaire", ...words);
    expect([declared.code, declared.err]).toEqual([1, expect.stringContaining("is declared")]);
  });

  it("set takes anything but NAME=VALUE as wrong usage", async () => {
    expect((await operator.run("client", "set", "of", "client_name")).code).toBe(2);
    expect((await operator.run("client", "set", "of")).code).toBe(2);
  });
});
