import type { Context, Middleware } from "koa";
import { type KoaContextWithOIDC, errors } from "oidc-provider";
import { type ClientMetadata, serviceName } from "../clients/index.ts";
import type { Random } from "../foundation/index.ts";
import { type RecordEvent, type Logger } from "../operations/index.ts";
import { type WayBack, allowFormAction, renderPage, seeOther } from "../web/index.ts";
import { type ProviderPages, interactionPath } from "./configuration.ts";
import { isAskedBeside, speakAsAsked } from "./asked-language.ts";
import { isOwnClient } from "./own-client.ts";
import { referenceOf } from "./faults.ts";
import { formPostPage } from "./form-post.ts";
import { type ReceivedRequest, helpPath, receivedRequest } from "./protocol-errors.ts";
import { toldCause } from "./told-causes.ts";
import {
  afterLateForm,
  afterSignOut,
  askedOf,
  isLate,
  postLogoutTarget,
  signOutState,
} from "./asked-sign-out.ts";
import { leaveNothing } from "./sign-out.ts";

/** What the library's pages are replaced with. */
export interface ProviderPageParts {
  readonly random: Random;
  readonly logger: Logger;
  /** Whether a node of 0.2.0 may answer the form that this one shows (`letsOlderLeadBack`). */
  readonly besideOlder: boolean;
  readonly findClient: (clientId: string) => ClientMetadata | undefined;
  readonly startAgain: (clientId: string | undefined) => string;
  readonly wayBack: (clientId: string | undefined) => WayBack;
}

/** Sign-out, signed out, and the error of a request that cannot be sent back to its relying party. */
export function providerPages(parts: ProviderPageParts): ProviderPages {
  return {
    error: (ctx, out, cause) => showError(ctx, parts, out, cause),
    formPost: formPostPage(parts.findClient),
    signOut: async (ctx) => {
      const state = signOutState(ctx);
      const onward = state?.postLogoutRedirectUri ?? parts.startAgain(state?.clientId);
      if (parts.besideOlder) allowFormAction(ctx, onward);
      const client = state?.clientId === undefined ? undefined : parts.findClient(state.clientId);
      await renderPage(ctx as unknown as Context, 200, "provider/sign-out", {
        action: new URL(ctx.oidc.urlFor("end_session_confirm")).pathname,
        xsrf: state?.secret ?? "",
        asked: askedOf(ctx),
        serviceName: relyingPartyName(client),
      });
    },
    signedOut: async (ctx) => {
      const client = clientOf(ctx, parts);
      const onward = postLogoutTarget(ctx);
      if (onward !== undefined) {
        seeOther(ctx, onward);
        return;
      }
      const back = parts.wayBack(client?.client_id);
      const { accountId } = await ctx.oidc.provider.Session.get(ctx);
      // « Rester connecté »: the library would say all the same that the session is closed.
      if (accountId !== undefined) {
        seeOther(ctx, back.url);
        return;
      }
      await renderPage(ctx as unknown as Context, 200, "provider/signed-out", {
        continueUrl: back.url,
        serviceName: back.serviceName,
      });
    },
  };
}

async function showError(
  ctx: KoaContextWithOIDC,
  parts: ProviderPageParts,
  out: ErrorOut,
  cause: Error,
): Promise<void> {
  // The page of the interaction itself knows what it was, and leads back there.
  if (cause instanceof errors.SessionNotFound && ctx.oidc.route === "resume") {
    seeOther(ctx, interactionPath(ctx.path.slice(ctx.path.lastIndexOf("/") + 1)));
    return;
  }
  const onward = afterLateForm(ctx, cause, (clientId) => parts.findClient(clientId) !== undefined);
  if (onward !== undefined) {
    seeOther(ctx, onward);
    return;
  }
  const reference = referenceOf(ctx, parts.random);
  const { error } = out;
  const description = toldCause(ctx, cause) ?? out.error_description;
  const received = receivedRequest(ctx);
  const line = { reference, error, description, path: ctx.path, received };
  parts.logger.info(line, "a protocol request was refused");
  await renderPage(speakAsAsked(ctx), ctx.status, "web/error", {
    ...(isAskedBeside(ctx) && { isOfOneLanguage: true }),
    status: ctx.status,
    reference,
    code: out.error,
    continueUrl: parts.startAgain(clientOf(ctx, parts)?.client_id),
    oauthError: { error, description, ...received, helpUrl: helpPath(helped(error, received)) },
  });
}

type ErrorOut = Parameters<ProviderPages["error"]>[1];

function clientOf(
  ctx: KoaContextWithOIDC,
  { findClient }: ProviderPageParts,
): ClientMetadata | undefined {
  const id = ctx.oidc.client?.clientId ?? parameter(ctx, "client_id");
  return id === undefined ? undefined : findClient(id);
}

/** The name of who led here; none for our own pages, which have signed nobody out before. */
function relyingPartyName(client: ClientMetadata | undefined): string | undefined {
  return client && !isOwnClient(client) ? serviceName(client) : undefined;
}

/** The sign-out's own address has an entry of its own, for its error says too little. */
function helped(error: string, { mismatch }: ReceivedRequest): string {
  return mismatch?.parameter === "post_logout_redirect_uri" ? mismatch.parameter : error;
}

function parameter(ctx: KoaContextWithOIDC, name: string): string | undefined {
  const value = ctx.oidc.params?.[name];
  return typeof value === "string" ? value : undefined;
}

/**
 * What the library's sign-out leaves to do behind it (`endWithSession` before). When nobody is signed in it shows a page of its
 * own that posts itself by a script: here the browser is led on.
 */
export function leadsOnAfterSignOut(record: RecordEvent): Middleware {
  return async (ctx, next) => {
    await next();
    const provided = ctx as unknown as KoaContextWithOIDC;
    const { oidc } = provided as Partial<KoaContextWithOIDC>;
    if (!oidc?.session || ctx.status >= 400 || isLate(provided)) return;
    const session = oidc.session as typeof oidc.session & { destroyed?: boolean };
    if (session.destroyed) leaveNothing(ctx);
    if (oidc.route === "end_session" && session.accountId === undefined) {
      seeOther(provided, afterSignOut(provided));
      return session.destroy();
    }
    if (oidc.route !== "end_session_confirm") return;
    seeOther(provided, afterSignOut(provided));
    if (!session.destroyed) return;
    await record({
      name: "signed-out",
      outcome: "accepted",
      subject: { sub: session.accountId ?? "" },
      clientAddress: ctx.ip,
    });
  };
}
