import { isoInstant } from "../foundation/index.ts";
import type { ClaimedTable, Ground } from "../house/index.ts";
import { retentionSeconds } from "../operations/index.ts";
import type { AccessRequests } from "./access-requests.ts";
import type { Accesses } from "./accesses.ts";
import type { Invitations } from "./invitations.ts";

/** What the claims are made with. */
export interface EstablishmentTableParts extends Pick<Ground, "clock"> {
  readonly accesses: Accesses;
  readonly invitations: Invitations;
  readonly accessRequests: AccessRequests;
}

/** What becomes of what this room's tables say of a person. */
export function establishmentTables(parts: EstablishmentTableParts): ClaimedTable[] {
  return [
    establishmentTable,
    accessTable(parts),
    invitationTable(parts),
    accessRequestTable(parts),
  ];
}

const ofNobody = { because: "about an establishment, as its public directory is" };

const establishmentTable: ClaimedTable = {
  table: "establishments",
  personal: [],
  impersonal: [
    ...["siret", "name", "name_source", "address", "administrative_state"],
    ...["created_at", "updated_at", "details_at", "details_due_at", "details_attempts"],
  ],
  export: ofNobody,
  erase: ofNobody,
  purge: { because: "kept as long as accesses name it" },
};

function accessTable({ accesses }: EstablishmentTableParts): ClaimedTable {
  return {
    table: "accesses",
    personal: [
      ...["account_id", "siret", "opened_at", "opened_by", "open_reason", "until_at"],
      ...["closed_at", "closed_by", "close_reason", "last_chosen_at"],
    ],
    impersonal: ["id", "revoked_at", "end_announced_at"],
    export: { as: "accesses", read: ({ id }) => exportedAccesses(accesses, id) },
    erase: {
      because: "records that are never deleted: the account they name says no more who it was",
    },
    purge: { because: "records of who could act for an establishment, and by whose leave" },
  };
}

function invitationTable({ invitations, clock }: EstablishmentTableParts): ClaimedTable {
  const before = () => clock.epochSeconds() - retentionSeconds.invitations;
  return {
    table: "invitations",
    personal: ["email", "siret", "locale", "invite_reason", "claimed_by"],
    impersonal: [
      ...["id", "invited_at", "invited_by", "until_at"],
      ...["ended_at", "ended_as", "ended_by", "end_reason"],
    ],
    export: { because: "what was opened by one is among the accesses" },
    erase: (transaction, person) => invitations.erase(transaction, person),
    purge: [
      {
        as: "invitations",
        run: () => invitations.purge(before()),
        share: { most: 0.25, count: () => invitations.purgeShare(before()) },
      },
    ],
  };
}

function accessRequestTable({ accessRequests, clock }: EstablishmentTableParts): ClaimedTable {
  const before = () => clock.epochSeconds() - retentionSeconds.accessRequests;
  return {
    table: "access_requests",
    personal: [
      ...["account_id", "sirets", "message", "client_id", "state", "asked_at"],
      ...["reason", "decisions", "refusal_reason"],
    ],
    impersonal: ["id", "decided_at", "decided_by", "taken_by", "taken_at"],
    export: { because: "the page of one's own requests shows them" },
    erase: (transaction, person) => accessRequests.erase(transaction, person),
    purge: [
      {
        as: "accessRequests",
        run: () => accessRequests.purge(before()),
        share: { most: 0.25, count: () => accessRequests.purgeShare(before()) },
      },
    ],
  };
}

async function exportedAccesses(accesses: Accesses, accountId: number): Promise<object[]> {
  return (await accesses.list({ accountId })).map(
    ({ siret, name, state, openedAt, untilAt, closedAt }) => ({
      siret,
      name,
      state,
      opened_at: isoInstant(openedAt),
      until: untilAt === undefined ? undefined : isoInstant(untilAt),
      closed_at: closedAt === undefined ? undefined : isoInstant(closedAt),
    }),
  );
}
