import type { Context } from "koa";
import { days } from "../foundation/index.ts";
import { ownCookie } from "../web/index.ts";

/** Where « Plus tard » is sent. */
export const passkeyOfferPath = "/account/passkey-offer";

const cookie = ownCookie("passkey-offer", { lifeSeconds: days(180) });

/**
 * The offer of a passkey, on one's own page and nowhere on the way of an authorization: that has no step more than it had.
 * What a browser declined it is not offered for half a year; of whom it was is not kept.
 */
export const passkeyOffer = {
  isDeclined: (ctx: Context): boolean => cookie.read(ctx) === "declined",
  decline: (ctx: Context): void => cookie.write(ctx, "declined"),
};
