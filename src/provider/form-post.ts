import type { Middleware } from "koa";
import type { KoaContextWithOIDC } from "oidc-provider";
import { allowFormAction } from "../web/index.ts";

/**
 * Lets the page of `response_mode=form_post` send its form to the relying party: our policy lets forms
 * lead to ourselves only, and browsers would hold the answer back without a word. Only to a redirect
 * URI that is registered, for the library answers a request with another one by an error page.
 * @see OAuth 2.0 Form Post Response Mode §2
 */
export function formPostLeadsBack(): Middleware {
  return async (ctx, next) => {
    await next();
    const { oidc } = ctx as unknown as Partial<Pick<KoaContextWithOIDC, "oidc">>;
    const { response_mode: mode, redirect_uri: uri } = oidc?.params ?? {};
    if (mode !== "form_post" || typeof uri !== "string") return;
    if (oidc?.client?.redirectUriAllowed(uri)) allowFormAction(ctx, uri);
  };
}
