import { type Clock, type EmailAddress, keyedDigest } from "../foundation/index.ts";
import { retentionSeconds } from "../operations/index.ts";
import { type Queryable, someRows } from "../storage/index.ts";

/** How an address refuses our mail. */
export interface RefusedAddress {
  /** A machine word: `RCPT TO 550 5.1.1`, `bounced 5.1.1`. */
  readonly reason: string;
  /** The last time, epoch seconds. */
  readonly at: number;
  /** Whether nothing more is sent to it until a person changes that. */
  readonly isStopped: boolean;
}

/** Addresses that refuse our mail. */
export interface RefusedAddresses {
  readonly find: (email: EmailAddress) => Promise<RefusedAddress | undefined>;
  /** The server refused a letter to it, or a letter was held back; why it was stopped stays, where it was. */
  readonly note: (email: EmailAddress, reason: string) => Promise<void>;
  /** Who delivers reported it: nothing more is sent. */
  readonly stop: (email: EmailAddress, reason: string) => Promise<void>;
  /** A letter to it was taken: what it refused before is forgotten, and not what has stopped it meanwhile. */
  readonly taken: (email: EmailAddress) => Promise<void>;
  /** A person says that it takes mail again. @returns whether it was known */
  readonly forget: (email: EmailAddress, within?: Queryable) => Promise<boolean>;
  /** Erases those that have refused nothing for a year. @returns how many */
  readonly purge: () => Promise<number>;
}

const table = "refused_addresses";
const lastReason = `CASE WHEN ${table}.stopped_at IS NULL THEN excluded.reason ELSE ${table}.reason END`;

/**
 * The `refused_addresses` table.
 * @param options.key makes the stored addresses digests
 */
export function createRefusedAddresses(options: {
  readonly database: Queryable;
  readonly clock: Pick<Clock, "epochSeconds">;
  readonly key: string | Buffer;
}): RefusedAddresses {
  const { database, clock } = options;
  const recipientOf = (email: EmailAddress) => keyedDigest(options.key, `refused:${email}`);
  const rowOf = (email: EmailAddress, within = database) =>
    within(table).where({ recipient: recipientOf(email) });
  const keep = async (email: EmailAddress, written: object, replaced: object) => {
    await database(table)
      .insert({ recipient: recipientOf(email), ...written })
      .onConflict("recipient")
      .merge(replaced);
  };
  return {
    find: async (email) => toRefused(await rowOf(email).first<RefusedRow | undefined>()),
    note: (email, reason) => {
      const at = { refused_at: clock.epochSeconds() };
      return keep(email, { reason, ...at }, { reason: database.raw(lastReason), ...at });
    },
    stop: (email, reason) => {
      const now = clock.epochSeconds();
      const row = { reason, refused_at: now, stopped_at: now };
      return keep(email, row, row);
    },
    taken: async (email) => {
      await rowOf(email).whereNull("stopped_at").delete();
    },
    forget: async (email, within) => (await rowOf(email, within).delete()) === 1,
    purge: async () => {
      const before = clock.epochSeconds() - retentionSeconds.refusedAddresses;
      return someRows(database, table, ["recipient"], (ended) => {
        void ended.where("refused_at", "<", before);
      }).delete();
    },
  };
}

interface RefusedRow {
  readonly reason: string;
  readonly refused_at: number | string;
  readonly stopped_at: number | string | null;
}

function toRefused(row: RefusedRow | undefined): RefusedAddress | undefined {
  return (
    row && {
      reason: row.reason,
      at: Number(row.refused_at),
      isStopped: row.stopped_at !== null,
    }
  );
}
