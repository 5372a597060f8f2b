import type { Context } from "koa";
import type Provider from "oidc-provider";
import type { KoaContextWithOIDC } from "oidc-provider";
import { chosenHere, pageState, requestLocale } from "../web/index.ts";

/** The context of a request to the library as our pages take it, in the language that its `ui_locales` ask for. */
export function speakAsAsked(provided: KoaContextWithOIDC): Context {
  const ctx = provided as unknown as Context;
  const uiLocales = provided.oidc.params?.["ui_locales"];
  if (typeof uiLocales === "string") {
    pageState(ctx).locale = requestLocale(ctx, uiLocales);
  }
  return ctx;
}

/**
 * Whether the language is asked for by what was pushed or signed: the switch of languages could not take it out of the
 * address that it leads back to, and would be a dead button. What was posted is read as an address is.
 */
export function isAskedBeside({ oidc, query }: KoaContextWithOIDC): boolean {
  const uiLocales = oidc.params?.["ui_locales"];
  return typeof uiLocales === "string" && query["ui_locales"] === undefined;
}

/**
 * Each question of an authorization has an address of its own, where alone a language that was chosen there is known. As
 * the authorization goes on it takes the place of what the client asked for: the questions that follow are asked in it.
 */
export function carryLanguage(provider: Provider): void {
  provider.on("interaction.ended", (ctx) => {
    const { params } = ctx.oidc;
    const chosen = chosenHere(ctx);
    if (chosen && typeof params?.["ui_locales"] === "string") params["ui_locales"] = chosen;
  });
}
