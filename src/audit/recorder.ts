import {
  type AuditPosition,
  type Logger,
  type RecordEvent,
  type SecurityEvent,
  createEventLog,
} from "../operations/index.ts";
import { type Audit, type AuditParts, createAudit } from "./audit.ts";

/** Builds the audit, and the one `record` of the application, which writes to it and to the log. */
export function openAudit(parts: AuditParts & { readonly logger: Logger }): {
  readonly audit: Audit;
  readonly record: RecordEvent;
} {
  const audit = createAudit(parts);
  return { audit, record: createRecorder(audit, createEventLog(parts.logger, parts.referenceKey)) };
}

/**
 * Records every event twice: in the chained table, then in the log with its place in the chain. The log
 * leaves the machine, so a chain that was rewritten whole no longer agrees with it. A table out of reach
 * fails the act (no act goes unrecorded), and the log has it all the same.
 */
export function createRecorder(
  audit: Pick<Audit, "append">,
  log: (event: SecurityEvent, position?: AuditPosition) => Promise<void>,
): RecordEvent {
  return async (event) => {
    let position: AuditPosition | undefined;
    try {
      position = await audit.append(event);
    } finally {
      await log(event, position);
    }
  };
}
