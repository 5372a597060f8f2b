import { type Clock, type Gauge, hours, seconds } from "../foundation/index.ts";
import {
  type ClaimedTable,
  type Ground,
  type RecordSoon,
  type RecordWithin,
  type Room,
  room,
} from "../house/index.ts";
import {
  ConfigurationError,
  type ConfigurationProblem,
  type Job,
  type RecordEvent,
  type Settings,
  createEventLog,
  retentionSeconds,
} from "../operations/index.ts";
import { type AuditEntry, exportedEntry } from "./audit-entry.ts";
import { type Audit, createAudit } from "./audit.ts";
import type { AuditedPerson } from "./audit-reading.ts";
import { keptSecrets } from "../secrets/index.ts";
import type { Database, Queryable } from "../storage/index.ts";
import { AuditStore } from "./audit-store.ts";
import { createChainKeys } from "./chain-keys.ts";
import { type SoonRecorder, createSoonRecorder } from "./record-soon.ts";
import { createRecorder, createRecorderWithin } from "./recorder.ts";
import { unknownHeadKey } from "./signed-lines.ts";

/** What the audit stands on. */
export interface AuditPorts {
  readonly ground: Pick<
    Ground,
    | "database"
    | "maintenance"
    | "clock"
    | "random"
    | "logger"
    | "telemetry"
    | "secretFor"
    | "encryption"
  > & { readonly settings: Pick<Settings, "auditKeys" | "encryptionKeys"> };
}

/** What other rooms ask of it. */
export interface AuditActs {
  readonly audit: Audit;
  /** How every room records an event: in the chained table, then in the log. */
  readonly record: RecordEvent;
  /** The same with the change itself. */
  readonly recordWithin: RecordWithin;
  /** The same anywhere in the transaction of the change, of one event or of thousands. */
  readonly recordSoon: RecordSoon;
}

/** What this room records. */
const auditEvents = [
  "audit-purged",
  "audit-exported",
  "audit-vouched",
  "maintenance-begun",
  "maintenance-ended",
] as const;

declare module "../operations/events.ts" {
  interface RoomEvents {
    readonly audit: (typeof auditEvents)[number];
  }
}

/** Opens the audit: the one `record` of the application, and the table it writes to. */
export function openAudit({ ground }: AuditPorts): Room<AuditActs> {
  const { database, clock, random, logger } = ground;
  // Turns addresses into references, the same in the table and in the log.
  const referenceKey = ground.secretFor("log references");
  const keys = createChainKeys(ground.settings);
  const kept = (db: Queryable) => keptSecrets(db, ground);
  const audit = createAudit({ database, clock, random, referenceKey, keys, kept, logger });
  const log = createEventLog(logger, referenceKey);
  const record = createRecorder(audit, log, ground.telemetry);
  const soon = createSoonRecorder({ ...ground, audit, log });
  return room({
    name: "audit",
    acts: {
      audit,
      record,
      recordWithin: createRecorderWithin(audit, log, ground.telemetry),
      recordSoon: soon.recordSoon,
    },
    tables: [eventsTable(audit, clock), ...tablesAboutNobody],
    sealed: [audit.signed],
    events: auditEvents,
    jobs: [maintenanceEnd(ground, record), leftEvents(soon)],
    gauges: auditGauges(audit),
    start: async () => refuseUnknownKey(await audit.unknownHeadKey()),
  });
}

function eventsTable(audit: Audit, clock: Clock): ClaimedTable {
  const before = () => clock.epochSeconds() - retentionSeconds.audit;
  return {
    table: "audit_events",
    personal: [
      ...["actor", "subject_sub", "subject_reference", "client_network", "client_reference"],
      ...["details", "request_reference", "occurred_at", "event", "outcome", "reason"],
      "client_id",
    ],
    impersonal: [
      ...["seq", "about_salt", "about_digest", "origin_salt", "origin_digest"],
      ...["previous_hash", "hash", "form", "mac"],
    ],
    export: { as: "events", read: (person) => exportedEvents(audit, person) },
    erase: (transaction, person) => audit.erasePerson(transaction, person),
    purge: [
      {
        as: "auditEvents",
        run: () => audit.purge(before()),
        share: { most: 0.25, count: () => audit.purgeShare(before()) },
      },
    ],
  };
}

