import { type Outcome, accepted, refused } from "../foundation/index.ts";
import type { Transaction } from "../storage/index.ts";
import { changed, setStatus, subjectOf, wishesOf } from "./stream-changes.ts";
import type { ChangedStreamBody, NewStreamBody } from "./stream-requests.ts";
import type { StatusWish, StreamReason, StreamsParts } from "./stream-parts.ts";
import type { Stream } from "./stream.ts";
import { verificationIntervalSeconds } from "./stream-view.ts";

/** What receivers and staff do with streams. A receiver's stream is unknown to every other one. */
export interface Streams {
  readonly create: (
    clientId: string,
    body: NewStreamBody,
  ) => Promise<Outcome<Stream, StreamReason>>;
  readonly find: (clientId: string, id: string) => Promise<Stream | undefined>;
  readonly list: (clientId: string) => Promise<readonly Stream[]>;
  /** @param isWhole whether what is absent is deleted (PUT), or stays (PATCH) */
  readonly change: (
    clientId: string,
    body: ChangedStreamBody,
    isWhole: boolean,
  ) => Promise<Outcome<Stream, StreamReason>>;
  readonly remove: (clientId: string, id: string, actor?: string) => Promise<boolean>;
  readonly setStatus: (
    clientId: string,
    id: string,
    wish: StatusWish,
  ) => Promise<Outcome<Stream, StreamReason>>;
  /** Sends the receiver what it asked for, to see that it comes. */
  readonly verify: (
    clientId: string,
    id: string,
    state: string | undefined,
  ) => Promise<Outcome<undefined, StreamReason>>;
}

/** How many streams a client may have. */
const streamsAClient = 5;

/** Builds them on their tables. */
export function createStreams(parts: StreamsParts): Streams {
  const { database, streams, clock, random } = parts;
  const own = async (clientId: string, id: string, found: Promise<Stream | undefined>) => {
    const stream = await found;
    return stream?.id === id && stream.clientId === clientId ? stream : undefined;
  };
  const onHeld = <Value>(
    clientId: string,
    id: string,
    work: (transaction: Transaction, stream: Stream) => Promise<Outcome<Value, StreamReason>>,
  ) =>
    database.transaction(async (transaction) => {
      const stream = await own(clientId, id, streams.within(transaction).hold(id));
      return stream ? work(transaction, stream) : refused({ reason: "stream-unknown" as const });
    });
  const recorded = async <Value>(outcome: Outcome<Value, StreamReason>, event: StreamEvent) => {
    if (outcome.accepted) await recordStream(parts, event);
    return outcome;
  };
  return {
    create: async (clientId, body) => {
      const id = random.identifier();
      const wishes = wishesOf(parts, id, body);
      if (!wishes.accepted) return wishes;
      const base = { id, clientId, createdAt: clock.epochSeconds(), reason: undefined };
      const stream = { ...base, ...wishes.value, status: "enabled", statusBy: "receiver" } as const;
      for (let slot = 1; slot <= streamsAClient; slot += 1) {
        if (await streams.insert(stream, slot))
          return recorded(accepted(stream), { name: "signal-stream-created", clientId, id });
      }
      return refused({ reason: "too-many-streams" });
    },
    find: (clientId, id) => own(clientId, id, streams.find(id)),
    list: (clientId) => streams.list(clientId),
    change: async (clientId, body, isWhole) => {
      const outcome = await onHeld(clientId, body.stream_id, (transaction, stream) =>
        changed(parts, transaction, stream, body, isWhole),
      );
      const event = { name: "signal-stream-changed", clientId, id: body.stream_id } as const;
      return recorded(outcome, event);
    },
    remove: async (clientId, id, actor) => {
      const outcome = await onHeld(clientId, id, async (transaction) => {
        await streams.within(transaction).remove(id);
        await parts.waiting.within(transaction).removeAll(id);
        await parts.exclusions.within(transaction).removeAll(id);
        return accepted(undefined);
      });
      await recorded(outcome, { name: "signal-stream-removed", clientId, id, actor });
      return outcome.accepted;
    },
    setStatus: async (clientId, id, wish) => {
      const outcome = await onHeld(clientId, id, (transaction, stream) =>
        setStatus(parts, transaction, stream, wish),
      );
      const { status, actor } = wish;
      const event = { name: "signal-stream-changed", clientId, id, actor, status } as const;
      return recorded(outcome, event);
    },
    verify: (clientId, id, state) =>
      onHeld(clientId, id, async (transaction, stream) => {
        if (stream.status === "disabled") return refused({ reason: "stream-disabled" });
        const now = clock.epochSeconds();
        const before = now - verificationIntervalSeconds;
        if (!(await streams.within(transaction).noteVerification(id, now, before)))
          return refused({ reason: "too-early" });
        const data = state === undefined ? {} : { state };
        const txn = random.identifier();
        const subject = subjectOf(stream);
        const event = { stream, subject, data, txn, name: "verification" } as const;
        await parts.writer.write(transaction, [event]);
        return accepted(undefined);
      }),
  };
}

interface StreamEvent {
  readonly name: "signal-stream-created" | "signal-stream-changed" | "signal-stream-removed";
  readonly clientId: string;
  readonly id: string;
  readonly actor?: string | undefined;
  readonly status?: string | undefined;
}

function recordStream({ record }: StreamsParts, { id, status, ...event }: StreamEvent) {
  const details = { stream: id, ...(status !== undefined && { status }) };
  return record({ ...event, outcome: "accepted", details });
}
