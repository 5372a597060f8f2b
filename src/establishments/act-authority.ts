import {
  type Actor,
  type AuthorityReason,
  type StaffRole,
  authorityProblem,
  isPerson,
} from "../accounts/index.ts";
import type { Holder } from "./access.ts";
import type { HolderStore } from "./holder-store.ts";

/** Why the one who acts may not do so to this account, or at all; undefined when they may. */
export type MayAct = (subject?: Pick<Holder, "sub" | "role">) => AuthorityReason | undefined;

/** Reads once, in the transaction of an act, what who acts may do. @param least the role that it takes of staff */
export async function mayAct(
  holders: HolderStore,
  actor: Actor,
  least: StaffRole = "agent",
): Promise<MayAct> {
  const bearer = isPerson(actor) ? await holders.bearer(actor) : undefined;
  return (subject) => {
    const of = subject && { sub: subject.sub, role: subject.role };
    return authorityProblem({ actor, bearer, subject: of, least });
  };
}
