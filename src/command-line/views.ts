import type { Account } from "../accounts/index.ts";
import { type AccessEntry, formatSiret } from "../establishments/index.ts";
import { isoInstant } from "../foundation/index.ts";
import { instantText, untilText } from "./instants.ts";

/** An account for programs: the names of its claims, instants in ISO 8601; no secret, no digest. */
export function accountView(account: Account): Record<string, unknown> {
  return {
    sub: account.sub,
    email: account.email,
    given_name: account.givenName,
    family_name: account.familyName,
    locale: account.locale,
    state: account.state,
    role: account.role ?? null,
    client_id: account.clientId ?? null,
    email_verified_at: isoInstant(account.emailVerifiedAt),
    created_at: isoInstant(account.createdAt),
    updated_at: isoInstant(account.updatedAt),
  };
}

/** The columns of `account list`. */
export const accountHeader = ["EMAIL", "NAME", "STATE", "ROLE", "CREATED"];

/** A line of `account list`. */
export function accountCells(account: Account): string[] {
  const { email, givenName, familyName, state, role, createdAt } = account;
  return [email, `${givenName} ${familyName}`, state, role ?? "", instantText(createdAt)];
}

/** An access for programs. */
export function accessView(access: AccessEntry): Record<string, unknown> {
  return {
    email: access.email ?? null,
    siret: access.siret,
    name: access.name ?? null,
    address: access.address ?? null,
    establishment_state: access.establishmentState ?? null,
    state: access.state,
    opened_at: isoInstant(access.openedAt),
    opened_by: access.openedBy,
    reason: access.reason ?? null,
    until: instantOrNull(access.untilAt),
    closed_at: instantOrNull(access.closedAt),
    closed_by: access.closedBy ?? null,
    close_reason: access.closeReason ?? null,
  };
}

/** The columns of `access list`. */
export const accessHeader = [
  "EMAIL",
  "SIRET",
  "NAME",
  "STATE",
  "OPENED",
  "BY",
  "REASON",
  "UNTIL",
  "CLOSED",
  "BY",
  "REASON",
];

/** A line of `access list`. */
export function accessCells(access: AccessEntry): string[] {
  const { untilAt, closedAt } = access;
  return [
    access.email ?? "(deleted account)",
    formatSiret(access.siret),
    access.establishmentState === "closed" ? `${access.name ?? ""} (closed)` : (access.name ?? ""),
    access.state,
    instantText(access.openedAt),
    access.openedBy,
    access.reason ?? "",
    untilAt === undefined ? "" : untilText(untilAt),
    closedAt === undefined ? "" : instantText(closedAt),
    access.closedBy ?? "",
    access.closeReason ?? "",
  ];
}

function instantOrNull(epochSeconds: number | undefined): string | null {
  return epochSeconds === undefined ? null : isoInstant(epochSeconds);
}
