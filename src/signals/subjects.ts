import type { Account, AccountStore } from "../accounts/index.ts";
import type { ClientMetadata } from "../clients/index.ts";
import {
  type Clock,
  type Outcome,
  accepted,
  parseEmailAddress,
  refused,
} from "../foundation/index.ts";
import type { Announcer } from "./announcer.ts";
import type { ExclusionStore } from "./exclusion-store.ts";
import type { Stream } from "./stream.ts";

/** Whom a receiver wants to hear of: everybody it may hear of, but for those it removed (SSF 1.0 §8.1.3). */
export interface Subjects {
  readonly add: (stream: Stream, subject: unknown) => Promise<Outcome<undefined, SubjectReason>>;
  readonly remove: (stream: Stream, subject: unknown) => Promise<Outcome<undefined, SubjectReason>>;
}

/** Why a subject is refused. */
export type SubjectReason = "subject-unreadable" | "too-many-subjects";

/** What they are built of. */
export interface SubjectParts {
  readonly issuer: string;
  readonly clock: Clock;
  readonly exclusions: ExclusionStore;
  readonly accounts: Pick<AccountStore, "findByEmail">;
  readonly markOf: Announcer["markOf"];
  readonly findClient: (clientId: string) => ClientMetadata | undefined;
  readonly subjectAt: (client: ClientMetadata, sub: string) => string;
}

/** How many people a stream may leave out. */
const mostExcluded = 10_000;

/** Builds them. What names nobody here is taken all the same: nobody learns who has an account. */
export function createSubjects(parts: SubjectParts): Subjects {
  const { exclusions, clock } = parts;
  return {
    add: async (stream, subject) => {
      const mark = await markOfSubject(parts, stream, subject);
      if (mark === undefined) return refused({ reason: "subject-unreadable" });
      if (mark !== "") await exclusions.remove(stream.id, mark);
      return accepted(undefined);
    },
    remove: async (stream, subject) => {
      const mark = await markOfSubject(parts, stream, subject);
      if (mark === undefined) return refused({ reason: "subject-unreadable" });
      if ((await exclusions.count(stream.id)) >= mostExcluded)
        return refused({ reason: "too-many-subjects" });
      if (mark !== "") await exclusions.insert(stream.id, mark, clock.epochSeconds());
      return accepted(undefined);
    },
  };
}

/** @returns "" for who is nobody here; undefined for what is no subject */
async function markOfSubject(
  parts: SubjectParts,
  { clientId }: Pick<Stream, "clientId">,
  subject: unknown,
): Promise<string | undefined> {
  const { format, iss, sub, email, user } = subject as Readonly<Record<string, unknown>>;
  switch (format) {
    case "complex":
      return markOfUser(parts, { clientId }, user);
    case "iss_sub":
      if (typeof iss !== "string" || typeof sub !== "string") return undefined;
      return iss === parts.issuer ? parts.markOf(clientId, sub) : "";
    case "email":
      return typeof email === "string" ? markOfAddress(parts, clientId, email) : undefined;
    default:
      return typeof format === "string" ? "" : undefined;
  }
}

/** Of a complex subject its person counts: whatever else it names is theirs. */
async function markOfUser(
  parts: SubjectParts,
  stream: Pick<Stream, "clientId">,
  user: unknown,
): Promise<string | undefined> {
  if (typeof user !== "object" || user === null) return "";
  const { format } = user as { format?: unknown };
  return format === "complex" ? undefined : markOfSubject(parts, stream, user);
}

async function markOfAddress(
  parts: SubjectParts,
  clientId: string,
  typed: string,
): Promise<string> {
  const address = parseEmailAddress(typed);
  const account = address && (await parts.accounts.findByEmail(address))?.account;
  const client = parts.findClient(clientId);
  return account && client ? markAt(parts, client, account) : "";
}

function markAt({ markOf, subjectAt }: SubjectParts, client: ClientMetadata, { sub }: Account) {
  return markOf(client.client_id, subjectAt(client, sub));
}
