import type { Middleware } from "koa";
import type { EventName, Job } from "../operations/index.ts";
import type { ClaimedTable } from "./personal-data.ts";

/**
 * What a room gives to the house when it is opened. `application.ts` opens the rooms in their order and folds these
 * lists; nothing else has to know that a room is there.
 */
export interface Room<Acts = unknown> {
  /** The room's folder. */
  readonly name: string;
  /** What other rooms may ask of it. */
  readonly acts: Acts;
  /** What it serves, the first that answers first. */
  readonly routes: readonly Middleware[];
  /** What it does unasked. */
  readonly jobs: readonly Job[];
  /** Every table it has migrated, and what becomes of the personal data in each. */
  readonly tables: readonly ClaimedTable[];
  /** The letters it mails, by the name of their template below `views/mail`. */
  readonly letters: readonly string[];
  /** The security events it records. */
  readonly events: readonly EventName[];
  /** Ends what it holds: workers, senders, connections. Rooms are closed from the highest to the lowest. */
  readonly close: () => Promise<void>;
}

/** A room that has only what is named. */
export function room<Acts>(
  opened: Pick<Room<Acts>, "name" | "acts"> & Partial<Room<Acts>>,
): Room<Acts> {
  return {
    routes: [],
    jobs: [],
    tables: [],
    letters: [],
    events: [],
    close: () => Promise.resolve(),
    ...opened,
  };
}
