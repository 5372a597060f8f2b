import { readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createEncryption, systemClock, systemRandom } from "../../src/foundation/index.ts";
import { SigningKeyStore } from "../../src/provider/index.ts";
import { type SigningKey } from "../../src/provider/signing-key.ts";
import { loadSigningKeys } from "../../src/provider/signing-keys.ts";
import { openDatabase } from "../../src/storage/index.ts";
import { type Template, databases, madeOnce, migrated } from "./databases.ts";

/** Encrypts the signing keys of test providers, and what else they encrypt. */
export const testEncryptionKey = Buffer.alloc(32, "test providers only").toString("base64url");

const keptKeys = join(tmpdir(), "lopauth-test-signing-keys.json");

/**
 * Every table, and the signing keys of every test provider on this machine. Making them anew costs 0.6 s of CPU a
 * provider, and there are dozens; what makes them has tests of its own.
 */
export const withSigningKeys: Template = {
  name: "with_signing_keys",
  fill: async (url) => {
    await migrated.fill(url);
    await seedSigningKeys(url);
  },
};

/** Gives a migrated database the same keys. */
export async function seedSigningKeys(databaseUrl: string): Promise<void> {
  const kept = await madeOnce(keptKeys, writeKeys);
  const keys = JSON.parse(readFileSync(kept, "utf8")) as SigningKey[];
  const database = openDatabase(databaseUrl);
  const store = new SigningKeyStore(database.knex);
  for (const key of keys) await store.insert(key);
  await database.close();
}

async function writeKeys(path: string): Promise<void> {
  const [sqlite] = databases;
  const temporary = await sqlite?.create(migrated);
  if (!temporary) throw new Error("SQLite is always at hand");
  const database = openDatabase(temporary.url);
  const keyStore = new SigningKeyStore(database.knex);
  const encryption = createEncryption([Buffer.from(testEncryptionKey, "base64url")], systemRandom);
  await loadSigningKeys({ keyStore, encryption, random: systemRandom, clock: systemClock });
  const keys = await keyStore.list();
  await database.close();
  await temporary.drop();
  writeFileSync(path, JSON.stringify(keys), { mode: 0o600 });
}
