import { createHash, randomUUID } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createEncryption, systemClock, systemRandom } from "../../src/foundation/index.ts";
import { SigningKeyStore } from "../../src/provider/index.ts";
import { type SigningKey } from "../../src/provider/signing-key.ts";
import { loadSigningKeys } from "../../src/provider/signing-keys.ts";
import { type Database, migrate, openDatabase } from "../../src/storage/index.ts";
import { databases } from "./databases.ts";

/** Encrypts the signing keys of test providers, and what else they encrypt. */
export const testEncryptionKey = Buffer.alloc(32, "test providers only").toString("base64url");

/** What the migrations are, in one word: another set of them is another template. */
const migrations = createHash("sha256")
  .update(
    readdirSync("migrations")
      .map((name) => `${name} ${readFileSync(join("migrations", name), "utf8")}`)
      .join(),
  )
  .digest("hex")
  .slice(0, 16);

const keptKeys = join(tmpdir(), "lopauth-test-signing-keys.json");
const keptDatabase = join(tmpdir(), `lopauth-test-${migrations}.sqlite3`);

/**
 * Gives a new database its tables, and the signing keys of every other test provider on this machine. Making them anew
 * costs 0.6 s of CPU a provider, and there are dozens; what makes them has tests of its own.
 */
export async function seedSigningKeys(databaseUrl: string): Promise<void> {
  const place = databaseUrl.slice("sqlite:".length);
  if (!databaseUrl.startsWith("sqlite:") || existsSync(place)) {
    await seed(databaseUrl);
    return;
  }
  if (!existsSync(keptDatabase)) {
    await keep(keptDatabase, (partial) => seed(`sqlite:${partial}`));
  }
  mkdirSync(dirname(place), { recursive: true });
  copyFileSync(keptDatabase, place);
}

async function seed(databaseUrl: string): Promise<void> {
  const keys = existsSync(keptKeys)
    ? (JSON.parse(readFileSync(keptKeys, "utf8")) as SigningKey[])
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
  await keep(keptKeys, (partial) => {
    writeFileSync(partial, JSON.stringify(keys), { mode: 0o600 });
    return Promise.resolve();
  });
  return keys;
}

/** Makes a file and renames it into place: several test files may make it at the same time. */
async function keep(path: string, make: (partial: string) => Promise<void>): Promise<void> {
  const partial = `${path}.${randomUUID()}`;
  await make(partial);
  renameSync(partial, path);
}
