import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { createAccountEndings } from "../../src/accounts/account-endings.ts";
import { type Account, AccountStore } from "../../src/accounts/index.ts";
import { hours } from "../../src/foundation/index.ts";
import { type Database, openDatabase } from "../../src/storage/index.ts";
import { type TestDatabase, databases, migrated } from "../support/databases.ts";

const noon = 1_800_000_000;

describe.each(databases)("The endings that changes of an account leave, on $name", (kind) => {
  let testDatabase: TestDatabase;
  let database: Database;
  const clock = { now: noon };
  const ended: string[] = [];
  const voided: Pick<Account, "sub" | "credentials">[] = [];
  let whileVoiding: (() => Promise<void>) | undefined;

  beforeAll(async () => {
    testDatabase = await kind.create(migrated);
    database = openDatabase(testDatabase.url);
  });
  afterAll(async () => {
    await database.close();
    await testDatabase.drop();
  });
  beforeEach(async () => {
    await database.knex("accounts").delete();
    await database.knex("installation").update({ credentials_version: 0, ended_through: null });
    for (const kept of [ended, voided]) kept.length = 0;
    whileVoiding = undefined;
    clock.now = noon;
  });

  const endings = () =>
    createAccountEndings({
      database,
      clock: { epochSeconds: () => clock.now, epochMilliseconds: () => clock.now * 1000 },
      recordSoon: () => Promise.resolve(() => Promise.resolve()),
      endAll: (sub) => Promise.resolve(void ended.push(sub)),
      endVoid: async ({ sub, credentials }) => {
        voided.push({ sub, credentials });
        const act = whileVoiding;
        whileVoiding = undefined;
        await act?.();
      },
    });
  const add = (sub: string) =>
    database.knex("accounts").insert({
      ...{ sub, email: `${sub}@cfa.test`, locale: "fr", state: "active" },
      ...{ given_name: "Camille", family_name: "Durand", credentials_changed_at: 0 },
      ...{ email_verified_at: noon, created_at: noon, updated_at: noon },
    });
  const renew = (sub: string) =>
    new AccountStore(database.knex).renewCredentials(sub, clock.now) as Promise<Account>;

  it("are repeated though the clock that dated the change was put back since", async () => {
    await add("camille");
    clock.now = noon + hours(3);
    await renew("camille");
    clock.now = noon;
    expect(await endings().repeat()).toBe(1);
    expect(ended).toEqual(["camille"]);
    // Clocks of nodes differ by seconds: what another one is at now is left to it.
    clock.now = noon + 10;
    await renew("camille");
    clock.now = noon;
    expect(await endings().repeat()).toBe(0);
  });

  it("end what a change voided that came behind the one of its own person", async () => {
    await add("camille");
    const replaced = await renew("camille");
    // Staff end the sessions, before this browser's goes on.
    await renew("camille");
    await endings().onReplaced(replaced);
    expect(voided).toEqual([{ sub: "camille", credentials: "0.2" }]);
    await endings().onCredentialsChanged("camille");
    expect(ended).toEqual([]);
  });

  it("end everything of who was deleted behind it", async () => {
    await add("camille");
    const replaced = await renew("camille");
    await new AccountStore(database.knex).erase(replaced.email, clock.now);
    await endings().onReplaced(replaced);
    expect([ended, voided]).toEqual([["camille"], []]);
  });

  it("begin again when everybody's are ended once more while the first accounts are at it", async () => {
    for (const sub of ["camille", "dominique"]) await add(sub);
    const all = endings();
    await all.renewEverybodys("operator");
    whileVoiding = () => all.renewEverybodys("operator");
    while ((await all.endEverybodys()) > 0);
    expect(voided).toEqual([
      ...[
        { sub: "camille", credentials: "1.0" },
        { sub: "dominique", credentials: "1.0" },
      ],
      ...[
        { sub: "camille", credentials: "2.0" },
        { sub: "dominique", credentials: "2.0" },
      ],
    ]);
    expect(await all.endEverybodys()).toBe(0);
  });
});
