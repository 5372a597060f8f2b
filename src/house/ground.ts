import { fileURLToPath } from "node:url";
import { type Clock, type Encryption, type Random, createEncryption } from "../foundation/index.ts";
import { type Logger, type Settings, type Words, createWords } from "../operations/index.ts";
import { type SecretFor, openIdentity } from "../secrets/index.ts";
import {
  type Database,
  SchemaError,
  migrate,
  openDatabase,
  schemaRefusal,
  schemaState,
} from "../storage/index.ts";

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
  readonly secretFor: SecretFor;
  readonly words: Words;
  /** The folder of templates, words and assets. */
  readonly viewsFolder: string;
}

/**
 * Lays it: opens the register.
 * @param options.migrate whether pending migrations are applied first; in production they never are by themselves
 * @throws SchemaError when this build may not work on the register
 * @throws ConfigurationError when `ENCRYPTION_KEYS` does not open what the register keeps secret
 */
export async function layGround(
  settings: Settings,
  surroundings: Surroundings,
  options: { readonly migrate: boolean },
): Promise<Ground> {
  const viewsFolder = fileURLToPath(new URL("../../views", import.meta.url));
  const words = createWords(viewsFolder);
  const { encryptionKeys } = settings;
  const encryption = createEncryption(encryptionKeys, surroundings.random);
  const database = openDatabase(settings.databaseUrl);
  try {
    if (options.migrate) await migrate(database);
    const refusal = schemaRefusal(await schemaState(database));
    if (refusal !== undefined) throw new SchemaError(refusal);
    const { clock } = surroundings;
    const secretFor = await openIdentity({ database, encryption, encryptionKeys, clock });
    return { ...surroundings, settings, database, encryption, secretFor, words, viewsFolder };
  } catch (error) {
    await database.close();
    throw error;
  }
}
