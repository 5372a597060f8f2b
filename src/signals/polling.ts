import { setTimeout as pause } from "node:timers/promises";
import { seconds } from "../foundation/index.ts";
import type { EventWriter } from "./event-writer.ts";
import { type RefusedEventParts, endRefused } from "./refused-events.ts";
import type { PollRequest } from "./stream-requests.ts";
import type { Stream } from "./stream.ts";
import type { StreamStore } from "./stream-store.ts";
import type { MakeToken } from "./tokens.ts";
import type { WaitingEvent } from "./waiting-store.ts";

/** What a poll is answered with (RFC 8936 §2.3). */
export interface PolledEvents {
  /** By their `jti`. */
  readonly sets: Readonly<Record<string, string>>;
  readonly moreAvailable?: true;
}

/** Polls of receivers. */
export interface Polling {
  /** @param gone ends the waiting: the receiver has closed its connection */
  readonly poll: (stream: Stream, request: PollRequest, gone: AbortSignal) => Promise<PolledEvents>;
  /** Answers who waits, and keeps nobody waiting any more. */
  readonly stop: () => void;
}

/** What they are answered with. */
export interface PollingParts extends RefusedEventParts {
  readonly streams: StreamStore;
  readonly writer: Pick<EventWriter, "whenWritten">;
  readonly makeToken: MakeToken;
}

/** How long a poll waits for something to come; proxies cut a silent connection after a minute. */
export const longestPollSeconds = seconds(25);

/** What another node has written is seen after this. */
const lookMilliseconds = 500;

/** Who waits at once: beyond these a poll is answered at once. */
const mostWaiting = { ofStream: 2, ofNode: 200 };

/** The most that one answer holds. */
const mostEvents = 100;

/** Builds them. */
export function createPolling(parts: PollingParts): Polling {
  const stopping = new AbortController();
  const waitingNow = new Map<string, number>();
  let ofNode = 0;
  const mayWait = ({ id }: Stream) =>
    ofNode < mostWaiting.ofNode && (waitingNow.get(id) ?? 0) < mostWaiting.ofStream;
  const whileWaiting = async (stream: Stream, work: () => Promise<WaitingEvent[]>) => {
    ofNode += 1;
    waitingNow.set(stream.id, (waitingNow.get(stream.id) ?? 0) + 1);
    try {
      return await work();
    } finally {
      ofNode -= 1;
      const left = (waitingNow.get(stream.id) ?? 1) - 1;
      if (left === 0) waitingNow.delete(stream.id);
      else waitingNow.set(stream.id, left);
    }
  };
  return {
    stop: () => {
      stopping.abort();
    },
    poll: async (stream, request, gone) => {
      await settle(parts, stream, request);
      const most = Math.min(request.maxEvents ?? mostEvents, mostEvents);
      if (most === 0) return { sets: {} };
      const look = () => waitingFor(parts, stream.id, most + 1);
      const waits = request.returnImmediately !== true && mayWait(stream);
      const ended = AbortSignal.any([stopping.signal, gone]);
      const found = waits
        ? await whileWaiting(stream, () => lookUntil(parts, look, ended))
        : await look();
      return tokensOf(parts, stream, found, most);
    },
  };
}

/** What the receiver has, and what it says it cannot use: neither comes again. */
async function settle(
  parts: PollingParts,
  stream: Stream,
  { ack = [], setErrs = {} }: PollRequest,
): Promise<void> {
  await parts.waiting.remove(stream.id, ack);
  for (const [id, { err }] of Object.entries(setErrs)) {
    await endRefused(parts, stream, { id }, { error: wordOf(err) });
  }
}

/** Machine words, never the other side's text. */
function wordOf(err: string): string {
  return /^[A-Za-z_]{1,40}$/.test(err) ? err : "unknown";
}

/** Of a stream as it is now: one that was paused meanwhile gives nothing but what it says of itself. */
async function waitingFor(
  { streams, waiting }: PollingParts,
  id: string,
  limit: number,
): Promise<WaitingEvent[]> {
  const stream = await streams.find(id);
  if (!stream || stream.encryptedPush !== undefined) return [];
  return waiting.next(id, limit, stream.status !== "enabled");
}

async function lookUntil(
  { writer }: PollingParts,
  look: () => Promise<WaitingEvent[]>,
  ended: AbortSignal,
): Promise<WaitingEvent[]> {
  let wake: () => void = () => undefined;
  const unsubscribe = writer.whenWritten(() => {
    wake();
  });
  try {
    for (let left = longestPollSeconds * 1000; ; left -= lookMilliseconds) {
      const woken = new AbortController();
      wake = () => {
        woken.abort();
      };
      const found = await look();
      if (found.length > 0 || ended.aborted || left <= 0) return found;
      const signal = AbortSignal.any([ended, woken.signal]);
      await pause(lookMilliseconds, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    unsubscribe();
  }
}

async function tokensOf(
  { makeToken }: PollingParts,
  stream: Stream,
  found: readonly WaitingEvent[],
  most: number,
): Promise<PolledEvents> {
  const sets: Record<string, string> = {};
  for (const event of found.slice(0, most)) sets[event.id] = await makeToken(stream, event);
  return found.length > most ? { sets, moreAvailable: true } : { sets };
}
