import { hkdfSync } from "node:crypto";
import { fileURLToPath } from "node:url";
import { type Clock, type Encryption, type Random, createEncryption } from "../foundation/index.ts";
import { type Logger, type Settings, type Words, createWords } from "../operations/index.ts";
import { type Database, openDatabase } from "../storage/index.ts";

/** What a test may replace: time, chance and the log. */
export interface Surroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** What every room stands on. A room names in its ports what it uses of it. */
export interface Ground extends Surroundings {
  readonly settings: Settings;
  readonly database: Database;
  readonly encryption: Encryption;
  /** 32 bytes for one purpose, the same on every node. */
  readonly secretFor: (purpose: string) => Buffer;
  readonly words: Words;
  /** The folder of templates, words and assets. */
  readonly viewsFolder: string;
}

/** Lays it: the register is opened, not migrated. */
export function layGround(settings: Settings, surroundings: Surroundings): Ground {
  const [masterKey] = settings.encryptionKeys;
  if (!masterKey) throw new Error("ENCRYPTION_KEYS holds no key");
  const viewsFolder = fileURLToPath(new URL("../../views", import.meta.url));
  return {
    ...surroundings,
    settings,
    database: openDatabase(settings.databaseUrl),
    encryption: createEncryption(settings.encryptionKeys, surroundings.random),
    secretFor: (purpose) => Buffer.from(hkdfSync("sha256", masterKey, "", purpose, 32)),
    words: createWords(viewsFolder),
    viewsFolder,
  };
}
