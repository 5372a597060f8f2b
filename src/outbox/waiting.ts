import type { Clock } from "../foundation/index.ts";
import { type RecordedTransactionParts, recordedTransaction } from "../house/index.ts";
import type { AskedBy, EventName } from "../operations/index.ts";
import { markOf } from "./destination-mark.ts";
import { type EntryFilter, type ListedEntry, WaitingStore } from "./waiting-store.ts";

/** What who operates may ask of the outbox, of every channel at once. An act records what it did, as it does it. */
export interface Waiting {
  /** The newest first, after one that was listed. */
  readonly list: WaitingStore["list"];
  /** The channels there are; of their entries some are called by what they are, others by for whom. */
  readonly channels: readonly string[];
  /** Whether an entry of any state has this name. */
  readonly isName: (name: string) => Promise<boolean>;
  /** @returns undefined when there is none of this id */
  readonly find: (id: string) => Promise<ListedEntry | undefined>;
  /**
   * Has what waits tried at once. What was given up has no content any more, and is not tried again.
   * @returns how many
   */
  readonly retry: (filter: EntryFilter, by: AskedBy) => Promise<number>;
  /** Ends what waits, untried from now on, and erases its content. What is being sent at the moment is left. @returns how many */
  readonly drop: (filter: EntryFilter, by: AskedBy) => Promise<number>;
}

/** What it is built of. */
export interface WaitingParts extends RecordedTransactionParts {
  readonly clock: Clock;
  /** It grows as rooms are opened. */
  readonly channels: readonly string[];
}

/** Opens it. */
export function createWaiting(parts: WaitingParts): Waiting {
  const { database, clock, channels } = parts;
  const store = new WaitingStore(database.knex);
  const find: Waiting["find"] = async (id) => (await store.list({ ids: [id] }, { limit: 1 }))[0];
  const act =
    (change: "retry" | "drop", name: EventName) => async (filter: EntryFilter, by: AskedBy) => {
      const only = filter.ids?.length === 1 ? await find(filter.ids[0] ?? "") : undefined;
      return inPieces(() =>
        recordedTransaction(parts, async (transaction, tell) => {
          const pieces = new WaitingStore(transaction);
          const count = await pieces[change](filter, clock.epochSeconds());
          if (count > 0) tell({ name, outcome: "accepted", ...by, ...told(filter, count, only) });
          return count;
        }),
      );
    };
  return {
    channels,
    isName: (name) => store.isName(name),
    list: (filter, page) => store.list(filter, page),
    find,
    retry: act("retry", "outbox-retried"),
    drop: act("drop", "outbox-dropped"),
  };
}

/** Until nothing is left: senders pass in between. */
async function inPieces(piece: () => Promise<number>): Promise<number> {
  let all = 0;
  for (;;) {
    const count = await piece();
    if (count === 0) return all;
    all += count;
  }
}

/** What the audit keeps of it: no address of anybody. */
function told({ kind, destination }: EntryFilter, count: number, only: ListedEntry | undefined) {
  return {
    subject: only?.accountSub === undefined ? undefined : { sub: only.accountSub },
    details: {
      count,
      ...(kind !== undefined && { kind }),
      ...(destination !== undefined && { destination: markOf(destination) }),
      ...(only && { kind: only.channel, letter: only.name }),
    },
  };
}
