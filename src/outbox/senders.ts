import { setTimeout as pause } from "node:timers/promises";
import {
  type Clock,
  type Encryption,
  type Random,
  type Telemetry,
  seconds,
  silentTelemetry,
} from "../foundation/index.ts";
import type { RecordWithin } from "../house/index.ts";
import type { Logger, NodeState } from "../operations/index.ts";
import type { Database } from "../storage/index.ts";
import type { ClaimedEntry, OutboxStore } from "./outbox-store.ts";
import { type Courier, longestSendSeconds } from "./courier.ts";
import { Destinations } from "./destinations.ts";
import { aboutEntry, giveUp } from "./giving-up.ts";
import { markSent } from "./mark-sent.ts";
import { pauseAfter } from "./retries.ts";

/** Those who take entries out of the outbox and send them, a few at a time. */
export interface Senders {
  /**
   * Starts sending what is due, unless enough senders are at it. Returns at once and never throws. The
   * job calls it every second; a caller may after its commit, to save that second.
   */
  readonly wake: () => void;
  /** Destinations that failed again and again, as far as this node knows. */
  readonly failing: () => readonly string[];
  /** Resolves when nobody is sending. */
  readonly idle: () => Promise<void>;
  /** Takes nothing new, waits for what is under way, ends it after `graceSeconds`, and closes the courier. */
  readonly stop: (graceSeconds?: number) => Promise<void>;
}

/** What senders need. */
export interface SenderParts {
  readonly channel: string;
  readonly courier: Courier;
  readonly database: Database;
  /** What is given up is recorded in the transaction that ends it. */
  readonly recordWithin: RecordWithin;
  readonly encryption: Encryption;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Nothing is sent while the node does nothing by itself. */
  readonly node: Pick<NodeState, "mayWork">;
  readonly telemetry?: Telemetry;
}

/** How much longer the lease is. */
const spareSeconds = seconds(15);

/** How long a sender holds an entry: a dead one is replaced within a minute. */
export const leaseSeconds = longestSendSeconds + spareSeconds;

/** Where the encrypted content of an entry stands: what it is bound to. */
export function encryptionPlace(id: string): string {
  return `outbox:${id}`;
}

/** At most as many as the courier takes at once. Each goes on until nothing is due. */
export function createSenders(store: OutboxStore, parts: SenderParts): Senders {
  const { courier, clock, logger } = parts;
  const senders = new Set<Promise<void>>();
  const destinations = new Destinations(courier.parallelSendsADestination, clock);
  const stopping = new AbortController();
  const mine: Mine = { store, destinations, underWay: new Set(), stopping: stopping.signal };
  // How often somebody said that there is something to look for.
  let woken = 0;

  const wake = () => {
    woken += 1;
    if (stopping.signal.aborted || senders.size >= courier.parallelSends || !parts.node.mayWork())
      return;
    const sender = sendWhileDue()
      .catch((error: unknown) => logger.error({ err: error }, "a sender of the outbox failed"))
      .finally(() => senders.delete(sender));
    senders.add(sender);
  };
  const sendWhileDue = async () => {
    let seen: number;
    do {
      seen = woken;
      const claimed = await claimNext(mine, parts);
      // There is work: let another sender look for more of it.
      if (claimed?.isLast === false) wake();
      if (claimed) await sendOnItsWay(claimed.entry, mine, parts);
    } while (woken !== seen && !stopping.signal.aborted && parts.node.mayWork());
  };
  const idle = async () => {
    while (senders.size > 0) await Promise.all(senders);
  };
  const stop = async (graceSeconds = seconds(10)) => {
    stopping.abort();
    await Promise.race([idle(), pause(graceSeconds * 1000, undefined, { ref: false })]);
    courier.close();
    await idle();
  };
  const failing = () => destinations.failing();
  return { wake, failing, idle, stop };
}

/** What the senders of a node share. */
interface Mine {
  readonly store: OutboxStore;
  readonly destinations: Destinations;
  /** The entries that they are sending: a clock that jumps past a lease has none of them sent again. */
  readonly underWay: Set<string>;
  readonly stopping: AbortSignal;
}

type Fate = "answered" | "failed" | undefined;

