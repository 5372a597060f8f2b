import { growing, pieces } from "../foundation/index.ts";
import type { Transaction } from "../storage/index.ts";
import { markOf } from "./destination-mark.ts";
import { type GivingUp, createGivingUp } from "./waited-too-long.ts";
import { type EntryFate, OutboxStore } from "./outbox-store.ts";
import { type SenderParts, type Senders, createSenders, encryptionPlace } from "./senders.ts";

/** Something to send. */
export interface NewEntry {
  /** What it is, a machine word that logs and staff see: the name of a letter. */
  readonly name: string;
  /** What the courier is given, as JSON. */
  readonly content: object;
  /** The account it is about, when there is one. */
  readonly accountSub?: string | undefined;
  /** Which server it goes to: an address, a client, a domain. Only a mark of it is kept. */
  readonly destination?: string | undefined;
  /** A random identifier, when the content must know it. */
  readonly id?: string | undefined;
}

/**
 * One channel of the outbox: what is to be sent is written in the transaction of the change it announces
 * and sent by a job, so that nothing is lost, nothing announces what was rolled back, and no request
 * waits for another server.
 *
 * Each entry is sent at least once. It is sent twice only when a sender dies between the other side's
 * acceptance and our mark.
 */
export interface Outbox extends Senders, GivingUp {
  /** Encrypts and inserts, in one statement for each 200; nothing else, at the same cost for every entry. */
  readonly add: (transaction: Transaction, ...entries: readonly NewEntry[]) => Promise<void>;
  /** What was or is to be sent about an account, the newest first. */
  readonly fatesOf: (accountSub: string, limit: number) => Promise<EntryFate[]>;
  /** How many could not be sent: what an operator should look at. */
  readonly failedCount: () => Promise<number>;
  /** Deletes the records of what was sent or given up before this instant (epoch seconds). */
  readonly purge: (beforeSeconds: number) => Promise<number>;
}

/** The most that one statement takes: SQLite has room for so many values. */
const entriesAStatement = 200;

/** Several nodes may each have an outbox on one database: an entry is claimed by one at a time. */
export function createOutbox(parts: SenderParts): Outbox {
  const { database, encryption, clock, random, channel } = parts;
  const store = new OutboxStore(database.knex, channel);
  const next = growing(clock);
  const senders = createSenders(store, parts);
  return {
    ...senders,
    ...createGivingUp(parts, senders.failing),
    add: async (transaction, ...entries) => {
      const encrypted = entries.map(({ content, id = random.identifier(), ...entry }) => {
        const encryptedContent = encryption.encrypt(JSON.stringify(content), encryptionPlace(id));
        const { name, accountSub } = entry;
        const destination = entry.destination && markOf(entry.destination);
        return { id, name, accountSub, destination, sequence: next(), encryptedContent };
      });
      for (const some of pieces(encrypted, entriesAStatement)) {
        await store.within(transaction).insert(some, clock.epochSeconds());
      }
    },
    fatesOf: (accountSub, limit) => store.fatesOf(accountSub, limit),
    failedCount: () => store.countFailed(),
    purge: (beforeSeconds) => store.purge(beforeSeconds),
  };
}
