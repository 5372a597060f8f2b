import { supportedEvents } from "./event-types.ts";

/** `paused` holds events back, `disabled` holds none (SSF 1.0 §8.1.2). */
export type StreamStatus = (typeof streamStatuses)[number];

/** Every status. */
export const streamStatuses = ["enabled", "paused", "disabled"] as const;

/** Where a receiver has its events pushed, as it said: it may hold a secret, and is kept sealed. */
export interface Push {
  readonly endpointUrl: string;
  /** Sent as it is. */
  readonly authorizationHeader: string | undefined;
}

/** What a receiver may change of its stream. */
export interface StreamWishes {
  /** As asked, those included that are not known here. */
  readonly eventsRequested: readonly string[];
  readonly description: string | undefined;
  /** A {@link Push}, sealed; undefined: the receiver polls. */
  readonly encryptedPush: string | undefined;
}

/** A stream of one receiver. */
export interface Stream extends StreamWishes {
  readonly id: string;
  readonly clientId: string;
  readonly status: StreamStatus;
  /** Who set the status: what staff paused the receiver does not resume. */
  readonly statusBy: "receiver" | "staff";
  readonly reason: string | undefined;
  /** Epoch seconds. */
  readonly createdAt: number;
}

/** What a stream is sent: what was asked for and is known. */
export function deliveredEvents({ eventsRequested }: Pick<Stream, "eventsRequested">): string[] {
  return supportedEvents.filter((each) => eventsRequested.includes(each));
}

/** Where the sealed delivery of a stream stands: what it is bound to. */
export function pushPlace(streamId: string): string {
  return `signal-stream:${streamId}`;
}
