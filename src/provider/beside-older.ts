import type { Middleware } from "koa";
import { allowFormAction } from "../web/index.ts";
import { interactionOf } from "./interaction.ts";

/**
 * Lets the questions of an authorization be answered at a node of 0.2.0 that serves beside this one: that build ends a form
 * in a redirect to the client, where this one ends it in a page (`leavesByPage`), and browsers hold the redirect against the
 * `form-action` of the page that we rendered. The release after this one has only nodes beside it that leave by a page.
 */
export function letsOlderLeadBack(): Middleware {
  return async (ctx, next) => {
    const { redirect_uri: redirectUri } = interactionOf(ctx).interaction.params;
    if (typeof redirectUri === "string") allowFormAction(ctx, redirectUri);
    await next();
  };
}
