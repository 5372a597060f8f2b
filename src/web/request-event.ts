import type { Context } from "koa";
import type { Outcome } from "../foundation/index.ts";
import type { EventName, SecurityEvent } from "../operations/index.ts";
import { knownReference } from "./request-reference.ts";

/**
 * The security event of a request: what was asked, what came of it (an {@link Outcome}, or accepted), the network
 * address it came from, and the reference that its lines in the log bear.
 */
export function requestEvent(
  ctx: Context,
  name: EventName,
  outcome: Outcome<unknown, string> | "accepted",
  about: Pick<SecurityEvent, "subject" | "clientId" | "actor" | "details"> = {},
): SecurityEvent {
  const refusedFor =
    outcome === "accepted" || outcome.accepted ? undefined : outcome.problems[0].reason;
  return {
    ...about,
    name,
    outcome: refusedFor === undefined ? "accepted" : "refused",
    reason: refusedFor,
    ...requestOrigin(ctx),
  };
}

/** Where a request came from, and the reference of its lines: what an act records itself is told. */
export function requestOrigin(ctx: Context): {
  readonly clientAddress: string;
  readonly reference: string | undefined;
} {
  return { clientAddress: ctx.ip, reference: knownReference(ctx) };
}
