import { type Clock, type Random, type Telemetry, pieces, seconds } from "../foundation/index.ts";
import type { RecordSoon } from "../house/index.ts";
import type { AuditPosition, EventName, Logger, SecurityEvent } from "../operations/index.ts";
import type { Database } from "../storage/index.ts";
import type { Audit } from "./audit.ts";
import type { Draft } from "./chain.ts";
import { DraftStore } from "./draft-store.ts";

/** What it stands on. */
export interface RecordSoonParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
  readonly audit: Pick<Audit, "draft" | "appendDrafts">;
  readonly log: (event: SecurityEvent, position?: AuditPosition) => Promise<void>;
  readonly telemetry: Pick<Telemetry, "count">;
  readonly logger: Pick<Logger, "error">;
}

/** Events that get their place together: nobody else appends meanwhile. */
const mostAtOnce = 100;

/** What waits for so long was left by a process that ended, or that could not. */
const leftSeconds = seconds(10);

/** How many of what was left are looked at in one run. */
const mostARun = 1000;

/** Records with an act, and finishes what was left. */
export interface SoonRecorder {
  readonly recordSoon: RecordSoon;
  /** Gives what was left its place. @returns how many events */
  readonly finish: (stopping?: AbortSignal) => Promise<number>;
}

/**
 * An event is written in the transaction of its act, and gets its place in the chain by a transaction of its own: an act that
 * opens thousands holds the chain for none of them, and an act that began before another may be written after it.
 * Rejected: the chain in the transaction of the act (`RecordWithin`), where it is no last statement, or of thousands.
 */
export function createSoonRecorder(parts: RecordSoonParts): SoonRecorder {
  const { database, clock, random, audit, logger } = parts;
  const store = new DraftStore(database.knex);
  return {
    recordSoon: async (transaction, events) => {
      const kept: { readonly id: string; readonly events: readonly SecurityEvent[] }[] = [];
      for (const some of pieces(events, mostAtOnce)) {
        const id = random.identifier();
        const drafts = some.map((event) => audit.draft(event));
        await store.within(transaction).insert(id, drafts, clock.epochSeconds());
        kept.push({ id, events: some });
      }
      return async () => {
        for (const each of kept) {
          // It is written: what fails now is finished by the job, and undoes no act.
          await place(parts, each.id, each.events).catch((err: unknown) => {
            logger.error({ err }, "an event waits for its place in the audit");
          });
        }
      };
    },
    finish: async (stopping) => {
      const left = await store.waiting(clock.epochSeconds() - leftSeconds, mostARun);
      let count = 0;
      for (const id of left) {
        if (stopping?.aborted) break;
        count += await place(parts, id);
      }
      return count;
    },
  };
}

/** @param events as they were told; undefined where who was told of them is gone. @returns how many */
async function place(
  { database, audit, log, telemetry }: RecordSoonParts,
  id: string,
  events?: readonly SecurityEvent[],
): Promise<number> {
  const placed = await database.transaction(async (transaction) => {
    const drafts = await new DraftStore(transaction).take(id);
    return { drafts, positions: await audit.appendDrafts(transaction, drafts) };
  });
  for (const [index, draft] of placed.drafts.entries()) {
    const event = events?.[index] ?? toldBy(draft);
    telemetry.count("event", event.name, event.outcome);
    await log(event, placed.positions[index]);
  }
  return placed.drafts.length;
}

/** What a draft says of its event: all but the address, of which it has the reference alone. */
function toldBy(draft: Draft): SecurityEvent {
  const { event, outcome, reason, actor, subject_sub: sub, client_id: clientId, details } = draft;
  return {
    name: event as EventName,
    outcome: outcome as SecurityEvent["outcome"],
    ...(reason !== null && { reason }),
    ...(actor !== null && { actor }),
    ...(sub !== null && { subject: { sub } }),
    ...(clientId !== null && { clientId }),
    ...(details !== null && { details: JSON.parse(details) as SecurityEvent["details"] }),
  };
}
