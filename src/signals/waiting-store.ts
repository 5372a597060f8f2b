import { pieces } from "../foundation/index.ts";
import { type Queryable, someRows } from "../storage/index.ts";

/** An event that waits until its receiver has it. */
export interface WaitingEvent {
  /** The `jti` of its token, the same at each try. */
  readonly id: string;
  readonly streamId: string;
  /** Whom it is about, as nobody can read it; undefined for what a stream says of itself. */
  readonly mark: string | undefined;
  /** Its short name. */
  readonly name: string;
  readonly sequence: number;
  readonly encryptedEvent: string;
  /** Epoch seconds. */
  readonly createdAt: number;
}

/** Rows a statement takes. */
const rowsAStatement = 200;

/** The table `signal_events`. */
export class WaitingStore {
  readonly #db: Queryable;

  constructor(db: Queryable) {
    this.#db = db;
  }

  /** The same store inside a transaction. */
  within(transaction: Queryable): WaitingStore {
    return new WaitingStore(transaction);
  }

  /** @returns whether it was not there yet: an end that is told again is told by the same `jti` */
  async insert(event: WaitingEvent): Promise<boolean> {
    const inserted = await this.#db("signal_events")
      .insert({
        id: event.id,
        stream_id: event.streamId,
        subject_mark: event.mark ?? null,
        name: event.name,
        sequence: event.sequence,
        encrypted_event: event.encryptedEvent,
        created_at: event.createdAt,
      })
      .onConflict("id")
      .ignore()
      .returning("id");
    return inserted.length === 1;
  }

  /** The oldest first. @param onlyOwn what the stream says of itself alone */
  async next(streamId: string, limit: number, onlyOwn: boolean): Promise<WaitingEvent[]> {
    const rows = this.#of(streamId).limit(limit);
    if (onlyOwn) void rows.whereNull("subject_mark");
    return (await rows).map(toWaiting);
  }

  /** The oldest about one subject. */
  async oldest(streamId: string, mark: string | undefined): Promise<WaitingEvent | undefined> {
    const rows = this.#of(streamId).limit(1);
    void (mark === undefined ? rows.whereNull("subject_mark") : rows.where({ subject_mark: mark }));
    const [row] = await rows;
    return row && toWaiting(row);
  }

  /** All that waits for a stream, in its order, without what it says. */
  async list(
    streamId: string,
    before = Number.MAX_SAFE_INTEGER,
  ): Promise<Pick<WaitingEvent, "mark" | "name">[]> {
    const rows = await this.#of(streamId)
      .where("created_at", "<", before)
      .select<Pick<WaitingRow, "subject_mark" | "name">[]>("subject_mark", "name");
    return rows.map(({ subject_mark: mark, name }) => ({ mark: mark ?? undefined, name }));
  }

  /** @returns how many of them waited for this stream */
  async remove(streamId: string, ids: readonly string[]): Promise<number> {
    let removed = 0;
    for (const some of pieces(ids, rowsAStatement)) {
      removed += await this.#db("signal_events")
        .where({ stream_id: streamId })
        .whereIn("id", some)
        .delete();
    }
    return removed;
  }

  /** @returns how many there were */
  removeAll(streamId: string): Promise<number> {
    return this.#db("signal_events").where({ stream_id: streamId }).delete();
  }

  /** How many wait, by stream; a stream for which none does is not named. */
  async counts(): Promise<ReadonlyMap<string, number>> {
    const rows = await this.#db("signal_events")
      .groupBy("stream_id")
      .count({ count: "*" })
      .select<{ stream_id: string; count: number | string }[]>("stream_id");
    return new Map(rows.map((row) => [row.stream_id, Number(row.count)]));
  }

  /** What waits for a stream, by its name, the oldest kind first. */
  async kinds(
    streamId: string,
  ): Promise<{ readonly name: string; readonly count: number; readonly oldestAt: number }[]> {
    const rows = await this.#db("signal_events")
      .where({ stream_id: streamId })
      .groupBy("name")
      .count({ count: "*" })
      .min({ oldest: "created_at" })
      .select<{ name: string; count: number | string; oldest: number | string }[]>("name")
      .orderBy(["oldest", "name"]);
    return rows.map(({ name, count, oldest }) => ({
      ...{ name, count: Number(count), oldestAt: Number(oldest) },
    }));
  }

  /** Deletes some of what waits since before an instant. @returns how many */
  purge(createdBefore: number): Promise<number> {
    return someRows(this.#db, "signal_events", ["id"], (old) => {
      void old.where("created_at", "<", createdBefore);
    }).delete();
  }

  #of(streamId: string) {
    return this.#db<WaitingRow>("signal_events")
      .where({ stream_id: streamId })
      .orderBy(["sequence", "id"]);
  }
}

interface WaitingRow {
  id: string;
  stream_id: string;
  subject_mark: string | null;
  name: string;
  sequence: number | string;
  encrypted_event: string;
  created_at: number | string;
}

function toWaiting(row: WaitingRow): WaitingEvent {
  return {
    id: row.id,
    streamId: row.stream_id,
    mark: row.subject_mark ?? undefined,
    name: row.name,
    sequence: Number(row.sequence),
    encryptedEvent: row.encrypted_event,
    createdAt: Number(row.created_at),
  };
}

/** Where the sealed content of an event stands: what it is bound to. */
export function eventPlace(id: string): string {
  return `signal-event:${id}`;
}
