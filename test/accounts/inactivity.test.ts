import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { AccountStore } from "../../src/accounts/index.ts";
import { type Inactivity, createInactivity } from "../../src/accounts/inactivity.ts";
import { createDeletion } from "../../src/accounts/deletion.ts";
import { days, months } from "../../src/foundation/index.ts";
import type { RecordSoon } from "../../src/house/index.ts";
import type { SecurityEvent } from "../../src/operations/index.ts";
import { type Database, openDatabase } from "../../src/storage/index.ts";
import { type TestDatabase, databases, migrated } from "../support/databases.ts";

const noon = 1_800_000_000;
const erasedAt = noon + months(24);
const warnedAt = erasedAt - days(30);

describe.each(databases)("Accounts that nobody uses, on $name", ({ create }) => {
  let testDatabase: TestDatabase;
  let database: Database;
  let inactivity: Inactivity;
  let accounts: AccountStore;
  const clock = { now: noon };
  const poisoned = new Set<string>();
  const letters: { to: string; letter: string; accountSub?: string; model: object }[] = [];
  const events: SecurityEvent[] = [];
  const ended: string[] = [];
  const traces: string[] = [];

  beforeAll(async () => {
    testDatabase = await create(migrated);
    database = openDatabase(testDatabase.url);
    const { knex } = database;
    accounts = new AccountStore(knex);
    const now = { epochSeconds: () => clock.now, epochMilliseconds: () => clock.now * 1000 };
    const recordSoon: RecordSoon = (_, told) =>
      Promise.resolve(() => Promise.resolve(void events.push(...told)));
    const deleteAccount = createDeletion({
      database,
      clock: now,
      accounts,
      onCredentialsChanged: (sub) => Promise.resolve(void ended.push(sub)),
      eraseTraces: (_, { sub }) =>
        poisoned.has(sub) ? Promise.reject(new Error(sub)) : Promise.resolve(void traces.push(sub)),
      closeAccesses: () => Promise.resolve({ sirets: [], announce: () => Promise.resolve() }),
      contactUrl: "https://www.lopcommerce.test/",
      enqueue: (_, letter) => Promise.resolve(void letters.push(letter)),
      recordSoon,
    });
    inactivity = createInactivity({
      database,
      clock: now,
      deleteAccount,
      enqueue: async (transaction, letter) => {
        await transaction.select(1);
        if (poisoned.has(letter.accountSub ?? "")) throw new Error(letter.accountSub);
        letters.push(letter);
      },
      recordSoon,
      startAgain: () => "https://portail.test/",
      contactUrl: "https://www.cfa.test/",
    });
  });
  afterAll(async () => {
    await database.close();
    await testDatabase.drop();
  });
  beforeEach(async () => {
    for (const kept of [letters, events, ended, traces]) kept.length = 0;
    await database.knex("accounts").delete();
    clock.now = noon;
  });

  const add = async (sub: string, values: object = {}) => {
    const account = {
      sub,
      email: `${sub}@cfa.test`,
      given_name: "Camille",
      family_name: "Durand",
      locale: "fr",
      state: "active",
      email_verified_at: noon,
      credentials_changed_at: 0,
      created_at: noon,
      updated_at: noon,
      ...values,
    };
    await database.knex("accounts").insert(account);
    const row = await database.knex("accounts").where({ sub }).first<{ id: number }>("id");
    return row.id;
  };
  const at = async (now: number) => {
    clock.now = now;
    return [await inactivity.warn(), await inactivity.erase()];
  };
  const stateOf = async (sub: string) =>
    (await database.knex("accounts").where({ sub }).first<{ state: string }>("state")).state;

  it("are told whom to ask where their person is disabled, who could not sign in", async () => {
    await add("camille", { last_signed_in_at: noon, state: "disabled" });
    expect(await at(warnedAt)).toEqual([1, 0]);
    expect(letters.map(({ model }) => model)).toEqual([
      { contactUrl: "https://www.cfa.test/", erasedOn: "14 janvier 2029" },
    ]);
  });

  it("are warned thirty days before twenty-four months are over, to the second, once", async () => {
    await add("camille", { last_signed_in_at: noon });
    expect(await at(warnedAt - 1)).toEqual([0, 0]);
    expect(letters).toEqual([]);
    expect(await at(warnedAt)).toEqual([1, 0]);
    expect(await at(warnedAt + 1)).toEqual([0, 0]);
    expect(letters).toEqual([
      {
        to: "camille@cfa.test",
        accountSub: "camille",
        letter: "accounts/inactivity",
        locale: "fr",
        model: { signInUrl: "https://portail.test/", erasedOn: "14 janvier 2029" },
      },
    ]);
    expect(events).toEqual([
      { name: "inactivity-warned", outcome: "accepted", subject: { sub: "camille" } },
    ]);
  });

  it("are erased thirty days after the warning, to the second, with their traces and sessions", async () => {
    await add("camille", { last_signed_in_at: noon });
    await at(warnedAt);
    expect(await at(erasedAt - 1)).toEqual([0, 0]);
    expect(await stateOf("camille")).toBe("active");
    expect(await at(erasedAt)).toEqual([0, 1]);
    expect(await stateOf("camille")).toBe("deleted");
    expect([traces, ended]).toEqual([["camille"], ["camille"]]);
    expect(events.at(-1)).toMatchObject({
      name: "account-deleted",
      actor: "retention",
      reason: "inactivity",
    });
    expect(await at(erasedAt + days(365))).toEqual([0, 0]);
  });

  it("are never erased without a warning of thirty days", async () => {
    await add("camille", { last_signed_in_at: noon });
    expect(await at(erasedAt + days(100))).toEqual([1, 0]);
    expect(await at(erasedAt + days(130) - 1)).toEqual([0, 0]);
    expect(await at(erasedAt + days(130))).toEqual([0, 1]);
  });

  it("count from their creation when nobody ever signed in", async () => {
    await add("camille", { created_at: noon - 5 });
    expect(await at(warnedAt - 6)).toEqual([0, 0]);
    expect(await at(warnedAt - 5)).toEqual([1, 0]);
  });

  it("are kept when the person signs in after the warning, and warned anew two years later", async () => {
    const id = await add("camille", { last_signed_in_at: noon });
    await at(warnedAt);
    await accounts.noteSignIn(id, warnedAt + 5);
    expect(await at(erasedAt + days(1))).toEqual([0, 0]);
    expect(await at(warnedAt + 5 + months(24) - days(30))).toEqual([1, 0]);
  });

  it("are warned and erased once, however many nodes do it", async () => {
    for (let index = 0; index < 10; index += 1)
      await add(`p-${index}`, { last_signed_in_at: noon });
    clock.now = warnedAt;
    const warned = await Promise.all([inactivity.warn(), inactivity.warn(), inactivity.warn()]);
    expect(warned.reduce((sum, each) => sum + each)).toBe(10);
    expect(letters).toHaveLength(10);
    clock.now = erasedAt;
    const erased = await Promise.all([inactivity.erase(), inactivity.erase()]);
    expect(erased.reduce((sum, each) => sum + each)).toBe(10);
    expect(events.filter(({ name }) => name === "account-deleted")).toHaveLength(10);
  });

  it("are counted of all, those to be warned and those to be erased, as the jobs find them", async () => {
    await add("camille", { last_signed_in_at: noon });
    await add("andrea", { last_signed_in_at: noon + 5 });
    const counted = async (now: number) => {
      clock.now = now;
      return [await inactivity.share("to-warn"), await inactivity.share("to-erase")];
    };
    // Of what none is found, nothing is counted.
    const of = (going: number) => ({ going, all: going === 0 ? 0 : 2 });
    expect(await counted(warnedAt - 1)).toEqual([of(0), of(0)]);
    expect(await counted(warnedAt)).toEqual([of(1), of(0)]);
    await at(warnedAt + 3);
    expect(await counted(erasedAt + 2)).toEqual([of(1), of(0)]);
    expect(await counted(erasedAt + 3)).toEqual([of(1), of(1)]);
  });

  it("are warned and erased beside one that cannot be", async () => {
    for (const sub of ["camille", "poison", "zoe"]) await add(sub, { last_signed_in_at: noon });
    clock.now = warnedAt;
    poisoned.add("poison");
    await expect(inactivity.warn()).rejects.toThrow("poison");
    expect(letters.map(({ accountSub }) => accountSub)).toEqual(["camille", "zoe"]);
    poisoned.clear();
    expect(await inactivity.warn()).toBe(1);
    clock.now = erasedAt;
    poisoned.add("poison");
    await expect(inactivity.erase()).rejects.toThrow("poison");
    poisoned.clear();
    expect(traces).toEqual(["camille", "zoe"]);
  });

  it("leave what is deleted alone", async () => {
    await add("gone", { state: "deleted", email: null, last_signed_in_at: noon });
    expect(await at(erasedAt)).toEqual([0, 0]);
    expect(letters).toEqual([]);
  });
});
