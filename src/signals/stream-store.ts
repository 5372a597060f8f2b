import type { Queryable } from "../storage/index.ts";
import type { Stream, StreamStatus, StreamWishes } from "./stream.ts";

/** As they are made. A receiver may ask for anything, and PostgreSQL takes not every text. */
const ids = /^[\w-]{1,100}$/;

/** The table `signal_streams`. Instants are epoch seconds. */
export class StreamStore {
  readonly #db: Queryable;

  constructor(db: Queryable) {
    this.#db = db;
  }

  /** The same store inside a transaction. */
  within(transaction: Queryable): StreamStore {
    return new StreamStore(transaction);
  }

  /** @param slot one of the client's places. @returns false when it is taken */
  async insert(stream: Stream, slot: number): Promise<boolean> {
    const inserted = await this.#db("signal_streams")
      .insert({
        ...wished(stream),
        stream_id: stream.id,
        client_id: stream.clientId,
        slot,
        status: stream.status,
        status_by: stream.statusBy,
        reason: stream.reason ?? null,
        created_at: stream.createdAt,
        verified_at: 0,
      })
      .onConflict(["client_id", "slot"])
      .ignore()
      .returning("stream_id");
    return inserted.length === 1;
  }

  async find(id: string): Promise<Stream | undefined> {
    if (!ids.test(id)) return undefined;
    const row = await this.#db<StreamRow>("signal_streams").where({ stream_id: id }).first();
    return row && toStream(row);
  }

  /** As {@link find}; nobody else changes it before the transaction ends. On SQLite the transaction itself is the line. */
  async hold(id: string): Promise<Stream | undefined> {
    if (!ids.test(id)) return undefined;
    const row = await this.#db<StreamRow>("signal_streams")
      .where({ stream_id: id })
      .forUpdate()
      .first();
    return row && toStream(row);
  }

  /** The oldest first: those of a client, or of all. */
  async list(clientId?: string): Promise<Stream[]> {
    const rows = await this.#db<StreamRow>("signal_streams")
      .where(clientId === undefined ? {} : { client_id: clientId })
      .orderBy(["created_at", "stream_id"]);
    return rows.map(toStream);
  }

  /** Those that are sent or hold events. */
  async listening(): Promise<Stream[]> {
    const rows = await this.#db<StreamRow>("signal_streams").whereIn("status", [
      "enabled",
      "paused",
    ]);
    return rows.map(toStream);
  }

  async setWishes(id: string, wishes: StreamWishes): Promise<void> {
    await this.#db("signal_streams").where({ stream_id: id }).update(wished(wishes));
  }

  async setStatus(
    id: string,
    {
      status,
      by,
      reason,
    }: {
      readonly status: StreamStatus;
      readonly by: Stream["statusBy"];
      readonly reason: string | undefined;
    },
  ): Promise<void> {
    const changed = { status, status_by: by, reason: reason ?? null };
    await this.#db("signal_streams").where({ stream_id: id }).update(changed);
  }

  /** Counts a verification, once an interval; one ahead of the clock, which was put back since, counts for none. @returns false when it was too early */
  async noteVerification(id: string, now: number, before: number): Promise<boolean> {
    const noted = await this.#db("signal_streams")
      .where({ stream_id: id })
      .where(
        (last) => void last.where("verified_at", "<=", before).orWhere("verified_at", ">", now),
      )
      .update({ verified_at: now });
    return noted === 1;
  }

  /** @returns whether it was there */
  async remove(id: string): Promise<boolean> {
    return (await this.#db("signal_streams").where({ stream_id: id }).delete()) === 1;
  }
}

interface StreamRow {
  stream_id: string;
  client_id: string;
  status: StreamStatus;
  status_by: Stream["statusBy"];
  reason: string | null;
  events_requested: string;
  description: string | null;
  encrypted_push: string | null;
  created_at: number | string;
}

function wished({ eventsRequested, description, encryptedPush }: StreamWishes) {
  return {
    events_requested: JSON.stringify(eventsRequested),
    description: description ?? null,
    encrypted_push: encryptedPush ?? null,
  };
}

function toStream(row: StreamRow): Stream {
  return {
    id: row.stream_id,
    clientId: row.client_id,
    status: row.status,
    statusBy: row.status_by,
    reason: row.reason ?? undefined,
    eventsRequested: JSON.parse(row.events_requested) as string[],
    description: row.description ?? undefined,
    encryptedPush: row.encrypted_push ?? undefined,
    createdAt: Number(row.created_at),
  };
}
