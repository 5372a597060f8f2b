import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { ConfigurationError } from "../../src/operations/index.ts";
import { databases } from "../support/databases.ts";
import {
  type ClientNode,
  type ClientRegister,
  clientText,
  createClientRegister,
} from "./client-register.ts";
import { confidential, secret } from "./fixtures.ts";

describe.each(databases)("the client directory, on $name", ({ create }) => {
  let register: ClientRegister;
  let here: ClientNode;
  let there: ClientNode;

  beforeAll(async () => {
    register = await createClientRegister(create);
    here = await register.node([confidential]);
    there = await register.node([confidential]);
  });
  afterAll(async () => {
    await register.drop();
  });

  const add = async (clientId: string, metadata?: object) => {
    const { registered } = await here.registry.register(
      "f",
      clientText(clientId, metadata),
      "operator",
    );
    return registered?.[0]?.secret ?? "";
  };

  it("serves declared and registered clients side by side, in the order of their client_id", async () => {
    await add("zebra");
    await add("alpha");
    const listed = here.directory.list().map(({ clientId, source }) => [clientId, source]);
    expect(listed).toEqual([
      ["alpha", "registered"],
      ["of", "declared"],
      ["zebra", "registered"],
    ]);
    expect(here.directory.find("of")).toMatchObject({ first_party: true });
    expect(here.directory.find("alpha")).toMatchObject({ first_party: false, require_pkce: true });
    expect(here.directory.find("nobody")).toBeUndefined();
  });

  it("never holds the secret of a declared client, and knows it", () => {
    expect(JSON.stringify(here.directory.list())).not.toContain(secret);
    expect(here.directory.secretMatches("of", secret)).toBe(true);
    expect(here.directory.secretMatches("of", `${secret}x`)).toBe(false);
  });

  it("shows a change to another node at its next look, and asks only for one number when there is none", async () => {
    const made = await add("seen-elsewhere");
    expect(there.directory.find("seen-elsewhere")).toBeUndefined();
    await there.directory.refresh();
    expect(there.directory.secretMatches("seen-elsewhere", made)).toBe(true);
    const queries: string[] = [];
    there.database.knex.on("query", ({ sql }: { sql: string }) => queries.push(sql));
    await there.directory.refresh();
    expect(queries).toHaveLength(1);
    expect(queries[0]).toContain("clients_version");
  });

  it("asks nothing of the database to find a client or to compare a secret", async () => {
    const queries: string[] = [];
    here.database.knex.on("query", ({ sql }: { sql: string }) => queries.push(sql));
    here.directory.find("alpha");
    here.directory.servedSince("alpha");
    here.directory.secretMatches("alpha", "whatever");
    await Promise.resolve();
    expect(queries).toEqual([]);
  });

  it("ends with the newest state when many changes are read at the same time", async () => {
    await add("busy");
    const changes = Array.from({ length: 10 }, (_, index) =>
      here.registry.register("f", clientText(`busy-${index}`), "operator"),
    );
    await Promise.all([...changes, here.directory.reload(), here.directory.refresh()]);
    const busy = here.directory.list().filter(({ clientId }) => clientId.startsWith("busy-"));
    expect(busy).toHaveLength(10);
  });

  describe("a client_id that is both declared and registered", () => {
    it("refuses the start, naming both and the way out", async () => {
      await add("twice");
      const clashing = register.closedNode([{ ...confidential, client_id: "twice" }]);
      const start = clashing.directory.open();
      await expect(start).rejects.toBeInstanceOf(ConfigurationError);
      await expect(start).rejects.toThrow(/clients\.json twice client_id/);
      await expect(start).rejects.toThrow(/registered in the database since 2027-01-15T08:00:00/);
      await expect(start).rejects.toThrow(/lopauth client remove twice/);
    });

    it("keeps the declared one served where it comes up later, and says so in the log", async () => {
      const running = await register.node([{ ...confidential, client_id: "later" }]);
      register.log.length = 0;
      await here.registry.register("f", clientText("later"), "operator");
      await running.directory.refresh();
      expect(running.directory.entry("later")?.source).toBe("declared");
      expect(running.directory.secretMatches("later", secret)).toBe(true);
      expect(register.log.join("\n")).toMatch(/its client_id is declared too/);
    });

    it("is mended by the removal of the registered one", async () => {
      const clashing = register.closedNode([{ ...confidential, client_id: "twice" }]);
      expect(await clashing.registry.remove("twice", "operator")).toMatchObject({ accepted: true });
      await clashing.directory.open();
      expect(clashing.directory.entry("twice")?.source).toBe("declared");
    });
  });

  it("does not serve a registered client that the validation no longer accepts, and says why", async () => {
    await add("outdated");
    const { knex } = here.database;
    const metadata = clientText("outdated", { redirect_uris: ["http://outdated.example/"] });
    await knex("clients").where("client_id", "outdated").update({ metadata });
    register.log.length = 0;
    await here.directory.reload();
    expect(here.directory.find("outdated")).toBeUndefined();
    expect(here.directory.entry("outdated")?.problems[0]?.rule).toMatch(/must be https/);
    expect(register.log.join("\n")).toMatch(/not served: .*redirect_uris\[0\] must be https/);
  });
});
