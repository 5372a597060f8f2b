import { type Queryable, type Share, shareOf } from "../storage/index.ts";

/** What waits in a channel of the `outbox` for destinations that fail, since an instant or longer. */
export class OldEntriesStore {
  readonly #db: Queryable;
  readonly #channel: string;

  constructor(db: Queryable, channel: string) {
    this.#db = db;
    this.#channel = channel;
  }

  /** The identifiers of some of it. */
  async list(destinations: readonly string[], addedBefore: number): Promise<string[]> {
    if (destinations.length === 0) return [];
    return this.#old(destinations, addedBefore).limit(200).pluck<string[]>("id");
  }

  /** How much of it there is, of all that waits in the channel. */
  async share(destinations: readonly string[], addedBefore: number): Promise<Share> {
    if (destinations.length === 0) return { going: 0, all: 0 };
    return shareOf(this.#old(destinations, addedBefore), this.#waiting());
  }

  #old(destinations: readonly string[], addedBefore: number) {
    return this.#waiting()
      .whereIn("destination", [...destinations])
      .where("created_at", "<=", addedBefore);
  }

  #waiting() {
    return this.#db("outbox").where({ channel: this.#channel, state: "waiting" });
  }
}
