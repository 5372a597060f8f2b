import type { Encryption } from "../foundation/index.ts";
import { supportedEvents } from "./event-types.ts";
import { deliveryMethods } from "./stream-requests.ts";
import { type Push, type Stream, deliveredEvents, pushPlace } from "./stream.ts";

/** The least time between two verifications of a stream. */
export const verificationIntervalSeconds = 10;

/** Where the transmitter answers, below the issuer. */
export const signalPaths = {
  streams: "/signals/streams",
  status: "/signals/status",
  addSubject: "/signals/subjects/add",
  removeSubject: "/signals/subjects/remove",
  verification: "/signals/verification",
  poll: "/signals/poll",
} as const;

/** A stream as its receiver is given it (SSF 1.0 §8.1.1). */
export type StreamView = Readonly<Record<string, unknown>>;

/** The members that are the transmitter's. */
export function transmitterMembers(issuer: string, stream: Stream): StreamView {
  return {
    stream_id: stream.id,
    iss: issuer,
    aud: stream.clientId,
    events_supported: supportedEvents,
    events_delivered: deliveredEvents(stream),
    min_verification_interval: verificationIntervalSeconds,
  };
}

/** @param withSecret whether the receiver's own `authorization_header` is among it: not for who may only read */
export function streamView(
  { issuer, encryption }: { readonly issuer: string; readonly encryption: Encryption },
  stream: Stream,
  withSecret: boolean,
): StreamView {
  return {
    ...transmitterMembers(issuer, stream),
    events_requested: stream.eventsRequested,
    ...(stream.description !== undefined && { description: stream.description }),
    delivery: deliveryView(issuer, encryption, stream, withSecret),
  };
}

/** Where a receiver polls a stream. */
export function pollUrl(issuer: string, streamId: string): string {
  return `${issuer}${signalPaths.poll}/${streamId}`;
}

function deliveryView(
  issuer: string,
  encryption: Encryption,
  { id, encryptedPush }: Stream,
  withSecret: boolean,
): StreamView {
  if (encryptedPush === undefined) {
    return { method: deliveryMethods.poll, endpoint_url: pollUrl(issuer, id) };
  }
  const push = JSON.parse(encryption.decrypt(encryptedPush, pushPlace(id))) as Push;
  const { authorizationHeader } = push;
  return {
    method: deliveryMethods.push,
    endpoint_url: push.endpointUrl,
    ...(withSecret &&
      authorizationHeader !== undefined && { authorization_header: authorizationHeader }),
  };
}
