import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { days, hours, minutes, parseEmailAddress } from "../../src/foundation/index.ts";
import { createRecipientLimits } from "../../src/mail/recipient-limit-store.ts";
import { type Database, openDatabase } from "../../src/storage/index.ts";
import { type TestDatabase, databases, migrated } from "../support/databases.ts";

const start = 1_800_000_000;
let count = 0;

describe.each(databases)("letters that strangers may ask for, on $name", ({ create }) => {
  let testDatabase: TestDatabase;
  let database: Database;
  let now: number;
  let email: ReturnType<typeof address>;

  beforeAll(async () => {
    testDatabase = await create(migrated);
    database = openDatabase(testDatabase.url);
  });
  beforeEach(() => {
    now = start;
    email = address(`jeanne.${(count += 1)}@exemple.test`);
  });
  afterAll(async () => {
    await database.close();
    await testDatabase.drop();
  });

  const limits = () =>
    createRecipientLimits({
      database: database.knex,
      clock: { epochSeconds: () => now },
      key: "the key of counters",
    });
  type Kind = "accounts/validation" | "accounts/recovery";
  const allowed = async (kind: Kind = "accounts/validation", to = email): Promise<boolean> =>
    database.transaction(async (transaction) =>
      (await limits().allow(transaction, kind, to)).has(to),
    );

  it("are five in an hour, of thirty asked for at the same moment", async () => {
    const answers = await Promise.all(Array.from({ length: 30 }, () => allowed()));
    expect(answers.filter(Boolean)).toHaveLength(5);
    expect([await allowed("accounts/recovery"), await allowed()]).toEqual([true, false]);
  });

  it("are five in any hour and twelve in any day, wherever these begin", async () => {
    const written: number[] = [];
    for (; now < start + days(2); now += minutes(5)) if (await allowed()) written.push(now);
    const within = (span: number) =>
      Math.max(
        ...written.map((from) => written.filter((at) => at >= from && at < from + span).length),
      );
    expect([within(hours(1)), within(days(1)), written.length]).toEqual([5, 12, 24]);
  });

  it("are counted for many at once, each for itself", async () => {
    for (let letter = 0; letter < 5; letter += 1) await allowed();
    const other = address("marc@exemple.test");
    const some = await database.transaction((transaction) =>
      limits().allow(transaction, "accounts/validation", email, other, other),
    );
    expect([...some]).toEqual([other]);
    expect(
      await database.transaction((transaction) => limits().allow(transaction, "accounts/recovery")),
    ).toEqual(new Set());
  });

  it("are not counted by a transaction that writes none", async () => {
    for (let letter = 0; letter < 6; letter += 1) {
      await database
        .transaction(async (transaction) => {
          await limits().allow(transaction, "accounts/validation", email);
          throw new Error("the outbox is full");
        })
        .catch(() => undefined);
    }
    expect(await allowed()).toBe(true);
  });

  it("are written again when the clock was put back", async () => {
    for (let letter = 0; letter < 5; letter += 1) await allowed();
    now -= days(300);
    expect(await allowed()).toBe(true);
  });

  it("leave no address behind, and nothing at all after a day", async () => {
    await allowed();
    const rows = JSON.stringify(await database.knex("recipient_letters"));
    expect(rows).not.toMatch(/jeanne|exemple/);
    now += days(1);
    expect(await limits().purge()).toBeGreaterThan(0);
    expect(await database.knex("recipient_letters").where("written_1", "<=", start)).toEqual([]);
  });
});

function address(typed: string) {
  const email = parseEmailAddress(typed);
  if (!email) throw new Error(`not an address: ${typed}`);
  return email;
}
