import { hkdfSync } from "node:crypto";
import { fileURLToPath } from "node:url";
import {
  AccountPageStore,
  AccountStore,
  AddressChangeStore,
  KnownBrowserStore,
  LetterRequestStore,
  OneTimeTokenStore,
  SignUpStore,
  createHashingQueue,
  createPasswords,
  createSignInGuard,
} from "./accounts/index.ts";
import { AccessPageStore } from "./establishments/index.ts";
import { type Clock, type Random, createEncryption } from "./foundation/index.ts";
import type { Logger, Settings } from "./operations/index.ts";
import { SigningKeyStore } from "./provider/index.ts";
import { openDatabase } from "./storage/index.ts";
import { createRateLimits, rateLimitsFor } from "./web/index.ts";

/** What the application stands on: everything that a test may replace. */
export interface Surroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** The folder of templates, words and assets. */
export const viewsFolder = fileURLToPath(new URL("../views", import.meta.url));

/** The register with its stores, and what is counted. */
export function openStores(settings: Settings, { clock, random }: Surroundings) {
  const [masterKey] = settings.encryptionKeys;
  if (!masterKey) throw new Error("ENCRYPTION_KEYS holds no key");
  const database = openDatabase(settings.databaseUrl);
  const { knex } = database;
  const derived = (purpose: string) => Buffer.from(hkdfSync("sha256", masterKey, "", purpose, 32));
  const key = derived("counters");
  return {
    database,
    encryption: createEncryption(settings.encryptionKeys, random),
    providerSecret: derived("provider"),
    referenceKey: derived("log references"),
    accounts: new AccountStore(knex),
    accountPages: new AccountPageStore(knex),
    accessPages: new AccessPageStore(knex),
    addressChanges: new AddressChangeStore(knex),
    signUps: new SignUpStore(knex),
    keyStore: new SigningKeyStore(knex),
    tokens: new OneTimeTokenStore(knex),
    letterRequests: new LetterRequestStore(knex),
    knownBrowsers: new KnownBrowserStore(knex, clock),
    guard: createSignInGuard({ database, clock, key }),
    limits: createRateLimits({ database, clock, key, limits: rateLimitsFor(settings) }),
  };
}

/** The queue of the hashing threads, and passwords on it. */
export function openPasswords({ random, logger }: Surroundings) {
  const queue = createHashingQueue();
  const report = (fault: Error) => logger.error({ err: fault }, "a stored password cannot be read");
  return { queue, passwords: createPasswords({ queue, random, report }) };
}
