import { type Account, type StaffRole, staffRoles } from "./account.ts";

/**
 * Who acts: `operator` (the command line), `retention` (a job), `client:` and a `client_id`, `invitation:` and that of a
 * client that registers itself, or the `sub` of a person:
 * a member of staff, or whose own the account is.
 */
export type Actor = string;

/** The word for the person themselves, who deletes their own account by their password. */
export const ownPerson = "self";

/** Why somebody may not act on an account, wherever they come from. */
export type AuthorityReason =
  /** Nobody acts on their own account, whatever they are. */
  | "own-account"
  /** It is a colleague's, and only an admin acts on those. */
  | "colleague-account"
  /** They are not of the staff (any more), not active, or of a lesser role. */
  | "role-too-low";

/** An account as far as it says who may do what. */
export type Bearer = Pick<Account, "sub" | "role"> & { readonly state: string };

/** Whether a person acts, and not the command line, a job or a program. */
export function isPerson(actor: Actor): boolean {
  return !/^(operator|retention|(client|invitation):.*)$/.test(actor);
}

/** Whether an identifier would be taken for something else than a person, as {@link Actor} or in an address of ours. */
export function isReserved(sub: string): boolean {
  return !isPerson(sub) || sub === ownPerson;
}

/** Whether a role can do what another one can. */
export function isAtLeast(role: StaffRole, least: StaffRole): boolean {
  return staffRoles.indexOf(role) >= staffRoles.indexOf(least);
}

/**
 * Judges an act of staff on an account. It stands in the act and not on the way to it: by page, list, API and command
 * line, and in the transaction of the change, by what the rows say then.
 * @param act.bearer the account of who acts; undefined where there is none
 * @param act.subject whom it is done to; undefined where there is no account yet
 * @param act.least the role that it takes
 */
export function authorityProblem(act: {
  readonly actor: Actor;
  readonly bearer: Bearer | undefined;
  readonly subject?: Pick<Bearer, "sub" | "role"> | undefined;
  readonly least: StaffRole;
}): AuthorityReason | undefined {
  const { actor, bearer, subject, least } = act;
  if (!isPerson(actor)) return undefined;
  if (subject?.sub === actor) return "own-account";
  if (bearer?.state !== "active" || bearer.role === undefined || !isAtLeast(bearer.role, least))
    return "role-too-low";
  const isColleague = subject?.role !== undefined;
  return isColleague && bearer.role !== "admin" ? "colleague-account" : undefined;
}
