import type { Clock } from "../foundation/index.ts";
import type { Database } from "../storage/index.ts";
import { type EntryFilter, type ListedEntry, WaitingStore } from "./waiting-store.ts";

/** What who operates may ask of the outbox, of every channel at once. */
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
  readonly retry: (filter: EntryFilter) => Promise<number>;
  /** Ends what waits, untried from now on, and erases its content. What is being sent at the moment is left. @returns how many */
  readonly drop: (filter: EntryFilter) => Promise<number>;
}

/** Opens it. */
export function createWaiting({
  database,
  clock,
  channels,
}: {
  readonly database: Pick<Database, "knex">;
  readonly clock: Clock;
  /** It grows as rooms are opened. */
  readonly channels: readonly string[];
}): Waiting {
  const store = new WaitingStore(database.knex);
  return {
    channels,
    isName: (name) => store.isName(name),
    list: (filter, page) => store.list(filter, page),
    find: async (id) => (await store.list({ ids: [id] }, { limit: 1 }))[0],
    retry: (filter) => inPieces(() => store.retry(filter, clock.epochSeconds())),
    drop: (filter) => inPieces(() => store.drop(filter, clock.epochSeconds())),
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
