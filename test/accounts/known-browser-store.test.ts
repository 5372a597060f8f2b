import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { KnownBrowserStore, browserName } from "../../src/accounts/known-browser-store.ts";
import { days } from "../../src/foundation/index.ts";
import { type Database, openDatabase } from "../../src/storage/index.ts";
import { databases, type TestDatabase, migrated } from "../support/databases.ts";

const noon = 1_800_000_000;
const accountOf = (sub: string, credentials = "0.0") => ({
  sub,
  credentials,
  credentialsChangedAt: noon,
});
const [jeanne, marc] = [accountOf("jeanne"), accountOf("marc")];

describe.each(databases)("the known browsers on $name", ({ create }) => {
  let place: TestDatabase;
  let database: Database;
  let store: KnownBrowserStore;
  let now = noon;
  const clock = { epochSeconds: () => now, epochMilliseconds: () => now * 1000 };

  beforeAll(async () => {
    place = await create(migrated);
    database = openDatabase(place.url);
    store = new KnownBrowserStore(database.knex, clock);
    for (const sub of ["jeanne", "marc"]) {
      await database.knex("accounts").insert({
        sub,
        email: `${sub}@example.fr`,
        given_name: sub,
        family_name: "Durand",
        locale: "fr",
        state: "active",
        email_verified_at: noon,
        credentials_changed_at: noon,
        created_at: noon,
        updated_at: noon,
      });
    }
  });
  afterAll(async () => {
    await database.close();
    await place.drop();
  });
  beforeEach(async () => {
    now = noon;
    await database.knex("known_browsers").delete();
  });

  it("knows a browser for the account that signed in with it, and no other", async () => {
    await store.remember(jeanne, "a secret");
    expect(await store.find(jeanne, "a secret")).toMatchObject({ accountSub: "jeanne" });
    expect(await store.find(marc, "a secret")).toBeUndefined();
    expect(await store.find(jeanne, "another secret")).toBeUndefined();
    expect(await store.find(undefined, "a secret")).toBeUndefined();
    expect(await store.find(jeanne, undefined)).toBeUndefined();
    const known = browserName(await store.find(jeanne, "a secret"));
    expect(known).toMatch(/^browser:jeanne:[\w-]{43}$/);
    expect(browserName(undefined)).toBeUndefined();
  });

  it("keeps a digest, never the secret", async () => {
    await store.remember(jeanne, "a secret");
    expect(JSON.stringify(await database.knex("known_browsers").select())).not.toContain(
      "a secret",
    );
  });

  it("remembers a browser once, however many sign-ins end at once", async () => {
    await Promise.all(Array.from({ length: 20 }, () => store.remember(jeanne, "a secret")));
    expect(await database.knex("known_browsers").select()).toHaveLength(1);
  });

  it("knows a browser for 180 days after its last sign-in", async () => {
    await store.remember(jeanne, "a secret");
    now += days(100);
    await store.remember(jeanne, "a secret");
    now += days(180) - 1;
    expect(await store.find(jeanne, "a secret")).toBeDefined();
    expect(await store.purge()).toBe(0);
    now += 1;
    expect(await store.find(jeanne, "a secret")).toBeUndefined();
    expect(await store.purge()).toBe(1);
  });

  it("knows a browser no more once the account signs in with something else, at any moment", async () => {
    await store.remember(jeanne, "a secret");
    const changed = accountOf("jeanne", "0.1");
    expect(await store.find(changed, "a secret")).toBeUndefined();
    await store.remember(changed, "a secret");
    expect(await store.find(changed, "a secret")).toBeDefined();
  });

  it("knows a browser by two factors where a second one was proven in it, under the same credentials", async () => {
    const known = async (account = jeanne) =>
      (await store.find(account, "a secret", "two factors")) !== undefined;
    await store.remember(jeanne, "a secret");
    await store.remember(jeanne, "another secret");
    await store.noteFactor(jeanne, "another secret");
    await store.noteFactor(marc, "a secret");
    await store.noteFactor(jeanne, undefined);
    expect(await known()).toBe(false);
    expect(await store.find(jeanne, "a secret")).toBeDefined();
    await store.noteFactor(jeanne, "a secret");
    expect(await known()).toBe(true);
    await store.remember(jeanne, "a secret");
    expect(await known()).toBe(true);
    const changed = accountOf("jeanne", "0.1");
    await store.remember(changed, "a secret");
    expect([await known(changed), await store.find(changed, "a secret")]).toEqual([
      false,
      expect.anything(),
    ]);
  });

  it("forgets one browser of one account, and leaves the others", async () => {
    for (const secret of ["a secret", "another secret"]) await store.remember(jeanne, secret);
    await store.remember(marc, "a secret");
    now += 1;
    await store.remember(jeanne, "another secret");
    await store.forget("jeanne", "a secret");
    await store.forget("jeanne", undefined);
    expect(await store.list("jeanne")).toEqual([{ createdAt: noon, lastUsedAt: noon + 1 }]);
    expect(await store.list("marc")).toHaveLength(1);
  });

  it.each([
    [noon, true],
    [noon - 1, false],
  ])("judges what release 0.2.0 wrote by the second: %i", async (at, known) => {
    now = at;
    await store.remember(jeanne, "a secret");
    await database.knex("known_browsers").update({ credentials: null });
    now = noon + 1;
    expect((await store.find(jeanne, "a secret")) !== undefined).toBe(known);
  });

  it("forgets every browser of one account, in the transaction that asks for it", async () => {
    await store.remember(jeanne, "a secret");
    await store.remember(jeanne, "another secret");
    await store.remember(marc, "a secret");
    await database.transaction((transaction) => store.within(transaction).forgetAll("jeanne"));
    expect(await store.find(jeanne, "a secret")).toBeUndefined();
    expect(await store.find(marc, "a secret")).toBeDefined();
  });
});
