import { type Clock, type Encryption, type Random, growing } from "../foundation/index.ts";
import type { NewChannel, OpenChannel } from "../outbox/index.ts";
import type { Transaction } from "../storage/index.ts";
import { type ControlType, type EventType, addressOf } from "./event-types.ts";
import type { Stream } from "./stream.ts";
import { WaitingStore, eventPlace } from "./waiting-store.ts";

/** A subject identifier (RFC 9493). */
export type SubjectIdentifier = Readonly<Record<string, unknown>> & { readonly format: string };

/** An event for one stream. */
export interface NewEvent {
  readonly stream: Stream;
  readonly name: EventType | ControlType;
  readonly subject: SubjectIdentifier;
  /** What the event says. */
  readonly data: object;
  /** The same for all that has one cause. */
  readonly txn: string;
  /** Whom it is about. */
  readonly about?: { readonly mark: string; readonly sub: string } | undefined;
  /** The `jti`, where an act may be told again; random unless told. */
  readonly id?: string | undefined;
}

/** What the outbox carries: that something waits, about whom. What it is stands in `signal_events`, until the receiver has it. */
export interface Nudge {
  readonly streamId: string;
  readonly mark?: string | undefined;
}

/** Writes events into what waits, and has the pushed ones sent. */
export interface EventWriter {
  readonly write: (transaction: Transaction, events: readonly NewEvent[]) => Promise<void>;
  /** Has all sent that waits for a stream. @param before epoch seconds: only what waits since before */
  readonly nudge: (transaction: Transaction, stream: Stream, before?: number) => Promise<void>;
  /** Calls when something was written by this node: who waits for it looks again. @returns what ends that */
  readonly whenWritten: (listener: () => void) => () => void;
}

/** What the writer is built of. */
export interface EventWriterParts {
  readonly waiting: WaitingStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly encryption: Encryption;
  readonly openChannel: OpenChannel;
  readonly courier: NewChannel["courier"];
}

/** Builds it on its table and its channel of the outbox. */
export function createEventWriter(parts: EventWriterParts): EventWriter {
  const { waiting, courier, openChannel } = parts;
  const outbox = openChannel({ of: "signals", channel: signalChannel, courier });
  const listeners = new Set<() => void>();
  const next = growing(parts.clock);
  const carriedOn = (transaction: Transaction) => {
    const written = () => {
      outbox.wake();
      for (const listener of listeners) listener();
    };
    // What is rolled back is nobody's news; the act itself tells its fault.
    void transaction.executionPromise.then(written, () => undefined);
  };
  return {
    whenWritten: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    write: async (transaction, events) => {
      for (const event of events) {
        const { stream, name, about } = event;
        const isNew = await insert(parts, transaction, event, next());
        if (isNew && stream.encryptedPush !== undefined)
          await outbox.add(transaction, entryOf(stream, name, about));
      }
      if (events.length > 0) carriedOn(transaction);
    },
    nudge: async (transaction, stream, before) => {
      if (stream.encryptedPush === undefined) return;
      const all = await waiting.within(transaction).list(stream.id, before);
      const entries = all.map(({ name, mark }) => ({
        ...entryOf(stream, name, undefined),
        content: { streamId: stream.id, mark } satisfies Nudge,
      }));
      await outbox.add(transaction, ...entries);
      carriedOn(transaction);
    },
  };
}

/** The channel of the outbox by which pushes go. */
export const signalChannel = "signal";

/** Where the pushes of a stream go, as the outbox is told. */
export function destinationOf(streamId: string): string {
  return `stream ${streamId}`;
}

/** What the outbox is given of an event: no word of what it says. */
function entryOf({ id }: Stream, name: string, about: NewEvent["about"]) {
  const content: Nudge = { streamId: id, mark: about?.mark };
  return { name, content, accountSub: about?.sub, destination: destinationOf(id) };
}

/** @returns false when it waits already */
function insert(
  { waiting, clock, random, encryption }: EventWriterParts,
  transaction: Transaction,
  { about, ...event }: NewEvent,
  sequence: number,
): Promise<boolean> {
  const { id = random.identifier(), stream, name } = event;
  const now = clock.epochSeconds();
  const claims = { iat: now, txn: event.txn, sub_id: event.subject };
  const content = { ...claims, events: { [addressOf(name)]: event.data } };
  const encryptedEvent = encryption.encrypt(JSON.stringify(content), eventPlace(id));
  const row = { id, streamId: stream.id, mark: about?.mark, name, encryptedEvent };
  return waiting.within(transaction).insert({ ...row, sequence, createdAt: now });
}
