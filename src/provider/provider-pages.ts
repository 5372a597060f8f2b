import type { Context, Middleware } from "koa";
import type { KoaContextWithOIDC } from "oidc-provider";
import { type ClientMetadata, serviceName } from "../clients/index.ts";
import type { Random } from "../foundation/index.ts";
import { type RecordEvent, type Logger } from "../operations/index.ts";
import { allowFormAction, renderPage } from "../web/index.ts";
import type { ProviderPages } from "./configuration.ts";
import type { SignOut } from "./sign-out.ts";

/** What the library's pages are replaced with. */
export interface ProviderPageParts {
  readonly random: Random;
  readonly logger: Logger;
  readonly findClient: (clientId: string) => ClientMetadata | undefined;
  readonly startAgain: (clientId: string | undefined) => string;
}

/** Sign-out, signed out, and the error of a request that cannot be sent back to its relying party. */
export function providerPages(parts: ProviderPageParts): ProviderPages {
  const clientOf = (ctx: KoaContextWithOIDC, clientId?: string) => {
    const id = clientId ?? ctx.oidc.client?.clientId ?? parameter(ctx, "client_id");
    return id === undefined ? undefined : parts.findClient(id);
  };
  return {
    error: async (ctx, out) => {
      const reference = parts.random.identifier();
      parts.logger.info({ reference, ...out, path: ctx.path }, "a protocol request was refused");
      const client = clientOf(ctx);
      await renderPage(ctx as unknown as Context, ctx.status, "web/error", {
        status: ctx.status,
        reference,
        code: out.error,
        continueUrl: parts.startAgain(client?.client_id),
        oauthError: { error: out.error, description: out.error_description },
      });
    },
    signOut: async (ctx) => {
      const state = ctx.oidc.session?.state as SignOutState | undefined;
      if (state?.postLogoutRedirectUri) {
        allowFormAction(ctx, state.postLogoutRedirectUri);
      }
      const client = state?.clientId === undefined ? undefined : parts.findClient(state.clientId);
      await renderPage(ctx as unknown as Context, 200, "provider/sign-out", {
        action: new URL(ctx.oidc.urlFor("end_session_confirm")).pathname,
        xsrf: state?.secret ?? "",
        serviceName: client && serviceName(client),
      });
    },
    signedOut: async (ctx) => {
      const client = clientOf(ctx);
      await renderPage(ctx as unknown as Context, 200, "provider/signed-out", {
        continueUrl: parts.startAgain(client?.client_id),
        serviceName: client && serviceName(client),
      });
    },
  };
}

/** What the library keeps in the session while the sign-out is asked about. */
interface SignOutState {
  readonly secret: string;
  readonly clientId?: string;
  readonly postLogoutRedirectUri?: string;
}

function parameter(ctx: KoaContextWithOIDC, name: string): string | undefined {
  const value = ctx.oidc.params?.[name];
  return typeof value === "string" ? value : undefined;
}

/**
 * Ends what was granted in a session when its person signs out. The library would end only the last
 * grant of each client, and those of a session-bound kind we do not use.
 */
export function endsGrantsAtSignOut(signOut: SignOut, record: RecordEvent): Middleware {
  return async (ctx, next) => {
    await next();
    const { oidc } = ctx as unknown as Partial<Pick<KoaContextWithOIDC, "oidc">>;
    if (oidc?.route !== "end_session_confirm" || !oidc.session || ctx.status >= 400) return;
    const session = oidc.session as typeof oidc.session & { destroyed?: boolean };
    if (!session.destroyed) return;
    await signOut.endGrants(session.uid);
    await record({
      name: "signed-out",
      outcome: "accepted",
      subject: { sub: session.accountId ?? "" },
      clientAddress: ctx.ip,
    });
  };
}
