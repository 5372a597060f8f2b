import { type Clock, isoInstant } from "../foundation/index.ts";
import type { ClaimedTable } from "../house/index.ts";
import { retentionSeconds } from "../operations/index.ts";
import { CareStore } from "./care-store.ts";
import { type ColleagueRequest, ColleagueRequestStore } from "./colleague-request-store.ts";

const mostExported = 10_000;

/** What the claims are made with. */
export interface OrganisationTableParts {
  readonly clock: Clock;
  readonly cares: CareStore;
  readonly requests: ColleagueRequestStore;
}

/** What becomes of what this room's tables say of a person. */
export function organisationTables(parts: OrganisationTableParts): ClaimedTable[] {
  const before = () => parts.clock.epochSeconds() - retentionSeconds.accessRequests;
  return [careTable(parts, before), colleagueRequestTable(parts, before)];
}

function careTable({ cares }: OrganisationTableParts, before: () => number): ClaimedTable {
  return {
    table: "organisation_cares",
    personal: ["account_id", "siren", "given_at", "given_by", "reason", "ended_at", "ended_by"],
    impersonal: ["id"],
    export: {
      as: "organisations",
      read: async ({ id }) =>
        (await cares.ofAccount(id)).map(({ siren, givenAt, endedAt }) => ({
          ...{ siren, given_at: isoInstant(givenAt) },
          ended_at: endedAt === undefined ? undefined : isoInstant(endedAt),
        })),
    },
    erase: (transaction, { id }) => cares.within(transaction).erase(id),
    purge: [{ as: "organisationCares", run: () => cares.removeEnded(before()) }],
  };
}

function colleagueRequestTable(
  { requests, clock }: OrganisationTableParts,
  before: () => number,
): ClaimedTable {
  return {
    table: "colleague_requests",
    personal: [
      ...["account_id", "siren", "kind", "email", "siret", "message", "state", "asked_at"],
      ...["reason"],
    ],
    impersonal: ["id", "decided_at", "decided_by"],
    export: {
      as: "colleague_requests",
      read: async ({ id, email }) => ({
        // Whom it was for is somebody else's, and so is who asked.
        made: (await requests.ofAccount(id, mostExported)).map(exported),
        about_you: (await requests.aboutAddress(email)).map(exported),
      }),
    },
    erase: (transaction, person) =>
      requests.within(transaction).erase(person, clock.epochSeconds()),
    purge: [{ as: "colleagueRequests", run: () => requests.removeOlder(before()) }],
  };
}

function exported({ kind, siret, state, askedAt }: ColleagueRequest) {
  return { kind, siret, state, asked_at: isoInstant(askedAt) };
}
