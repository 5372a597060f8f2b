import Router from "@koa/router";
import { AppError } from "../foundation/index.ts";
import type { PasskeySignIn } from "../second-factors/index.ts";
import { interactionOf } from "./interaction.ts";
import { signingIn } from "./interactions.ts";
import { askedSignIn, asksPassword, passkeyRequestPath } from "./sign-in-page.ts";

/**
 * `/interaction/:uid/passkey`: what the sign-in page's script asks a device for, as JSON `{ options, challenge }`. It
 * changes nothing and says nothing of anybody but, where somebody is to confirm who they are, their own passkeys.
 * @throws AppError `not-found` where no passkey alone is asked for
 */
export function passkeyRequestRoutes(parts: { readonly passkeySignIn: PasskeySignIn }): Router {
  const router = new Router();
  router.get(`/interaction/:uid${passkeyRequestPath}`, async (ctx) => {
    const state = interactionOf(ctx);
    const isAsked = signingIn.has(state.interaction.prompt.name) && !asksPassword(state);
    const request = isAsked ? await parts.passkeySignIn.propose(askedSignIn(state)) : undefined;
    if (!request) throw new AppError("not-found", { status: 404 });
    ctx.body = { options: request.options, challenge: request.sealed };
  });
  return router;
}
