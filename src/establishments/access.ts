import type { StaffRole } from "../accounts/index.ts";
import type { EmailAddress, Locale } from "../foundation/index.ts";
import type { AdministrativeState } from "./directory.ts";
import type { Siret } from "./siret.ts";

/**
 * One opening of one establishment to one account: a dated, reasoned record that is never deleted.
 * Opened again after its end, the establishment gets another record. Instants are epoch seconds.
 */
export interface Access {
  readonly id: number;
  readonly accountId: number;
  /** The subject identifier of the account: the key of its artifacts. */
  readonly sub: string;
  readonly siret: Siret;
  readonly openedAt: number;
  /** Who opened it: `operator` (the command line), the `sub` of a member of staff, or `client:` and a `client_id`. */
  readonly openedBy: string;
  readonly openReason?: string;
  /** The second at which it ends by itself; absent when it has no end. */
  readonly untilAt?: number;
  /** Absent while nobody, nor its date, has closed it. */
  readonly closedAt?: number;
  /** Who closed it; {@link closedByDate} when its date did. */
  readonly closedBy?: string;
  readonly closeReason?: string;
}

/** The `closedBy` of an access that ended by itself. */
export const closedByDate = "until-date";

/** What `access list` shows of an access. Instants are epoch seconds. */
export interface AccessEntry {
  readonly accessId: number;
  /** Absent once the account is deleted. */
  readonly email?: EmailAddress;
  readonly siret: Siret;
  readonly name?: string;
  readonly address?: string;
  /** What the directory says of the establishment; absent while it has not been asked. */
  readonly establishmentState?: AdministrativeState;
  /** Whether the record counts now: not closed, and its date not reached. */
  readonly state: "open" | "ended";
  readonly openedAt: number;
  readonly openedBy: string;
  readonly reason?: string;
  readonly untilAt?: number;
  readonly closedAt?: number;
  readonly closedBy?: string;
  readonly closeReason?: string;
}

/** The account whose accesses change, as its row says while it is held. */
export interface Holder {
  readonly id: number;
  readonly sub: string;
  readonly state: string;
  /** Absent once the account is deleted: there is nobody to write to. */
  readonly email?: EmailAddress;
  readonly locale: Locale;
  /** Of a member of staff. */
  readonly role?: StaffRole;
}

/** Whether an access counts at `now`: at the very second of its date it no longer does. */
export function isOpenAt(access: Pick<Access, "untilAt" | "closedAt">, now: number): boolean {
  return access.closedAt === undefined && (access.untilAt === undefined || access.untilAt > now);
}

/** Those of `sirets` that an act left as they were. */
export function unchanged(
  sirets: readonly Siret[],
  changed: readonly Pick<Access, "siret">[],
): Siret[] {
  const done = new Set(changed.map((access) => access.siret));
  return sirets.filter((siret) => !done.has(siret));
}
