import { randomUUID } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createEncryption, systemClock, systemRandom } from "../../src/foundation/index.ts";
import { type SigningKey, SigningKeyStore, loadSigningKeys } from "../../src/provider/index.ts";
import { type Database, migrate, openDatabase } from "../../src/storage/index.ts";
import { databases } from "./databases.ts";

/** Encrypts the signing keys of test providers, and what else they encrypt. */
export const testEncryptionKey = Buffer.alloc(32, "test providers only").toString("base64url");

const kept = join(tmpdir(), "lopauth-test-signing-keys.json");

/**
 * Gives a new database the signing keys of every other test provider on this machine. Making them anew costs half a
 * second of CPU a provider, and there are dozens; what makes them has tests of its own.
 */
export async function seedSigningKeys(databaseUrl: string): Promise<void> {
  const keys = existsSync(kept)
    ? (JSON.parse(readFileSync(kept, "utf8")) as SigningKey[])
    : await makeKeys();
  const database = openDatabase(databaseUrl);
  await migrate(database);
  const store = new SigningKeyStore(database.knex);
  for (const key of keys) await store.insert(key);
  await database.close();
}

async function makeKeys(): Promise<SigningKey[]> {
  const [sqlite] = databases;
  const temporary = await sqlite?.create();
  if (!temporary) throw new Error("SQLite is always at hand");
  const database: Database = openDatabase(temporary.url);
  await migrate(database);
  const keyStore = new SigningKeyStore(database.knex);
  const encryption = createEncryption([Buffer.from(testEncryptionKey, "base64url")], systemRandom);
  await loadSigningKeys({ keyStore, encryption, random: systemRandom, clock: systemClock });
  const keys = await keyStore.list();
  await database.close();
  await temporary.drop();
  // Renamed into place: several test files may make them at the same time.
  const partial = `${kept}.${randomUUID()}`;
  writeFileSync(partial, JSON.stringify(keys), { mode: 0o600 });
  renameSync(partial, kept);
  return keys;
}
