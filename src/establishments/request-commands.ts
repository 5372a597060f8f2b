import { type AuthorityReason, actReason } from "../accounts/index.ts";
import { type Outcome, accepted, readText, refused } from "../foundation/index.ts";
import type { AccessRequest } from "./access-request.ts";
import type { Siret } from "./siret.ts";

/** How to accept a request: everything that waits in it unless `sirets` says what of it; the others are refused. */
export interface AcceptCommand {
  readonly id: number;
  readonly sirets?: readonly Siret[] | undefined;
  /** Why the others are refused; told to the person. */
  readonly refusalReason?: string | undefined;
  /** Epoch seconds: the accesses end at that second. */
  readonly untilAt?: number | undefined;
  /** Kept, and never shown to the person. */
  readonly reason?: string | undefined;
  /** Who does it: the `sub` of a member of staff, or `operator`. */
  readonly by: string;
}

/** How to refuse a request. The reason is told to the person. */
export interface RefuseCommand {
  readonly id: number;
  readonly reason: string;
  readonly by: string;
}

/** Why a request is not accepted. `request-not-waiting`: it is unknown, or somebody decided it before. */
export type AcceptRefusal =
  | "request-not-waiting"
  | "account-not-active"
  | "until-passed"
  | "siret-missing"
  | "siret-not-asked"
  | "reason-too-long"
  | AuthorityReason;

/** Whose request is withdrawn. */
export interface WithdrawRequestCommand {
  readonly id: number;
  readonly account: { readonly id: number; readonly sub: string };
}

/** Why a request is not refused. */
export type RefuseRefusal =
  "request-not-waiting" | "reason-missing" | "reason-too-long" | AuthorityReason;

/** An acceptance that may be tried. */
export interface CheckedAcceptance {
  readonly sirets: readonly Siret[];
  readonly reason?: string;
  readonly refusalReason?: string;
}

/** Checks what can be known of an acceptance before the account is held. */
export function checkAcceptance(
  { sirets: chosen, reason: typed, refusalReason: typedRefusal }: AcceptCommand,
  asked: AccessRequest,
): Outcome<CheckedAcceptance, AcceptRefusal> {
  const why = readText(actReason, typed);
  if (!why.accepted) return why;
  const whyNot = readText({ ...actReason, field: "refusalReason" }, typedRefusal);
  if (!whyNot.accepted) return whyNot;
  const [reason, refusalReason] = [why.value, whyNot.value];
  const waiting = asked.establishments.filter(({ state }) => state === "waiting");
  const sirets = [...new Set(chosen ?? waiting.map(({ siret }) => siret))].sort();
  const field = "siret";
  if (sirets.length === 0) return refused({ field, reason: "siret-missing" });
  if (!sirets.every((siret) => asked.sirets.includes(siret)))
    return refused({ field, reason: "siret-not-asked" });
  return accepted({
    sirets,
    ...(reason !== undefined && { reason }),
    ...(refusalReason !== undefined && { refusalReason }),
  });
}
