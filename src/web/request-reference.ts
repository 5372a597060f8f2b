import type { Context } from "koa";
import type { Random } from "../foundation/index.ts";
import { pageState } from "./page-state.ts";

/**
 * The reference of a request: one for all its lines in the log, its events, and what a person is shown to quote. Made
 * when it is first asked for.
 */
export function referenceOf(
  ctx: Pick<Context, "state">,
  random: Pick<Random, "identifier">,
): string {
  return (pageState(ctx).reference ??= random.identifier());
}

/** The same where chance is not at hand; undefined where nobody gave the request any. */
export function knownReference(ctx: Pick<Context, "state">): string | undefined {
  const state = pageState(ctx);
  if (state.makeReference) state.reference ??= state.makeReference();
  return state.reference;
}
