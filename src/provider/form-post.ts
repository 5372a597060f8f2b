import type { KoaContextWithOIDC } from "oidc-provider";
import { type ClientMetadata, serviceName } from "../clients/index.ts";
import { allowAnyFormAction, renderPage } from "../web/index.ts";
import { speakAsAsked } from "./asked-language.ts";

/** Answers an authorization request in one response mode. */
export type ResponseMode = (
  ctx: KoaContextWithOIDC,
  redirectUri: string,
  payload: Readonly<Record<string, unknown>>,
) => Promise<void>;

/**
 * The page of `response_mode=form_post`: a form that sends the answer to the relying party, by itself where there is
 * JavaScript, else by its button. It is the one page whose policy has no `form-action`: where the relying party leads on to
 * cannot be known. Only a redirect URI that is registered comes here, for the library answers any other by an error page.
 * @see OAuth 2.0 Form Post Response Mode §2
 */
export function formPostPage(
  findClient: (clientId: string) => ClientMetadata | undefined,
): ResponseMode {
  return async (provided, redirectUri, payload) => {
    const client = provided.oidc.client && findClient(provided.oidc.client.clientId);
    const ctx = speakAsAsked(provided);
    allowAnyFormAction(ctx);
    const fields = Object.entries(payload).map(([name, value]) => [name, String(value)] as const);
    await renderPage(ctx, "error" in payload ? 400 : 200, "provider/form-post", {
      isOfOneLanguage: true,
      action: redirectUri,
      fields: Object.fromEntries(fields),
      serviceName: client && serviceName(client),
    });
  };
}