/** The one claimed has a place on the way to its destination; the last: nothing else was due, and nothing waits for its fate. */
async function claimNext(
  { store, destinations, underWay, stopping }: Mine,
  { clock, courier }: SenderParts,
): Promise<{ readonly entry: ClaimedEntry; readonly isLast: boolean } | undefined> {
  const inOrder = courier.inOrder === true;
  for (;;) {
    const now = clock.epochSeconds();
    const without = destinations.busy();
    const rules = { without, inOrder, first: courier.awaited ?? [] };
    const found = await store.listDue(now, 2 * courier.parallelSends, rules);
    const due = found.filter(({ id }) => !underWay.has(id));
    if (due.length === 0 || stopping.aborted) return undefined;
    const isLast = due.length === 1 && without.length === 0 && !inOrder;
    for (const { id, destination } of due) {
      // Another sender may have taken the last place since.
      if (!destinations.enter(destination)) continue;
      const claimed = await store.claim(id, now, now + leaseSeconds).catch((error: unknown) => {
        destinations.leave(destination);
        throw error;
      });
      if (claimed) return { entry: claimed, isLast };
      destinations.leave(destination);
    }
  }
}

/** Sends one that has a place on the way to its destination, and gives the place back. */
async function sendOnItsWay(entry: ClaimedEntry, mine: Mine, parts: SenderParts): Promise<void> {
  const { destinations, underWay } = mine;
  let fate: Fate = undefined;
  underWay.add(entry.id);
  try {
    fate = await send(entry, mine, parts);
  } finally {
    underWay.delete(entry.id);
    destinations.leave(entry.destination, fate);
  }
}

/** @returns whether its destination took it, or at least said what it thinks of it */
async function send(entry: ClaimedEntry, mine: Mine, parts: SenderParts): Promise<Fate> {
  const { store, stopping } = mine;
  let holding: Promise<void> | undefined;
  const hold = (more: number) => {
    const leaseEndsAt = parts.clock.epochSeconds() + more + spareSeconds;
    holding = store.hold(entry, leaseEndsAt).catch(() => undefined);
  };
  const outcome = await observedDelivery(parts, () => deliver(entry, parts, hold));
  await holding;
  if (outcome.accepted) {
    await markSent(entry.id, store, { clock: parts.clock, tries: leaseSeconds, stopping });
    return "answered";
  }
  const [{ reason, details }] = outcome.problems;
  const error = String(details?.["cause"] ?? reason);
  const fate = reason === "not-delivered" ? "failed" : undefined;
  const pauseSeconds =
    reason === "refused-for-good" ? undefined : pauseAfter(entry.attempt, parts.random.jitter());
  if (pauseSeconds === undefined) {
    await giveUp(entry, { reason, error }, parts);
    return fate ?? "answered";
  }
  // Rounded up: the pause is never shorter than it says.
  const dueAt = Math.ceil(parts.clock.epochMilliseconds() / 1000) + pauseSeconds;
  await store.postpone(entry, dueAt, error);
  parts.logger.warn({ ...aboutEntry(entry, parts), error, pauseSeconds }, "not delivered yet");
  return fate;
}

type Delivery = Awaited<ReturnType<typeof deliver>>;

/** A delivery is a whole of its own: no request waits for it. */
async function observedDelivery(
  { channel, telemetry = silentTelemetry }: SenderParts,
  work: () => Promise<Delivery>,
): Promise<Delivery> {
  const begin = performance.now();
  const trace = telemetry.trace("delivery");
  const outcome = await (trace ? trace.run(work) : work());
  const word = outcome.accepted ? "delivered" : outcome.problems[0].reason;
  telemetry.record("delivery", channel, word, (performance.now() - begin) / 1000);
  trace?.end(`delivery ${channel}`, outcome.accepted ? word : "failed", { reason: word });
  return outcome;
}

async function deliver(entry: ClaimedEntry, parts: SenderParts, hold: (more: number) => void) {
  try {
    const clear = parts.encryption.decrypt(entry.encryptedContent, encryptionPlace(entry.id));
    return await parts.courier.deliver(JSON.parse(clear), entry, hold);
  } catch (error) {
    // A key that is missing today may be given again: it counts as a try, no more.
    parts.logger.error(
      { ...aboutEntry(entry, parts), err: error },
      "an entry of the outbox cannot be read",
    );
    return { accepted: false, problems: [{ reason: "unreadable", details: undefined }] } as const;
  }
}
