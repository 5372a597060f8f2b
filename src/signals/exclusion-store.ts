import { type Queryable, countOf } from "../storage/index.ts";

/** Whom receivers do not want to hear of: the table `signal_exclusions`. */
export class ExclusionStore {
  readonly #db: Queryable;

  constructor(db: Queryable) {
    this.#db = db;
  }

  /** The same store inside a transaction. */
  within(transaction: Queryable): ExclusionStore {
    return new ExclusionStore(transaction);
  }

  async insert(streamId: string, mark: string, now: number): Promise<void> {
    await this.#db("signal_exclusions")
      .insert({ stream_id: streamId, subject_mark: mark, created_at: now })
      .onConflict(["stream_id", "subject_mark"])
      .ignore();
  }

  async remove(streamId: string, mark: string): Promise<void> {
    await this.#db("signal_exclusions").where({ stream_id: streamId, subject_mark: mark }).delete();
  }

  async has(streamId: string, mark: string): Promise<boolean> {
    const where = { stream_id: streamId, subject_mark: mark };
    return (await this.#db("signal_exclusions").where(where).first("stream_id")) !== undefined;
  }

  count(streamId: string): Promise<number> {
    return countOf(this.#db("signal_exclusions").where({ stream_id: streamId }));
  }

  async removeAll(streamId: string): Promise<void> {
    await this.#db("signal_exclusions").where({ stream_id: streamId }).delete();
  }
}
