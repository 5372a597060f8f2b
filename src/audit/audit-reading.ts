import type { EmailAddress } from "../foundation/index.ts";
import {
  type EventName,
  type SecurityEvent,
  addressReference,
  retentionSeconds,
} from "../operations/index.ts";
import { type AuditEntry, entryOf } from "./audit-entry.ts";
import { type AuditRowFilter, type AuditStore, lastSeq } from "./audit-store.ts";
import type { AuditRow } from "./chain.ts";

/** A person as events name them: by `sub`, and by their address where there was no account yet. */
export interface AuditedPerson {
  readonly sub?: string | undefined;
  readonly email?: EmailAddress | undefined;
  /**
   * Of an account: since when the address is its own, epoch seconds. An address is not an identity over time: events that
   * name it alone are then the account's as far as nobody else had it. Undefined: every event that names either.
   */
  readonly emailVerifiedAt?: number | undefined;
}

/** Which events are asked for; every condition holds. */
export interface AuditFilter {
  /** Events about this person. */
  readonly person?: AuditedPerson | undefined;
  /** Events that this member of staff (`sub`), or `operator`, did. */
  readonly actor?: string | undefined;
  readonly name?: EventName | undefined;
  readonly outcome?: SecurityEvent["outcome"] | undefined;
  readonly clientId?: string | undefined;
  /** About this establishment, alone or among others. */
  readonly siret?: string | undefined;
  /** From this instant on, and before that one: epoch seconds. */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
}

/** A page of events, the newest first. */
export interface AuditPage {
  readonly entries: AuditEntry[];
  /** The `before` of the next page; undefined on the last. */
  readonly next: number | undefined;
}

/** What is read of the audit, event by event. */
export interface AuditReading {
  /** A page before a place in the chain. */
  readonly page: (
    filter: AuditFilter,
    options: { readonly before?: number | undefined; readonly limit: number },
  ) => Promise<AuditPage>;
  /** Everything that is asked for and stood in the chain when it was, the oldest first, read piece by piece: for exports. */
  readonly all: (filter: AuditFilter) => AsyncGenerator<AuditEntry>;
  /** A person's own sign-ins, refused ones too, the newest first. */
  readonly signIns: (person: AuditedPerson, limit: number) => Promise<AuditEntry[]>;
}

const entriesAPage = 500;
const linesAStretch = 5000;

/** @param referenceKey turns addresses into references, as they were written */
export function createAuditReading(store: AuditStore, referenceKey: string | Buffer): AuditReading {
  const rowFilter = ({ person = {}, name, ...rest }: AuditFilter) => ({
    ...rest,
    ...personRows(person, referenceKey),
    event: name,
  });
  const page: AuditReading["page"] = async (
    filter,
    { before = Number.MAX_SAFE_INTEGER, limit },
  ) => {
    const rows = await store.before(Math.min(before, lastSeq), limit + 1, rowFilter(filter));
    const entries = rows.slice(0, limit).map(entryOf);
    return { entries, next: rows.length > limit ? entries.at(-1)?.seq : undefined };
  };
  return {
    page,
    all: async function* all(filter) {
      const asked = rowFilter(filter);
      const isOfPerson = asked.sub !== undefined || asked.reference !== undefined;
      const pages = isOfPerson ? pagesOf(store, asked) : stretchesOf(store, asked);
      for await (const rows of pages) yield* rows.map(entryOf);
    },
    signIns: async (person, limit) => {
      const { entries } = await page({ person, name: "signed-in" }, { limit });
      return entries;
    },
  };
}

/** A person's are found one by one, wherever they stand. */
async function* pagesOf(store: AuditStore, filter: AuditRowFilter): AsyncGenerator<AuditRow[]> {
  for (let seq = 0; ;) {
    const rows = await store.after(seq, entriesAPage, filter);
    yield rows;
    if (rows.length < entriesAPage) return;
    seq = rows.at(-1)?.seq ?? seq;
  }
}

/** Of all others the chain is read, so many of its lines a statement: to find the first of a late period among millions takes longer than one may. */
async function* stretchesOf(store: AuditStore, filter: AuditRowFilter): AsyncGenerator<AuditRow[]> {
  const whole = await store.whole();
  for (let { after } = whole; after < whole.through; after += linesAStretch) {
    const through = Math.min(after + linesAStretch, whole.through);
    yield await store.stretch({ after, through }, filter);
  }
}

/** By what the rows of a person are found. */
export function personRows(
  { sub, email, emailVerifiedAt }: AuditedPerson,
  referenceKey: string | Buffer,
) {
  return {
    sub,
    reference: email && addressReference(email, referenceKey),
    // What was recorded of its sign-up came before it was validated.
    ownSince:
      emailVerifiedAt === undefined
        ? undefined
        : emailVerifiedAt - retentionSeconds.unvalidatedSignUps,
  };
}
