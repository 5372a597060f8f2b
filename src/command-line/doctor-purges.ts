import { days } from "../foundation/index.ts";
import { type PurgeState, PurgeStore } from "../house/index.ts";
import type { Database } from "../storage/index.ts";
import {
  type DoctorParts,
  type Finding,
  fine,
  notChecked,
  problem,
  warning,
} from "./doctor-finding.ts";
import { instantText } from "./instants.ts";

/** A server purges each hour. */
const latestSeconds = days(1);

/** Whether what has outlived its time is erased. */
export async function purgeFindings(
  database: Database,
  { clock }: DoctorParts,
): Promise<readonly Finding[]> {
  const states = await new PurgeStore(database.knex).list();
  if (states.length === 0) {
    const advice = "nothing to do; once a server has run for an hour, this check can tell";
    return [notChecked("purges", "nothing was ever purged", advice)];
  }
  const refused = states.filter(({ refusal }) => refusal !== undefined);
  if (refused.length > 0) {
    const found = refused.map(({ kind, refusal }) => `${kind}: ${refusal ?? ""}`).join("; ");
    return [problem("purges", found, "look at the clock of each node first (timedatectl)")];
  }
  const late = states.filter((state) => isLate(state, clock.epochSeconds()));
  if (late.length === 0) return [fine("purges", "each ran within a day")];
  const found = late
    .map(({ kind, ranAt = 0 }) => `${kind} was purged at ${instantText(ranAt)} for the last time`)
    .join("; ");
  const advice = `no server runs its jobs: see JOBS, its log, and "lopauth purge"`;
  return [warning("purges", found, advice)];
}

function isLate({ ranAt = 0 }: PurgeState, now: number): boolean {
  return now - ranAt > latestSeconds;
}