const tablesAboutNobody: readonly ClaimedTable[] = [
  {
    table: "audit_head",
    personal: [],
    impersonal: ["seq", "hash", "purged_seq", "purged_hash"],
    export: { because: "one row, about nobody" },
    erase: { because: "one row, about nobody" },
    purge: { because: "one row, which stays" },
  },
  {
    table: "audit_drafts",
    personal: ["drafts"],
    impersonal: ["id", "created_at"],
    export: { because: "it stands there for a moment, and then among the events" },
    erase: {
      because: "by `audit_events`, before its own: what is given its place meanwhile is there",
    },
    purge: { because: "it stands there for a moment, and then among the events" },
  },
  {
    table: "audit_hours",
    personal: [],
    impersonal: ["hour", "event", "outcome", "count", "first_seq", "last_seq"],
    export: { because: "numbers, about nobody" },
    erase: { because: "numbers, about nobody" },
    purge: { because: "numbers, about nobody: some rows an hour" },
  },
];

/** Ends a maintenance whose time is over; a command ends it before. */
function maintenanceEnd({ database, maintenance }: AuditPorts["ground"], record: RecordEvent): Job {
  return {
    name: "end-maintenance",
    everySeconds: seconds(5),
    run: async () => {
      if (!(await maintenance.settle(database))) return;
      await record({ name: "maintenance-ended", outcome: "accepted", reason: "time-over" });
    },
  };
}

/** Events whose act was written by a process that ended before they had their place. */
function leftEvents({ finish }: SoonRecorder): Job {
  return {
    name: "record-what-was-left",
    everySeconds: seconds(10),
    run: async (stopping) => {
      await finish(stopping);
    },
  };
}

/**
 * That the keys given now know the last event. Reads alone.
 * @throws ConfigurationError
 */
export async function proveAuditKeys(
  database: Database,
  settings: Pick<Settings, "auditKeys" | "encryptionKeys">,
): Promise<void> {
  refuseUnknownKey(await unknownHeadKey(new AuditStore(database.knex), createChainKeys(settings)));
}

function refuseUnknownKey(keyId: string | undefined): void {
  if (keyId !== undefined) throw new ConfigurationError([wrongKeys(keyId)]);
}

/** A node that signs by keys that nobody else has breaks the audit for all, and is told months later, by a verification. */
function wrongKeys(keyId: string): ConfigurationProblem {
  return {
    name: "AUDIT_KEYS",
    found: `no key ${keyId}, which signed the last event of the audit`,
    expected:
      'that key too, at the end of the list (or of ENCRYPTION_KEYS, where it signed without AUDIT_KEYS), until "lopauth keys reencrypt" has run; ' +
      'had it been lost, compare the audit with the log kept elsewhere, and run "lopauth audit vouch" once with the keys given now',
  };
}

/** The whole chain is walked for it, as `lopauth audit verify` does: a million events are some 15 s of one core. */
const chainKeptSeconds = hours(1);

function auditGauges(audit: Audit): readonly Gauge[] {
  return [
    {
      name: "audit_head",
      help: "The place of the last event of the audit; it only grows.",
      read: async () => [{ labels: {}, value: await audit.lastSeq() }],
    },
    {
      name: "audit_chain_intact",
      help: "1 when the last walk over the whole audit found it intact, 0 when it did not.",
      keptSeconds: chainKeptSeconds,
      read: async () => [{ labels: {}, value: (await audit.verify()).intact ? 1 : 0 }],
    },
  ];
}

async function exportedEvents(audit: Audit, person: AuditedPerson): Promise<object[]> {
  const entries: AuditEntry[] = [];
  for await (const entry of audit.all({ person })) entries.push(entry);
  return entries.map(exportedEntry);
}
