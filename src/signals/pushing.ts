import type { ClientCall } from "../clients/index.ts";
import { type Encryption, type Outcome, accepted, refused, seconds } from "../foundation/index.ts";
import { type DeliveryReason, type NewChannel, failedDelivery } from "../outbox/index.ts";
import type { Nudge } from "./event-writer.ts";
import { type RefusedEventParts, endRefused } from "./refused-events.ts";
import { type Push, type Stream, pushPlace } from "./stream.ts";
import type { StreamStore } from "./stream-store.ts";
import type { MakeToken } from "./tokens.ts";
import type { WaitingEvent } from "./waiting-store.ts";

/** What pushes are made with. */
export interface PushingParts extends RefusedEventParts {
  readonly streams: StreamStore;
  readonly encryption: Encryption;
  readonly makeToken: MakeToken;
  /** Never into a private network, and no redirect is followed. */
  readonly callClient: ClientCall;
  readonly isServed: (clientId: string) => boolean;
}

const parallelSends = 8;

/** One receiver that hangs must not keep the others waiting. */
const parallelSendsADestination = 2;

/** How long a receiver may take to answer; two of them, one behind the other, as long as a sender holds its entry. */
const patienceSeconds = seconds(15);

/** What a receiver says of a token that no other try makes better (RFC 8935 §2.4). */
const finalErrors: ReadonlySet<string> = new Set([
  "invalid_request",
  "invalid_issuer",
  "invalid_audience",
]);

/**
 * Pushes what waits to its receiver (RFC 8935). What the outbox carries says only that something waits: the oldest about
 * that person goes, so that a receiver gets what is about one person in its order, whatever was tried before. Not all entries
 * name the person to the outbox: here, too, one goes after the other.
 */
export function pushCourier(parts: PushingParts): NewChannel["courier"] {
  const stopping = new AbortController();
  const underWay = new Map<string, Promise<unknown>>();
  return {
    ...{ parallelSends, parallelSendsADestination, inOrder: true },
    deliver: async (content) => {
      const nudge = content as Nudge;
      const about = `${nudge.streamId} ${nudge.mark ?? ""}`;
      // Its time begins with its turn, or a slow receiver would be hung up on, and have it twice.
      const patience = () =>
        AbortSignal.any([stopping.signal, AbortSignal.timeout(patienceSeconds * 1000)]);
      const delivery = (underWay.get(about) ?? Promise.resolve())
        .catch(() => undefined)
        .then(() => deliver(parts, nudge, patience()));
      underWay.set(about, delivery);
      return delivery.finally(() => {
        if (underWay.get(about) === delivery) underWay.delete(about);
      });
    },
    close: () => {
      stopping.abort();
    },
    givenUp: ({ name: signal }, error) => ({ name: "signal-failed", details: { signal, error } }),
  };
}

/** An entry ends by one event: what another node has sent meanwhile is that one's, and the next would wait unsent. */
async function deliver(
  parts: PushingParts,
  nudge: Nudge,
  signal: AbortSignal,
): Promise<Outcome<undefined, DeliveryReason>> {
  for (;;) {
    const outcome = await deliverOldest(parts, nudge, signal);
    if (outcome !== "of-another") return outcome;
  }
}

type Delivered = Outcome<undefined, DeliveryReason> | "of-another";

async function deliverOldest(
  parts: PushingParts,
  { streamId, mark }: Nudge,
  signal: AbortSignal,
): Promise<Delivered> {
  const found = await parts.streams.find(streamId);
  const stream = isPushed(found, mark) ? found : await settled(parts, streamId);
  // What is paused goes on waiting, and is sent when it is resumed; what is polled waits there.
  if (!isPushed(stream, mark)) return accepted(undefined);
  if (!parts.isServed(stream.clientId)) return notDelivered("client not served");
  const event = await parts.waiting.oldest(streamId, mark);
  if (!event) return accepted(undefined);
  const sealed = parts.encryption.decrypt(stream.encryptedPush, pushPlace(streamId));
  const push = JSON.parse(sealed) as Push;
  try {
    const body = await parts.makeToken(stream, event);
    return await judged(parts, stream, event, await send(parts, push, body, signal));
  } catch (error) {
    return failedDelivery(error);
  }
}

type PushedStream = Stream & { readonly encryptedPush: string };

/** Whether what is about a person is pushed to it now; what it says of itself, without a mark, is whatever its status: that it is disabled, too. */
function isPushed(stream: Stream | undefined, mark: string | undefined): stream is PushedStream {
  if (stream?.encryptedPush === undefined) return false;
  return stream.status === "enabled" || mark === undefined;
}

/**
 * A stream as whoever is changing it leaves it. Who resumes one has all sent that waited when that began, and of what came
 * since nobody would be told again.
 */
function settled({ database, streams }: PushingParts, id: string): Promise<Stream | undefined> {
  return database.transaction((transaction) => streams.within(transaction).hold(id));
}

function send(
  { callClient }: PushingParts,
  { endpointUrl, authorizationHeader }: Push,
  body: string,
  signal: AbortSignal,
): Promise<Response> {
  const headers = {
    "content-type": "application/secevent+jwt",
    accept: "application/json",
    ...(authorizationHeader !== undefined && { authorization: authorizationHeader }),
  };
  return callClient(endpointUrl, { method: "POST", body, headers, signal });
}

async function judged(
  parts: PushingParts,
  stream: Stream,
  event: WaitingEvent,
  response: Response,
): Promise<Delivered> {
  if (response.ok) {
    await response.body?.cancel();
    return (await parts.waiting.remove(stream.id, [event.id])) === 1
      ? accepted(undefined)
      : "of-another";
  }
  const error = response.status === 400 ? await errorOf(response) : undefined;
  if (error === undefined || !finalErrors.has(error)) {
    await response.body?.cancel().catch(() => undefined);
    return notDelivered(`HTTP ${response.status}`);
  }
  const isEnded = await endRefused(parts, stream, event, { signal: event.name, error });
  return isEnded ? accepted(undefined) : "of-another";
}

/** The machine word of a refusal; nothing else of what the other side writes is taken in. */
async function errorOf(response: Response): Promise<string | undefined> {
  const text = (await response.text()).slice(0, 4000);
  try {
    const { err } = JSON.parse(text) as { err?: unknown };
    return typeof err === "string" && /^[a-z_]{1,40}$/.test(err) ? err : undefined;
  } catch {
    return undefined;
  }
}

function notDelivered(cause: string): Outcome<undefined, DeliveryReason> {
  return refused({ reason: "not-delivered", details: { cause } });
}
