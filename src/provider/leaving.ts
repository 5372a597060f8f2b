import type { Middleware } from "koa";
import type { KoaContextWithOIDC } from "oidc-provider";
import { type ClientMetadata, serviceName } from "../clients/index.ts";
import { renderPage } from "../web/index.ts";
import { speakAsAsked } from "./asked-language.ts";

/** What the page between us and a relying party needs. */
export interface LeavingParts {
  readonly issuer: string;
  readonly findClient: (clientId: string) => ClientMetadata | undefined;
}

/** Where a form of ours ends in a redirect: the answered authorization, and the sign-out. */
const afterForms = new Set(["resume", "end_session_success"]);

/**
 * What follows a form leaves us by a page, never by a redirect: browsers apply the form's `form-action` to every redirect
 * behind it, also to those of the relying party, which may lead to further origins or to a native application, and none of
 * them can be known here. The person would be left on the form without a word, after the code was made. A page ends the
 * chain: it goes on by itself, without script, and by a link, which is also the gesture that some systems want before they
 * open an application. It takes its own place in the history, and is kept by nobody.
 */
export function leavesByPage({ issuer, findClient }: LeavingParts): Middleware {
  return async (ctx, next) => {
    await next();
    const { oidc } = ctx as unknown as Partial<Pick<KoaContextWithOIDC, "oidc">>;
    if (!oidc || !afterForms.has(oidc.route)) return;
    const address = ctx.response.get("Location");
    if (!address || !URL.canParse(address, issuer)) return;
    if (new URL(address, issuer).origin === new URL(issuer).origin) return;
    const client = oidc.client && findClient(oidc.client.clientId);
    ctx.remove("Location");
    await renderPage(speakAsAsked(ctx as unknown as KoaContextWithOIDC), 200, "provider/leaving", {
      isOfOneLanguage: true,
      onwardUrl: address,
      serviceName: client && serviceName(client),
    });
  };
}
