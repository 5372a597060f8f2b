import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { PasskeyStore, type StoredPasskey } from "../../src/second-factors/passkey-store.ts";
import { type Database, openDatabase } from "../../src/storage/index.ts";
import { type TestDatabase, databases, migrated } from "../support/databases.ts";

const noon = 1_800_000_000;

describe.each(databases)("The passkeys' table on $name", ({ create }) => {
  let home: TestDatabase;
  let database: Database;
  let store: PasskeyStore;
  let number = 0;

  beforeAll(async () => {
    home = await create(migrated);
    database = openDatabase(home.url);
    store = new PasskeyStore(database.knex);
  });
  afterAll(async () => {
    await database.close();
    await home.drop();
  });

  /** One of an account of its own. */
  async function kept(counter: number) {
    const name = `key-${(number += 1)}`;
    const passkey: StoredPasskey = {
      credentialId: name,
      publicKey: "cose",
      counter,
      synchronised: false,
      transports: ["usb", "nfc"],
      name: "Clé",
      createdAt: noon,
      lastUsedAt: undefined,
    };
    expect(await store.insert(name, passkey)).toBe(true);
    return passkey;
  }

  const use = ({ credentialId }: StoredPasskey, counter: number) =>
    store.noteUse(credentialId, credentialId, { counter, now: noon + 5, besidePassword: false });

  it("gives back what was kept", async () => {
    const passkey = await kept(3);
    expect(await store.find(passkey.credentialId, passkey.credentialId)).toEqual(passkey);
    expect(await store.list(passkey.credentialId)).toEqual([passkey]);
    expect(await store.insert("another", passkey)).toBe(false);
  });

  it("notes a use whose counter has grown, and neither the same nor an older one", async () => {
    const passkey = await kept(3);
    expect(await use(passkey, 3)).toBe(false);
    expect(await use(passkey, 2)).toBe(false);
    expect(await use(passkey, 4)).toBe(true);
    const [found] = await store.list(passkey.credentialId);
    expect(found).toMatchObject({ counter: 4, lastUsedAt: noon + 5 });
  });

  it("notes one of two uses at once with the same counter: one device is a copy", async () => {
    const passkey = await kept(1);
    const noted = await Promise.all([use(passkey, 2), use(passkey, 2), use(passkey, 2)]);
    expect(noted.filter(Boolean)).toHaveLength(1);
  });

  it("notes every use of a device that does not count, and no return to that", async () => {
    const uncounted = await kept(0);
    expect([await use(uncounted, 0), await use(uncounted, 0)]).toEqual([true, true]);
    expect(await use(uncounted, 1)).toBe(true);
    expect(await use(uncounted, 0)).toBe(false);
  });

  it("is one account's: another's name finds, uses and removes nothing", async () => {
    const { credentialId } = await kept(1);
    const stolen = { counter: 9, now: noon, besidePassword: true };
    expect(await store.find("stranger", credentialId)).toBeUndefined();
    expect(await store.noteUse("stranger", credentialId, stolen)).toBe(false);
    expect(await store.remove("stranger", credentialId)).toBe(false);
    expect(await store.remove(credentialId, credentialId)).toBe(true);
  });

  it("signs in alone until its account's password changes, and again once used beside the new one", async () => {
    const { credentialId } = await kept(1);
    const alone = async () => (await store.findOwned(credentialId))?.signsInAlone;
    expect(await alone()).toBe(true);
    await store.askPassword("another");
    expect(await alone()).toBe(true);
    await store.askPassword(credentialId);
    expect(await alone()).toBe(false);
    const uses = { now: noon, besidePassword: false };
    await store.noteUse(credentialId, credentialId, { ...uses, counter: 2 });
    expect(await alone()).toBe(false);
    await store.noteUse(credentialId, credentialId, { ...uses, counter: 3, besidePassword: true });
    expect(await alone()).toBe(true);
    expect(await store.findOwned("unknown")).toBeUndefined();
  });

  it("uses a challenge up once, and forgets it when its time is over", async () => {
    const uses = await Promise.all([1, 2, 3].map(() => store.useChallenge("digest", noon)));
    expect(uses.filter(Boolean)).toHaveLength(1);
    expect(await store.purgeChallenges(noon - 1)).toBe(0);
    expect(await store.purgeChallenges(noon)).toBe(1);
  });
});
