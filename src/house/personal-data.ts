import type { EmailAddress } from "../foundation/index.ts";
import type { Share, Transaction } from "../storage/index.ts";

/** Whose data it is. */
export interface Person {
  /** The row of the account. */
  readonly id: number;
  readonly sub: string;
  readonly email: EmailAddress;
  /** Since when the address is theirs, epoch seconds: before, it may have been another's. */
  readonly emailVerifiedAt: number;
}

/** Why a table needs no export, no erasure or no purge of its own: a sentence for who asks. */
export interface Because {
  readonly because: string;
}

/** What a person is given of a table, and the name it has in the document. */
export interface Export {
  readonly as: string;
  readonly read: (person: Person) => Promise<unknown>;
}

/** What has outlived its time is erased until none is left; or ended, sent, given up: what a clock decides, and nobody takes back. */
export interface Purge {
  /** What is erased, in camel case: the command line counts by it. */
  readonly as: string;
  /**
   * Erases a piece of it, that holds others up for some milliseconds.
   * @param stopping aborts when the process is to end: a longer piece breaks off
   * @returns how many rows; 0: none is left
   */
  readonly run: (stopping?: AbortSignal) => Promise<number>;
  /** One piece a run, for people are written to. */
  readonly isPaced?: boolean;
  /** Seconds from one run to the next; an hour unless told. */
  readonly everySeconds?: number;
  /** What its job is called; `purge-` and what is erased unless told. One that is called is a job of its own. */
  readonly job?: string;
  /** Of what would be missed: how much of the table may go in one run (0 to 1), and how much would. */
  readonly share?: {
    readonly most: number;
    readonly count: () => Promise<Share>;
  };
}

/**
 * A table of the room that migrated it, column by column, and what becomes of what it says of a person (General Data
 * Protection Regulation, articles 5, 15, 17 and 20). A test reads the schema of both databases: a table or a column
 * that no room claims, or that two do, fails it.
 */
export interface ClaimedTable {
  readonly table: string;
  /** Columns that tell something of a person, identifiers included. */
  readonly personal: readonly string[];
  /** The others. */
  readonly impersonal: readonly string[];
  readonly export: Export | Because;
  /** In the transaction that erases the account. */
  readonly erase: ((transaction: Transaction, person: Person) => Promise<void>) | Because;
  readonly purge: readonly Purge[] | Because;
}

/** Everything that every room knows of a person, by the name each part has in the document. */
export async function exported(
  tables: readonly ClaimedTable[],
  person: Person,
): Promise<Record<string, unknown>> {
  const document: Record<string, unknown> = {};
  for (const { export: own } of tables) {
    if ("read" in own) document[own.as] = await own.read(person);
  }
  return document;
}

/** Erases a person from every table, in the order of the rooms. */
export async function erased(
  tables: readonly ClaimedTable[],
  transaction: Transaction,
  person: Person,
): Promise<void> {
  for (const { erase } of tables) {
    if (typeof erase === "function") await erase(transaction, person);
  }
}

/** Every purge of these tables. */
export function purgesOf(tables: readonly ClaimedTable[]): Purge[] {
  return tables.flatMap(({ purge }) => ("because" in purge ? [] : purge));
}
