import { type Outcome, accepted, refused } from "../foundation/index.ts";
import { recordedTransaction } from "../house/index.ts";
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
  const { streams } = parts;
  return {
    create: (clientId, body) => create(parts, clientId, body),
    find: async (clientId, id) => ofClient(clientId, await streams.find(id)),
    list: (clientId) => streams.list(clientId),
    change: (clientId, body, isWhole) => {
      const id = body.stream_id;
      return recordedOnHeld(
        parts,
        { name: "signal-stream-changed", clientId, id },
        (transaction, stream) => changed(parts, transaction, stream, body, isWhole),
      );
    },
    remove: async (clientId, id, actor) => {
      const event = { name: "signal-stream-removed", clientId, id, actor } as const;
      const outcome = await recordedOnHeld(parts, event, async (transaction) => {
        await streams.within(transaction).remove(id);
        await parts.waiting.within(transaction).removeAll(id);
        await parts.exclusions.within(transaction).removeAll(id);
        return accepted(undefined);
      });
      return outcome.accepted;
    },
    setStatus: (clientId, id, wish) => {
      const { status, actor } = wish;
      const event = { name: "signal-stream-changed", clientId, id, actor, status } as const;
      return recordedOnHeld(parts, event, (transaction, stream) =>
        setStatus(parts, transaction, stream, wish),
      );
    },
    verify: (clientId, id, state) =>
      onHeld(parts, clientId, id, (transaction, stream) =>
        verify(parts, transaction, stream, state),
      ),
  };
}

/** In the first of the client's places that is free. */
async function create(
  parts: StreamsParts,
  clientId: string,
  body: NewStreamBody,
): Promise<Outcome<Stream, StreamReason>> {
  const { clock, random } = parts;
  const id = random.identifier();
  const wishes = wishesOf(parts, id, body);
  if (!wishes.accepted) return wishes;
  const base = { id, clientId, createdAt: clock.epochSeconds(), reason: undefined };
  const stream = { ...base, ...wishes.value, status: "enabled", statusBy: "receiver" } as const;
  const event = { name: "signal-stream-created", clientId, id } as const;
  return recorded(parts, event, async (transaction) =>
    (await isPlaced(parts, transaction, stream))
      ? accepted(stream)
      : refused({ reason: "too-many-streams" }),
  );
}

async function isPlaced(
  { streams }: StreamsParts,
  transaction: Transaction,
  stream: Stream,
): Promise<boolean> {
  for (let slot = 1; slot <= streamsAClient; slot += 1)
    if (await streams.within(transaction).insert(stream, slot)) return true;
  return false;
}

async function verify(
  { streams, clock, random, writer }: StreamsParts,
  transaction: Transaction,
  stream: Stream,
  state: string | undefined,
): Promise<Outcome<undefined, StreamReason>> {
  if (stream.status === "disabled") return refused({ reason: "stream-disabled" });
  const now = clock.epochSeconds();
  const before = now - verificationIntervalSeconds;
  if (!(await streams.within(transaction).noteVerification(stream.id, now, before)))
    return refused({ reason: "too-early" });
  const data = state === undefined ? {} : { state };
  const event = { stream, subject: subjectOf(stream), data, name: "verification" } as const;
  await writer.write(transaction, [{ ...event, txn: random.identifier() }]);
  return accepted(undefined);
}

function ofClient(clientId: string, stream: Stream | undefined): Stream | undefined {
  return stream?.clientId === clientId ? stream : undefined;
}

/** Does work on a stream of this client, with its row held. */
function onHeld<Value>(
  parts: StreamsParts,
  clientId: string,
  id: string,
  work: HeldWork<Value>,
): Promise<Outcome<Value, StreamReason>> {
  return parts.database.transaction((transaction) =>
    held(parts, transaction, { clientId, id }, work),
  );
}

/** As {@link onHeld}; what comes of it is recorded with it. */
function recordedOnHeld<Value>(
  parts: StreamsParts,
  event: StreamEvent,
  work: HeldWork<Value>,
): Promise<Outcome<Value, StreamReason>> {
  return recorded(parts, event, (transaction) => held(parts, transaction, event, work));
}

type HeldWork<Value> = (
  transaction: Transaction,
  stream: Stream,
) => Promise<Outcome<Value, StreamReason>>;

async function held<Value>(
  { streams }: StreamsParts,
  transaction: Transaction,
  { clientId, id }: Pick<StreamEvent, "clientId" | "id">,
  work: HeldWork<Value>,
): Promise<Outcome<Value, StreamReason>> {
  const stream = ofClient(clientId, await streams.within(transaction).hold(id));
  return stream ? work(transaction, stream) : refused({ reason: "stream-unknown" });
}

interface StreamEvent {
  readonly name: "signal-stream-created" | "signal-stream-changed" | "signal-stream-removed";
  readonly clientId: string;
  readonly id: string;
  readonly actor?: string | undefined;
  readonly status?: string | undefined;
}

/** What is accepted is written with its event. */
function recorded<Value>(
  parts: StreamsParts,
  { id, status, ...event }: StreamEvent,
  work: (transaction: Transaction) => Promise<Outcome<Value, StreamReason>>,
): Promise<Outcome<Value, StreamReason>> {
  const details = { stream: id, ...(status !== undefined && { status }) };
  return recordedTransaction(parts, async (transaction, tell) => {
    const outcome = await work(transaction);
    if (outcome.accepted) tell({ ...event, outcome: "accepted", details });
    return outcome;
  });
}
