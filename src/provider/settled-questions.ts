import type { Context } from "koa";
import { serviceName } from "../clients/index.ts";
import { renderPage } from "../web/index.ts";
import type { InteractionState } from "./interaction.ts";
import type { Library } from "./library.ts";

/** Why a question need not be asked any more, though its page was left open or is looked at again. */
export type SettledReason = "none-open" | "access-open" | "second-factor" | "consent";

/**
 * The page of a question that answered itself: it says what became of it and goes on. A button, because looking at a
 * page changes nothing.
 */
export async function showSettled(
  ctx: Context,
  { journey, client }: InteractionState,
  reason: SettledReason,
): Promise<void> {
  await renderPage(ctx, 200, "provider/settled", {
    action: journey.base,
    serviceName: serviceName(client),
    reason,
  });
}

/** Goes on without an answer: the authorization decides anew, by what is true now, what is left to be asked. */
export function goOnWithout(ctx: Context, library: Library): Promise<void> {
  return library.finish(ctx, {}, true);
}
