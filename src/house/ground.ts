import { fileURLToPath } from "node:url";
import {
  type Clock,
  type Encryption,
  type Random,
  type Telemetry,
  createEncryption,
  silentTelemetry,
} from "../foundation/index.ts";
import { type FastLane, fastLane as wholeLane } from "../fast-lane/index.ts";
import {
  type Logger,
  NodeState,
  type Settings,
  type Words,
  createWords,
} from "../operations/index.ts";
import { type SecretFor, openIdentity } from "../secrets/index.ts";
import {
  type AfterMigrations,
  type Database,
  Maintenance,
  SchemaError,
  guardedDatabase,
  maySeeOlder,
  migrate,
  observedDatabase,
  openDatabase,
  refuseMissingRegister,
  schemaRefusal,
  schemaState,
} from "../storage/index.ts";
import { refuseStatementMode } from "./register-proof.ts";

/** What a test may replace: time, chance and the log. */
export interface Surroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Whether the clock is held against others, the database's and the machine's; true unless told otherwise, by tests that travel in time. */
  readonly comparesClocks?: boolean;
  /** Whom the rooms tell what they do; nobody unless given. */
  readonly telemetry?: Telemetry;
  /** What requests that arrive together share; all of it unless a test leaves it out. */
  readonly fastLane?: FastLane;
}

/** What every room stands on. A room names in its ports what it uses of it. */
export interface Ground extends Surroundings {
  readonly settings: Settings;
  readonly telemetry: Telemetry;
  readonly fastLane: FastLane;
  /** Whether this node serves and works. */
  readonly node: NodeState;
  /** Whether the register only reads. */
  readonly maintenance: Maintenance;
  readonly database: Database;
  readonly encryption: Encryption;
  readonly secretFor: SecretFor;
  /** Whether a node of 0.2.0 may serve beside this one, and what either says may reach the other. */
  readonly besideOlder: boolean;
  readonly words: Words;
  /** The folder of templates, words and assets. */
  readonly viewsFolder: string;
}

/** What is done with the register before this build works on it. */
export interface GroundOptions {
  /** Whether pending migrations are applied first; in production they never are by themselves. */
  readonly migrate: boolean;
  /** What is done with them, once each. */
  readonly after: (parts: Pick<Ground, "encryption" | "clock">) => AfterMigrations;
}

/**
 * Lays it: opens the register.
 * @throws SchemaError when this build may not work on the register
 * @throws ConfigurationError when `ENCRYPTION_KEYS` does not open what the register keeps secret, or no transaction can be had
 */
export async function layGround(
  settings: Settings,
  surroundings: Surroundings,
  options: GroundOptions,
): Promise<Ground> {
  const viewsFolder = fileURLToPath(new URL("../../views", import.meta.url));
  const words = createWords(viewsFolder);
  const { encryptionKeys } = settings;
  const { telemetry = silentTelemetry, fastLane = wholeLane } = surroundings;
  const encryption = createEncryption(encryptionKeys, surroundings.random);
  const node = new NodeState();
  node.set("jobs-off", !settings.jobs);
  if (!options.migrate) refuseMissingRegister(settings.databaseUrl);
  const register = openDatabase(settings.databaseUrl, settings.databaseLimits, fastLane);
  const maintenance = new Maintenance(surroundings.clock);
  const database = observedDatabase(guardedDatabase(register, maintenance), telemetry);
  try {
    const { clock } = surroundings;
    const migration = options.migrate ? options.after({ encryption, clock }) : undefined;
    await provenRegister(database, migration);
    const secretFor = await openIdentity({ database, encryption, encryptionKeys, clock });
    const besideOlder = await maySeeOlder(database, "0.3.0");
    const opened = {
      ...{ settings, node, maintenance, database, encryption, secretFor },
      ...{ words, viewsFolder },
    };
    return { ...surroundings, telemetry, fastLane, besideOlder, ...opened };
  } catch (error) {
    await database.close();
    throw error;
  }
}

/**
 * @param after pending migrations are applied when it is given
 * @throws SchemaError ConfigurationError when this build cannot work on the register
 */
async function provenRegister(database: Database, after?: AfterMigrations): Promise<void> {
  await database.ping();
  await refuseStatementMode(database);
  if (after) await migrate(database, after);
  const refusal = schemaRefusal(await schemaState(database));
  if (refusal !== undefined) throw new SchemaError(refusal);
}
