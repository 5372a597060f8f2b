import type { OneTimeToken } from "./one-time-token-store.ts";

/** Why a mailed link no longer opens anything. */
export type LinkReason =
  | "link-expired"
  | "link-used"
  /** A newer letter was sent, or what the account signs in with changed. */
  | "link-replaced"
  /** Another sign-up of the same address was validated first. */
  | "link-overtaken"
  | "link-unknown";

/**
 * The secret of a link as its address says it: mail programs add what stands behind a link, a full stop or a bracket. Looked at
 * from its end: an expression tries anew at each sign of an address that is nothing but signs, which took seconds.
 */
export function secretOfLink(typed = ""): string {
  let end = typed.length;
  while (end > 0 && !/[\w-]/.test(typed.charAt(end - 1))) end -= 1;
  return typed.slice(0, end);
}

/** What is wrong with a link at this instant; valid up to the second before `expiresAt`. */
export function linkProblem(token: OneTimeToken | undefined, now: number): LinkReason | undefined {
  if (!token) return "link-unknown";
  if (token.consumedAt !== undefined) return "link-used";
  if (token.supersededAt !== undefined) return "link-replaced";
  if (token.expiresAt <= now) return "link-expired";
  return undefined;
}

/** A dead link, as its page words it. */
export function deadLinkState(reason: string | undefined): "used" | "expired" | "unknown" {
  if (reason === "link-used" || reason === "link-overtaken") return "used";
  return reason === "link-expired" ? "expired" : "unknown";
}
