import { randomBytes } from "node:crypto";
import { afterEach, describe, expect, it } from "@jest/globals";
import { databases } from "../support/databases.ts";
import { openDatabase } from "../../src/storage/index.ts";
import { type Operator, createOperator, dinum, laPoste, morning } from "./operator.ts";

const people = ["camille@cfa.test", "zoe@cfa.test", "gone@cfa.test"];
const directions = databases.flatMap((from) =>
  databases.map((to) => ({ from, to, name: `${from.name} to ${to.name}` })),
);

interface Moved {
  readonly rows: number;
  readonly counts: Record<string, number>;
  readonly digests: Record<string, string>;
}

describe.each(directions)("lopauth move, from $name", ({ from, to }) => {
  const opened: Operator[] = [];
  const begin = async (kind: typeof from, migrated = true) => {
    const operator = await createOperator(kind.create, { migrated });
    opened.push(operator);
    return operator;
  };
  afterEach(async () => {
    for (const operator of opened.splice(0)) await operator.drop();
  });

  /** A register with rows of every kind that the two databases keep differently. */
  async function filled(): Promise<Operator> {
    const source = await begin(from);
    for (const email of people)
      await source.addAccount(email, { family_name: "L’Œuvre \u{1f600}" });
    const [one = "", two = "", gone = ""] = people;
    await source.run("access", "open", one, dinum, laPoste, "--reason", '=1; « é »\n"x"');
    await source.run("access", "open", two, dinum, "--until", "2027-12-31");
    await source.run("access", "close", one, laPoste);
    await source.run("account", "delete", gone);
    const { knex } = source.database;
    await knex("accounts")
      .where({ sub: `sub-of-${gone}` })
      .delete();
    const passkey = { sub: `sub-of-${one}`, public_key: "-", name: "clé", created_at: morning };
    const columns = Object.keys(await knex("passkeys").columnInfo());
    const known = Object.fromEntries(columns.map((column) => [column, "x"]));
    const numbers = { counter: 1, last_used_at: morning, used_at: morning, state: "active" };
    const flags = { synchronised: true, signs_in_alone: true };
    const row = { ...known, ...numbers, ...passkey, ...flags };
    await knex("passkeys").insert(
      Object.fromEntries(Object.entries(row).filter(([column]) => columns.includes(column))),
    );
    const logo = Object.keys(await knex("client_logos").columnInfo());
    const content = randomBytes(600);
    const values: Record<string, unknown> = { content, fetched_at: morning, checked_at: morning };
    await knex("client_logos").insert(
      Object.fromEntries(logo.map((column) => [column, values[column] ?? "0"])),
    );
    await source.database.close();
    return source;
  }

  it("takes every row along, the audit intact, and gives no number twice", async () => {
    const source = await filled();
    const target = await begin(to, false);
    await target.database.close();
    const moved = await source.run("move", "--to", target.databaseUrl, "--json");
    expect([moved.code, moved.err]).toEqual([0, ""]);
    const report = moved.document() as Moved;
    expect(report.counts).toMatchObject({ accounts: 2, accesses: 3, passkeys: 1, client_logos: 1 });
    expect(report.counts["audit_events"]).toBeGreaterThan(4);
    const there = { DATABASE_URL: target.databaseUrl };
    expect((await source.runWith(there, "audit", "verify")).out).toContain("The audit is intact");
    for (const command of [
      ["account", "list"],
      ["access", "list"],
      ["audit", "list"],
    ]) {
      const [old, fresh] = [await source.run(...command), await source.runWith(there, ...command)];
      expect(fresh.out).toBe(old.out);
    }
    const database = openDatabase(target.databaseUrl);
    const added = { ...target, database };
    const next = await database
      .knex("accounts")
      .insert({
        ...{ sub: "next", email: "next@cfa.test", given_name: "N", family_name: "N" },
        ...{ locale: "fr", state: "active", email_verified_at: 1, credentials_changed_at: 0 },
        ...{ created_at: 1, updated_at: 1 },
      })
      .returning<{ id: number }[]>("id");
    await added.database.close();
    expect(next[0]?.id).toBe(4);
    expect((await source.runWith(there, "audit", "verify")).code).toBe(0);
  });

  it("refuses what is not empty, or open elsewhere, and leaves it as it is", async () => {
    const source = await filled();
    const target = await begin(to);
    await target.addAccount("somebody@else.test");
    const open = await source.run("move", "--to", target.databaseUrl);
    expect([open.code, open.out]).toEqual([1, ""]);
    expect(open.err).toContain("the database to move to is open elsewhere");
    await target.database.close();
    const full = await source.run("move", "--to", target.databaseUrl);
    expect([full.code, full.out]).toEqual([1, ""]);
    expect(full.err).toContain("the database to move to is not empty: accounts has rows");
    const itself = await source.run("move", "--to", source.databaseUrl);
    expect(itself.err).toContain("--to is the database that is moved");
    expect((await source.run("move", "--to", "mysql://x")).code).toBe(1);
    expect((await source.run("account", "list")).out).toContain("camille@cfa.test");
  });

  it("refuses while the register is open elsewhere", async () => {
    const source = await filled();
    const server = openDatabase(source.databaseUrl);
    try {
      await server.knex("accounts").first();
      const target = await begin(to, false);
      await target.database.close();
      const refused = await source.run("move", "--to", target.databaseUrl);
      expect([refused.code, refused.out]).toEqual([1, ""]);
      expect(refused.err).toContain("the database that is moved is open elsewhere");
    } finally {
      await server.close();
    }
  });
});
