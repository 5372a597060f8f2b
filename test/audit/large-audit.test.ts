import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createAuditReading } from "../../src/audit/audit-reading.ts";
import { AuditStore } from "../../src/audit/audit-store.ts";
import { createChainKeys } from "../../src/audit/chain-keys.ts";
import { signedLines } from "../../src/audit/signed-lines.ts";
import { systemRandom } from "../../src/foundation/index.ts";
import { type Database, type Transaction, openDatabase } from "../../src/storage/index.ts";
import { type TestDatabase, databases, migrated } from "../support/databases.ts";
import { sqlitePlan } from "../support/sqlite-plan.ts";

const events = 20_000;
const keys = createChainKeys({ auditKeys: [], encryptionKeys: [systemRandom.bytes(32)] });
const [keyId = ""] = keys.keyIds;

describe.each(databases)("an audit of many events, on $name", (kind) => {
  let home: TestDatabase;
  let database: Database;

  beforeAll(async () => {
    home = await kind.create(migrated);
    database = openDatabase(home.url);
    const { knex } = database;
    const isSqlite = kind.name === "SQLite";
    for (const name of ["follow", "counted"])
      await knex.raw(`DROP TRIGGER audit_events_${name}${isSqlite ? "" : " ON audit_events"}`);
    const numbers = isSqlite
      ? `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${events})`
      : `WITH numbers (n) AS (SELECT generate_series(1, ${events}))`;
    // Of each account its validation, which names its address, and a sign-in.
    await knex.raw(`${numbers} INSERT INTO audit_events (seq, occurred_at, event, outcome, subject_sub, subject_reference,
        details, about_salt, about_digest, origin_salt, origin_digest, previous_hash, hash, mac)
      SELECT n, 1800000000 + n, 'signed-in', 'accepted', CASE WHEN n % 4 > 0 THEN 'sub-' || (n / 4) END,
        CASE WHEN n % 4 < 2 THEN 'reference-' || (n / 4) END, '{}', 's', 'a', 's', 'o', 'p', 'h', 'm1.${keyId}.x' FROM numbers`);
    await knex("audit_head").update({ seq: events });
    await knex.raw("ANALYZE");
  });
  afterAll(async () => {
    await database.close();
    await home.drop();
  });

  const person = { sub: "sub-77", reference: "reference-77", ownSince: 0 };

  it("is read where a person's events stand, and erased there", async () => {
    const found = await new AuditStore(database.knex).before(events, 100, person);
    expect(found.map(({ seq }) => seq)).toEqual([311, 310, 309, 308]);
    const read = await rowsRead(database, async (store) => {
      await store.before(events, 100, person);
      await store.erasePerson(person);
    });
    expect(read).toBeLessThan(200);
    expect(await new AuditStore(database.knex).before(events, 100, person)).toHaveLength(3);
  });

  it("is exported stretch by stretch, whatever of it is asked for", async () => {
    const since = 1_800_000_000 + events - 10;
    const found: number[] = [];
    const spans: number[] = [];
    const listen = ({ sql, bindings }: { sql: string; bindings: number[] }) => {
      if (sql.includes("order by")) spans.push(Number(bindings.at(-1)) - Number(bindings.at(-2)));
    };
    database.knex.on("query", listen);
    const { all } = createAuditReading(new AuditStore(database.knex), "key");
    for await (const { seq } of all({ since })) found.push(seq);
    database.knex.removeListener("query", listen);
    expect(found).toEqual(Array.from({ length: 11 }, (_, index) => events - 10 + index));
    expect(spans).toEqual(Array.from({ length: spans.length }, () => events / spans.length));
    expect(spans.length).toBeGreaterThan(1);
  });

  it("is not read whole to see what stands outside of the chain", async () => {
    const read = await rowsRead(database, async (store) => {
      expect(await store.outsideChain()).toBeUndefined();
    });
    expect(read).toBeLessThan(200);
    await database.transaction(async (transaction) => {
      await transaction("audit_head").update({ seq: events - 2 });
      expect(await new AuditStore(transaction).outsideChain()).toBe(events - 1);
      await transaction("audit_head").update({ seq: events, purged_seq: 3 });
      expect(await new AuditStore(transaction).outsideChain()).toBe(1);
      await transaction("audit_head").update({ purged_seq: 0 });
    });
  });

  it("is looked through piece by piece for what older keys signed, and once by each process", async () => {
    const stretches: number[] = [];
    database.knex.on("query", ({ sql, bindings }: { sql: string; bindings: number[] }) => {
      if (sql.includes("substr(mac"))
        stretches.push(Number(bindings.at(-1)) - Number(bindings.at(-2)));
    });
    const { renew, counts } = signedLines(database, keys);
    expect(await counts()).toEqual([{ keyId, count: events }]);
    expect(await renew()).toEqual({ renewed: 0, unreadable: 0 });
    expect(Math.max(...stretches)).toBeLessThan(events / 2);
    stretches.length = 0;
    await renew();
    expect(stretches).toEqual([]);
  });
});

/** How many rows of the audit some work reads; on SQLite, which counts none, how many of its steps read all that an index has. */
async function rowsRead(
  database: Database,
  work: (store: AuditStore) => Promise<void>,
): Promise<number> {
  if (database.dialect === "sqlite") {
    const steps = await sqlitePlan(database, () => work(new AuditStore(database.knex)));
    return (
      steps.filter((step) => /SCAN (?!whose|audit_head|CONSTANT)|subject_reference>/.test(step))
        .length * events
    );
  }
  return database.transaction(async (transaction: Transaction) => {
    await work(new AuditStore(transaction));
    const { rows } = await transaction.raw<{ rows: { read: number }[] }>(
      "SELECT seq_tup_read + idx_tup_fetch AS read FROM pg_stat_xact_user_tables WHERE relname = 'audit_events'",
    );
    return Number(rows[0]?.read);
  });
}
