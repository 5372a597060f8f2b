import { type Account, shownInstant } from "../accounts/index.ts";
import {
  type Clock,
  attemptEach,
  minutes,
  parisClock,
  readInstant,
  seconds,
} from "../foundation/index.ts";
import type { MailOutbox } from "../mail/index.ts";
import type { Database, Span } from "../storage/index.ts";
import {
  type DueNotice,
  type NoticeChoice,
  type NoticeTimes,
  type RequestNotice,
  RequestNoticeStore,
} from "./request-notice-store.ts";

/** What telling staff of requests needs. */
export interface RequestNoticeParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly enqueue: MailOutbox["enqueue"];
  /** What waits of each kind of request, asked until an instant. */
  readonly waiting: readonly ((askedUntil: number) => Promise<Span>)[];
  readonly queueUrl: string;
  readonly choiceUrl: string;
}

/** Of whom a choice is. */
type Chooser = Pick<Account, "sub" | "staffTerm">;

/** Tells staff by mail that requests wait, each as they chose: at once, every morning, or not at all. */
export interface RequestNotices {
  /** What somebody chose; undefined: nothing, so no letter is sent. */
  readonly of: (staff: Chooser) => Promise<RequestNotice | undefined>;
  /** @returns whether something changed */
  readonly choose: (staff: Chooser, choice: NoticeChoice) => Promise<boolean>;
  /**
   * Writes to those whose time has come. Safe on several nodes: a letter is claimed by one conditional statement, in the transaction
   * that enqueues it.
   * @returns how many letters
   */
  readonly tell: (stopping?: AbortSignal) => Promise<number>;
}

/** Between two letters to somebody who is told at once: what comes meanwhile is gathered. */
const pauseSeconds = minutes(15);
/**
 * What was asked so lately waits for the next run: with a lower instant another request may still be being written, by a node whose
 * clock is behind; and of many at once the first letter knows.
 */
const settlingSeconds = seconds(30);
/** When the daily letter leaves, in Paris. */
const morningClock = "08:00:00";

/** Builds it on its table. */
export function createRequestNotices(parts: RequestNoticeParts): RequestNotices {
  const { database, clock } = parts;
  const store = new RequestNoticeStore(database.knex);
  return {
    of: async ({ sub, staffTerm }) =>
      staffTerm === undefined ? undefined : store.find({ sub, staffTerm }),
    choose: async ({ sub, staffTerm }, choice) =>
      staffTerm !== undefined &&
      database.transaction((transaction) =>
        store.within(transaction).choose({ sub, staffTerm }, choice, clock.epochSeconds()),
      ),
    tell: (stopping) => tell(parts, store, stopping),
  };
}

async function tell(
  parts: RequestNoticeParts,
  store: RequestNoticeStore,
  stopping: AbortSignal | undefined,
): Promise<number> {
  const now = parts.clock.epochSeconds();
  const times = { sentUntil: now - pauseSeconds, morning: morningBefore(now) };
  const due = await store.due(times);
  if (due.length === 0) return 0;
  const told = now - settlingSeconds;
  const kinds = await Promise.all(parts.waiting.map((waiting) => waiting(told)));
  const waiting = together(kinds);
  if (waiting.count === 0) return 0;
  const toldNow: DueNotice[] = [];
  await attemptEach(
    due.filter(({ choice, toldUntil }) => choice === "daily" || waiting.last > toldUntil),
    async (notice) => {
      if (await write(parts, store, notice, times, { now, told, waiting })) toldNow.push(notice);
    },
    stopping,
  );
  return toldNow.length;
}

/** The letter and its claim are one transaction: after a kill in between neither is there, and the next run does both. */
function write(
  { database, enqueue, queueUrl, choiceUrl }: RequestNoticeParts,
  store: RequestNoticeStore,
  notice: DueNotice,
  times: NoticeTimes,
  { now, told, waiting }: { readonly now: number; readonly told: number; readonly waiting: Span },
): Promise<boolean> {
  const { sub, email, locale } = notice;
  return database.transaction(async (transaction) => {
    if (!(await store.within(transaction).claim(notice, times, { at: now, told }))) return false;
    await enqueue(transaction, {
      ...{ to: email, accountSub: sub, letter: "backoffice/requests-waiting", locale },
      model: {
        count: waiting.count,
        since: shownInstant(waiting.first, locale),
        ...{ queueUrl, choiceUrl },
      },
    });
    return true;
  });
}

/** This morning in Paris, once it has come: what did not leave by midnight waits for the next one. */
function morningBefore(now: number): number | undefined {
  const morning = readInstant(`${parisClock(now).slice(0, 10)} ${morningClock}`);
  return morning !== undefined && morning <= now ? morning : undefined;
}

function together(kinds: readonly Span[]): Span {
  const some = kinds.filter(({ count }) => count > 0);
  return {
    count: some.reduce((sum, { count }) => sum + count, 0),
    first: Math.min(...some.map(({ first }) => first)),
    last: Math.max(...some.map(({ last }) => last)),
  };
}
