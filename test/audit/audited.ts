import {
  type EmailAddress,
  createEncryption,
  parseEmailAddress,
  systemRandom,
} from "../../src/foundation/index.ts";
import { type Audit } from "../../src/audit/index.ts";
import { createAudit } from "../../src/audit/audit.ts";
import { createChainKeys } from "../../src/audit/chain-keys.ts";
import type { SecurityEvent } from "../../src/operations/index.ts";
import { keptSecrets } from "../../src/secrets/index.ts";
import { type Database, type Queryable, openDatabase } from "../../src/storage/index.ts";
import { type DatabaseKind, migrated } from "../support/databases.ts";

/** What its keys derive from. */
export const encryptionKeys = [Buffer.alloc(32, 5)];
/** What signs its lines. */
export const chainKeys = createChainKeys({ auditKeys: [], encryptionKeys });

/** An audit of its own, with a clock that a test sets. */
export interface Audited {
  readonly database: Database;
  readonly audit: Audit;
  readonly clock: { now: number };
  /** What was logged as an error. */
  readonly log: readonly object[];
  /** A second instance on the same database, as another node has it. */
  readonly anotherNode: () => { audit: Audit; database: Database };
  readonly close: () => Promise<void>;
}

/** Opens one. */
export async function openAudit(kind: DatabaseKind): Promise<Audited> {
  const { url, drop } = await kind.create(migrated);
  const clock = { now: 1_790_000_000 };
  const opened: Database[] = [];
  const log: object[] = [];
  const open = () => {
    const database = openDatabase(url);
    opened.push(database);
    const ticking = { epochSeconds: () => clock.now, epochMilliseconds: () => clock.now * 1000 };
    const encryption = createEncryption(encryptionKeys, systemRandom);
    const parts = {
      ...{ database, clock: ticking, random: systemRandom, referenceKey: "key" },
      keys: chainKeys,
      kept: (db: Queryable) => keptSecrets(db, { encryption, clock: ticking }),
      logger: { error: (fields: object, message: string) => void log.push({ ...fields, message }) },
    };
    return { database, audit: createAudit(parts) };
  };
  const { database, audit } = open();
  return {
    database,
    audit,
    clock,
    log,
    anotherNode: open,
    close: async () => {
      for (const each of opened) await each.close();
      await drop();
    },
  };
}

/** A sign-in from an address, refused or not. */
export function signInOf(sub: string, about: Partial<SecurityEvent> = {}): SecurityEvent {
  return {
    name: "signed-in",
    outcome: "accepted",
    subject: { sub },
    clientId: "portal",
    clientAddress: "192.0.2.77",
    ...about,
  };
}

/** An address that is one. */
export function address(typed: string): EmailAddress {
  const email = parseEmailAddress(typed);
  if (!email) throw new Error(typed);
  return email;
}

/** Collects what an export would write. */
export async function collected<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}
