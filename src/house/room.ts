import type { Middleware } from "koa";
import type { Gauge } from "../foundation/index.ts";
import type { EventName, Job } from "../operations/index.ts";
import type { Sealed } from "../secrets/index.ts";
import type { ClaimedTable, Purge } from "./personal-data.ts";

/** What a room serves, in four rows: each is asked when the rows before it did not answer. */
export interface Routes {
  /** Answered before anything else is done: neither page, session nor language is needed. */
  readonly documents: readonly Middleware[];
  /** Where programs and redirects arrive, on the way of every token: no page is looked for. */
  readonly endpoints: readonly Middleware[];
  readonly pages: readonly Middleware[];
  /** What no page answers. */
  readonly rest: readonly Middleware[];
}

/**
 * What a room gives to the house when it is opened. `application.ts` opens the rooms in their order and folds these
 * lists; nothing else has to know that a room is there.
 */
export interface Room<Acts = unknown> {
  /** The room's folder. */
  readonly name: string;
  /** What other rooms may ask of it. */
  readonly acts: Acts;
  /** What it serves. Of two rooms the higher one is asked first. */
  readonly routes: Partial<Routes>;
  /** What it does unasked. */
  readonly jobs: readonly Job[];
  /** What it does unasked by the clock alone, that cannot be taken back: a clock that has jumped, or too large a share, stops it. */
  readonly byClock: readonly Purge[];
  /** Every table it has migrated, and what becomes of the personal data in each. */
  readonly tables: readonly ClaimedTable[];
  /** What it keeps sealed or signed by a key of ours. */
  readonly sealed: readonly Sealed[];
  /** The letters it mails, by the name of their template below `views/mail`. */
  readonly letters: readonly string[];
  /** The security events it records. */
  readonly events: readonly EventName[];
  /** What `/readyz` asks, by name: ways to what it keeps that its requests use. */
  readonly ways: Readonly<Record<string, () => Promise<unknown>>>;
  /** What of it may be looked at while it runs. */
  readonly gauges: readonly Gauge[];
  /** What it reads from the migrated register before the first request. */
  readonly start: () => Promise<void>;
  /** Begins nothing more unasked, and ends what is under way in so many seconds; requests are served still. */
  readonly endWork: (graceSeconds: number) => Promise<void>;
  /** Ends what it holds: workers, senders, connections. The highest room is closed first. */
  readonly close: () => Promise<void>;
}

/** A room that has only what is named. */
export function room<Acts>(
  opened: Pick<Room<Acts>, "name" | "acts"> & Partial<Room<Acts>>,
): Room<Acts> {
  return {
    routes: {},
    jobs: [],
    byClock: [],
    tables: [],
    sealed: [],
    letters: [],
    events: [],
    ways: {},
    gauges: [],
    start: () => Promise.resolve(),
    endWork: () => Promise.resolve(),
    close: () => Promise.resolve(),
    ...opened,
  };
}
