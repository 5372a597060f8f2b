import { type Telemetry, silentTelemetry } from "../foundation/index.ts";
import type { RecordWithin } from "../house/index.ts";
import type { AuditPosition, RecordEvent, SecurityEvent } from "../operations/index.ts";
import type { Audit } from "./audit.ts";

/** The same two places as {@link createRecorder}. */
export function createRecorderWithin(
  audit: Pick<Audit, "appendWithin">,
  log: LogEvent,
  telemetry: Pick<Telemetry, "count"> = silentTelemetry,
): RecordWithin {
  return async (transaction, event) => {
    const position = await audit.appendWithin(transaction, event);
    return () => {
      telemetry.count("event", event.name, event.outcome);
      return log(event, position);
    };
  };
}

/** Writes an event to the log, with its place in the chain. */
type LogEvent = (event: SecurityEvent, position?: AuditPosition) => Promise<void>;

/**
 * Records every event twice: in the chained table, then in the log with its place in the chain. The log
 * leaves the machine, so a chain that was rewritten whole no longer agrees with it. A table out of reach
 * fails the act (no act goes unrecorded), and the log has it all the same.
 */
export function createRecorder(
  audit: Pick<Audit, "append">,
  log: LogEvent,
  telemetry: Pick<Telemetry, "count"> = silentTelemetry,
): RecordEvent {
  return async (event) => {
    telemetry.count("event", event.name, event.outcome);
    if (event.name === "signed-in") telemetry.count("sign-in", event.reason ?? event.outcome, "");
    let position: AuditPosition | undefined;
    try {
      position = await audit.append(event);
    } finally {
      await log(event, position);
    }
  };
}
