import type { Outcome } from "../foundation/index.ts";
import { type Stream, deliveredEvents } from "./stream.ts";
import type { StreamStore } from "./stream-store.ts";
import type { StreamReason } from "./stream-parts.ts";
import type { Streams } from "./streams.ts";
import type { WaitingStore } from "./waiting-store.ts";

/** A stream as staff and operators see it. What opens its receiver is not among it. */
export interface ShownStream {
  readonly id: string;
  readonly clientId: string;
  readonly status: Stream["status"];
  readonly statusBy: Stream["statusBy"];
  readonly reason: string | undefined;
  readonly delivery: "push" | "poll";
  readonly description: string | undefined;
  /** The addresses of what it is sent. */
  readonly events: readonly string[];
  /** How many events wait for its receiver. */
  readonly waiting: number;
  /** Epoch seconds. */
  readonly createdAt: number;
}

/** How many events of a kind wait for a receiver, and since when. */
export interface WaitingKind {
  /** Its short name. */
  readonly name: string;
  readonly count: number;
  /** Epoch seconds. */
  readonly oldestAt: number;
}

/** What staff and operators do with streams. */
export interface SignalOperations {
  /** What the transmitter says of itself, and where; undefined while `SIGNALS` is off. */
  readonly transmitter: { readonly url: string; readonly metadata: object } | undefined;
  readonly list: () => Promise<readonly ShownStream[]>;
  readonly find: (id: string) => Promise<ShownStream | undefined>;
  /** What waits for a stream, the oldest kind first; neither about whom nor what it says. */
  readonly waitingKinds: (id: string) => Promise<readonly WaitingKind[]>;
  /** Holds its events back until {@link SignalOperations.resume}: its receiver cannot undo it. */
  readonly pause: (id: string, actor: string) => Promise<Outcome<Stream, StreamReason>>;
  readonly resume: (id: string, actor: string) => Promise<Outcome<Stream, StreamReason>>;
  /** @returns whether it was there */
  readonly remove: (id: string, actor: string) => Promise<boolean>;
  /** How many events wait, by client. */
  readonly waiting: () => Promise<readonly { readonly clientId: string; readonly count: number }[]>;
}

/** Builds them on the streams. */
export function createSignalOperations(parts: {
  readonly streams: StreamStore;
  readonly waiting: WaitingStore;
  readonly transmitter: SignalOperations["transmitter"];
  readonly acts: Pick<Streams, "setStatus" | "remove">;
}): SignalOperations {
  const { streams, waiting, acts } = parts;
  const clientOf = async (id: string) => (await streams.find(id))?.clientId ?? "";
  const list = async () => {
    const counts = await waiting.counts();
    return (await streams.list()).map((stream) => shown(stream, counts.get(stream.id) ?? 0));
  };
  return {
    transmitter: parts.transmitter,
    list,
    waitingKinds: (id) => waiting.kinds(id),
    find: async (id) => (await list()).find((each) => each.id === id),
    pause: async (id, actor) => acts.setStatus(await clientOf(id), id, { status: "paused", actor }),
    resume: async (id, actor) =>
      acts.setStatus(await clientOf(id), id, { status: "enabled", actor }),
    remove: async (id, actor) => acts.remove(await clientOf(id), id, actor),
    waiting: async () => {
      const byClient = Map.groupBy(await list(), ({ clientId }) => clientId);
      return [...byClient].map(([clientId, own]) => ({
        clientId,
        count: own.reduce((sum, stream) => sum + stream.waiting, 0),
      }));
    },
  };
}

function shown(stream: Stream, waiting: number): ShownStream {
  const { id, clientId, status, statusBy, reason, description, createdAt } = stream;
  return {
    ...{ id, clientId, status, statusBy, reason, description, createdAt, waiting },
    delivery: stream.encryptedPush === undefined ? "poll" : "push",
    events: deliveredEvents(stream),
  };
}
