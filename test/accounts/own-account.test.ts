import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { AccountStore } from "../../src/accounts/index.ts";
import { createOwnAccount } from "../../src/accounts/own-account.ts";
import type { SecurityEvent } from "../../src/operations/index.ts";
import { type Database, openDatabase } from "../../src/storage/index.ts";
import { type TestDatabase, databases, migrated } from "../support/databases.ts";

const noon = 1_800_000_000;

describe.each(databases)("What people change of their own account, on $name", (kind) => {
  let testDatabase: TestDatabase;
  let database: Database;
  const events: SecurityEvent[] = [];

  beforeAll(async () => {
    testDatabase = await kind.create(migrated);
    database = openDatabase(testDatabase.url);
  });
  afterAll(async () => {
    await database.close();
    await testDatabase.drop();
  });
  beforeEach(async () => {
    events.length = 0;
    await database.knex("accounts").delete();
    await database.knex("accounts").insert({
      ...{ sub: "camille", email: "camille@cfa.test", locale: "fr", state: "active" },
      ...{ given_name: "Camille", family_name: "Durand", credentials_changed_at: 0 },
      ...{ email_verified_at: noon, created_at: noon, updated_at: noon },
    });
  });

  const own = () =>
    createOwnAccount({
      accounts: new AccountStore(database.knex),
      clock: { epochSeconds: () => noon, epochMilliseconds: () => noon * 1000 },
      database,
      recordSoon: (_: unknown, told: readonly SecurityEvent[]) =>
        Promise.resolve(() => Promise.resolve(void events.push(...told))),
    } as unknown as Parameters<typeof createOwnAccount>[0]);
  const read = async () => {
    const [account] = await new AccountStore(database.knex).findAllBySub(["camille"]);
    if (!account) throw new Error("no account");
    return account;
  };

  it("is recorded where it is written", async () => {
    const account = await read();
    await own().rename(account, { given_name: "Zoé", family_name: "Durand" });
    expect((await read()).givenName).toBe("Zoé");
    expect(events).toMatchObject([{ name: "profile-changed", subject: { sub: "camille" } }]);
  });

  it("is not recorded of who was disabled or deleted meanwhile, for nothing is written", async () => {
    const account = await read();
    const accounts = new AccountStore(database.knex);
    await accounts.setState(account.email, "disabled", noon);
    await own().rename(account, { given_name: "Zoé", family_name: "Durand" });
    expect((await read()).givenName).toBe("Camille");
    await accounts.erase(account.email, noon);
    await own().chooseLanguage(account, "en");
    expect(events).toEqual([]);
  });
});
