import { isoInstant } from "../foundation/index.ts";
import type { AuditRow } from "./chain.ts";

/** An event as people read it. What is undefined was never known, or is erased. */
export interface AuditEntry {
  readonly seq: number;
  /** Epoch seconds. */
  readonly occurredAt: number;
  readonly name: string;
  readonly outcome: string;
  readonly reason: string | undefined;
  /** Who did it, when it was not the subject: `sub`, or `operator`. */
  readonly actor: string | undefined;
  readonly sub: string | undefined;
  /** The reference of the address given, when there was no account to name. */
  readonly addressReference: string | undefined;
  readonly clientId: string | undefined;
  /** Where from: the truncated network address, `/24` or `/48`. */
  readonly network: string | undefined;
  /** The same for two events from the same whole network address. */
  readonly networkReference: string | undefined;
  readonly requestReference: string | undefined;
  readonly details: Readonly<Record<string, unknown>> | undefined;
  /** Whether a personal part was erased. */
  readonly erased: boolean;
  readonly hash: string;
}

/** What a row says. */
export function entryOf(row: AuditRow): AuditEntry {
  return {
    seq: row.seq,
    occurredAt: row.occurred_at,
    name: row.event,
    outcome: row.outcome,
    reason: row.reason ?? undefined,
    actor: row.actor ?? undefined,
    sub: row.subject_sub ?? undefined,
    addressReference: row.subject_reference ?? undefined,
    clientId: row.client_id ?? undefined,
    network: row.client_network ?? undefined,
    networkReference: row.client_reference ?? undefined,
    requestReference: row.request_reference ?? undefined,
    details:
      row.details === null
        ? undefined
        : (JSON.parse(row.details) as Readonly<Record<string, unknown>>),
    erased: row.about_salt === null || row.origin_salt === null,
    hash: row.hash,
  };
}

/** What its person is given of an event: all but who among the staff acted. */
export function exportedEntry(entry: AuditEntry): object {
  return {
    name: entry.name,
    at: isoInstant(entry.occurredAt),
    outcome: entry.outcome,
    reason: entry.reason,
    client_id: entry.clientId,
    network: entry.network,
    details: entry.details,
  };
}
