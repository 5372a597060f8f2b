import { type Clock, type EmailAddress, hours, keyedDigest } from "../foundation/index.ts";
import { retentionSeconds } from "../operations/index.ts";
import { type Queryable, type Transaction, someRows } from "../storage/index.ts";
import type { LetterName } from "./letter.ts";

/** The most letters of a kind that an address gets in any hour, and in any day, where nobody signed in asked for them. */
export const lettersPerRecipient = { anHour: 5, aDay: 12 } as const;

/** Whether letters that strangers may ask for are written: who knows an address must not fill its mailbox. */
export interface RecipientLimits {
  /**
   * Counts one letter of a kind for each of these addresses, in the transaction that writes it: one conditional
   * statement, so of any number at once only as many pass as are left. Ask before what the letter changes: one that is
   * not written must void no link that was sent.
   * @param recipients at most 200
   * @returns those that get the letter
   */
  readonly allow: (
    transaction: Transaction,
    letter: LetterName,
    ...recipients: readonly EmailAddress[]
  ) => Promise<ReadonlySet<EmailAddress>>;
  /** Deletes what limits nothing any more. @returns how many */
  readonly purge: () => Promise<number>;
}

const table = "recipient_letters";
const places = Array.from({ length: lettersPerRecipient.aDay }, (_, index) => index + 1);
const { anHour, aDay } = lettersPerRecipient;

/** The columns of the instants. */
export const letterColumns = places.map((place) => `written_${place}`);

/**
 * Each row is the last twelve instants, moved on by one place at each letter, so that limits hold for any hour and any
 * day, and not for those of the clock. An instant ahead of the clock, which was put back since, limits nothing.
 * @param options.key makes the stored addresses digests: nobody's address is kept because somebody else typed it
 */
export function createRecipientLimits(options: {
  readonly database: Queryable;
  readonly clock: Pick<Clock, "epochSeconds">;
  readonly key: string | Buffer;
}): RecipientLimits {
  const { database, clock } = options;
  return {
    allow: async (transaction, letter, ...recipients) => {
      const now = clock.epochSeconds();
      const emails = new Map(
        recipients.map((email) => [keyedDigest(options.key, `recipient:${email}`), email]),
      );
      // In one order everywhere: two transactions never wait for each other in a ring.
      const rows = [...emails.keys()]
        .sort()
        .map((recipient) => ({ recipient, letter, written_1: now }));
      if (rows.length === 0) return new Set();
      const counted = await transaction(table)
        .insert(rows)
        .onConflict(["recipient", "letter"])
        .merge(movedOn(transaction, now))
        .whereRaw(`${ended(anHour)} AND ${ended(aDay)}`, [
          ...[now - hours(1), now],
          ...[now - retentionSeconds.letterCounts, now],
        ])
        .returning<{ recipient: string }[]>("recipient");
      return new Set(counted.flatMap(({ recipient }) => emails.get(recipient) ?? []));
    },
    purge: async () => {
      const before = clock.epochSeconds() - retentionSeconds.letterCounts;
      return someRows(database, table, ["recipient", "letter"], (ended) => {
        void ended.where("written_1", "<=", before);
      }).delete();
    },
  };
}

/** A place whose instant limits nothing any more. */
function ended(place: number): string {
  return `(${table}.written_${place} <= ? OR ${table}.written_${place} > ?)`;
}

/** Each instant one place further, and now at the first. */
function movedOn(transaction: Transaction, now: number) {
  const moved = places.slice(1).map((place) => {
    return [`written_${place}`, transaction.raw(`${table}.written_${place - 1}`)] as const;
  });
  return { written_1: now, ...Object.fromEntries(moved) };
}
