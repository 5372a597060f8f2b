import { setTimeout as pause } from "node:timers/promises";
import { type Clock, type Encryption, type Random, seconds } from "../foundation/index.ts";
import type { Logger, RecordEvent } from "../operations/index.ts";
import { type Mail, type Mailer, longestSendSeconds, parallelSends } from "./mailer.ts";
import type { ClaimedEntry, OutboxStore } from "./outbox-store.ts";
import { pauseAfter } from "./retries.ts";

/** Those who take entries out of the outbox and send them, a few at a time. */
export interface Senders {
  /**
   * Starts sending what is due, unless enough senders are at it. Returns at once and never throws. The
   * job calls it every second; a caller may after its commit, to save that second.
   */
  readonly wake: () => void;
  /** Resolves when nobody is sending. */
  readonly idle: () => Promise<void>;
  /** Takes no new letter, waits for those under way, ends them after `graceSeconds`, and closes the mailer. */
  readonly stop: (graceSeconds?: number) => Promise<void>;
}

/** What senders need. */
export interface SenderParts {
  readonly encryption: Encryption;
  readonly mailer: Mailer;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly record: RecordEvent;
}

/** How long a sender holds an entry: longer than any send lasts, and a dead one is replaced within a minute. */
export const leaseSeconds = longestSendSeconds + seconds(15);

/** Where the encrypted mail of an entry stands: what it is bound to. */
export function encryptionPlace(id: string): string {
  return `outbox:${id}`;
}

/** At most as many as the mailer sends at once. Each goes on until nothing is due. */
export function createSenders(store: OutboxStore, parts: SenderParts): Senders {
  const { mailer, clock, logger } = parts;
  const senders = new Set<Promise<void>>();
  let stopping = false;

  const wake = () => {
    if (stopping || senders.size >= parallelSends) return;
    const sender = sendWhileDue()
      .catch((error: unknown) => logger.error({ err: error }, "a sender of the outbox failed"))
      .finally(() => senders.delete(sender));
    senders.add(sender);
  };
  const sendWhileDue = async () => {
    while (!stopping) {
      const entry = await claimNext(store, clock);
      if (!entry) return;
      // There is work: let another sender look for more of it.
      wake();
      await send(entry, store, parts);
    }
  };
  const idle = async () => {
    while (senders.size > 0) await Promise.all(senders);
  };
  const stop = async (graceSeconds = seconds(10)) => {
    stopping = true;
    await Promise.race([idle(), pause(graceSeconds * 1000, undefined, { ref: false })]);
    mailer.close();
    await idle();
  };
  return { wake, idle, stop };
}

async function claimNext(store: OutboxStore, clock: Clock): Promise<ClaimedEntry | undefined> {
  for (;;) {
    const now = clock.epochSeconds();
    const due = await store.listDue(now, 2 * parallelSends);
    if (due.length === 0) return undefined;
    for (const id of due) {
      const claimed = await store.claim(id, now, now + leaseSeconds);
      if (claimed) return claimed;
    }
  }
}

async function send(entry: ClaimedEntry, store: OutboxStore, parts: SenderParts): Promise<void> {
  const outcome = await deliver(entry, parts);
  if (outcome.accepted) {
    await store.markSent(entry.id, parts.clock.epochSeconds());
    return;
  }
  const [{ reason, details }] = outcome.problems;
  const error = String(details?.["cause"] ?? reason);
  const pauseSeconds =
    reason === "recipient-refused" ? undefined : pauseAfter(entry.attempt, parts.random.jitter());
  if (pauseSeconds === undefined) return giveUp(entry, reason, error, store, parts);
  // Rounded up: the pause is never shorter than it says.
  const dueAt = Math.ceil(parts.clock.epochMilliseconds() / 1000) + pauseSeconds;
  await store.postpone(entry, dueAt, error);
  parts.logger.warn({ ...about(entry), error, pauseSeconds }, "a mail was not taken yet");
}

async function deliver(entry: ClaimedEntry, { encryption, mailer, logger }: SenderParts) {
  try {
    const clear = encryption.decrypt(entry.encryptedMail, encryptionPlace(entry.id));
    return await mailer.send(JSON.parse(clear) as Mail);
  } catch (error) {
    // A key that is missing today may be given again: it counts as a try, no more.
    logger.error({ ...about(entry), err: error }, "a letter of the outbox cannot be read");
    return { accepted: false, problems: [{ reason: "unreadable", details: undefined }] } as const;
  }
}

async function giveUp(
  entry: ClaimedEntry,
  reason: string,
  error: string,
  store: OutboxStore,
  { clock, logger, record }: SenderParts,
): Promise<void> {
  if (!(await store.markFailed(entry, clock.epochSeconds(), error))) return;
  logger.error({ ...about(entry), reason, error }, "a mail could not be sent; it is given up");
  const subject = entry.accountSub === undefined ? undefined : { sub: entry.accountSub };
  const details = { letter: entry.letter, outboxId: entry.id, error };
  await record({ name: "mail-failed", outcome: "refused", reason, subject, details });
}

function about({ id, letter, attempt, accountSub }: ClaimedEntry) {
  return { outboxId: id, mail: letter, attempt, sub: accountSub };
}
