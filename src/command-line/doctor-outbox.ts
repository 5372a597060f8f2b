import { days, minutes } from "../foundation/index.ts";
import {
  type DoctorParts,
  type Finding,
  fine,
  notChecked,
  problem,
  warning,
} from "./doctor-finding.ts";
import type { DoctorStore, OutboxFate } from "./doctor-store.ts";
import { instantText } from "./instants.ts";

/** Long enough for the first tries: what waits longer waits for somebody. */
const longWaitSeconds = minutes(10);

/** A sender takes what is due within seconds. */
const unservedSeconds = minutes(2);

/** What could not be sent, and whether anybody sends at all. */
export async function outboxFindings(
  store: DoctorStore,
  { clock }: DoctorParts,
): Promise<readonly Finding[]> {
  const now = clock.epochSeconds();
  const failed = await store.failedSince(now - days(7));
  const retried = await store.retriedOf(now - longWaitSeconds);
  return [
    outboxFinding(failed, retried),
    jobsFinding(now, await store.oldestDue(now), await store.lastSent()),
  ];
}

function outboxFinding(failed: readonly OutboxFate[], retried: readonly OutboxFate[]): Finding {
  if (failed.length + retried.length === 0) {
    return fine("outbox", "nothing failed within 7 days, nothing waits for long");
  }
  const found = [
    ...failed.map((fate) => `${fateText(fate)} given up within 7 days`),
    ...retried.map((fate) => `${fateText(fate)} tried again for more than 10 minutes`),
  ].join("; ");
  const advice =
    "mail: mend what the check smtp or the error says; what waits is then sent by itself, for what was given up people ask again. logout: the relying party's backchannel_logout_uri must answer 200";
  return warning("outbox", found, advice);
}

function fateText({ channel, count, lastError }: OutboxFate): string {
  return `${channel}: ${count} (${lastError ?? "no error kept"})`;
}

function jobsFinding(
  now: number,
  oldestDue: number | undefined,
  lastSent: number | undefined,
): Finding {
  if (oldestDue !== undefined && now - oldestDue > unservedSeconds) {
    const found = `an entry of the outbox has been due since ${instantText(oldestDue)} and nobody takes it`;
    const advice =
      "no server is sending: start one on this database, or see in its log what its job send-mail or send-logout-notices says";
    return problem("jobs", found, advice);
  }
  if (oldestDue !== undefined) return fine("jobs", "what is due is not older than 2 minutes");
  if (lastSent !== undefined) {
    return fine("jobs", `nothing is due; the last was sent at ${instantText(lastSent)}`);
  }
  const advice = "nothing to do; once somebody was sent a mail, this check can tell";
  return notChecked("jobs", "nothing was ever sent, so nothing shows whether jobs run", advice);
}
