import type { Context, Middleware } from "koa";
import type Provider from "oidc-provider";
import { errors } from "oidc-provider";
import type { Journey } from "../accounts/index.ts";
import type { ClientMetadata } from "../clients/index.ts";
import { type WayBack, pageState, renderPage, requestLocale } from "../web/index.ts";
import { interactionPath } from "./configuration.ts";
import type { Library } from "./library.ts";
import { goesOnOutside } from "./outlived-forms.ts";
import { isOwnClient } from "./own-client.ts";
import { keepWayBack, wayBackOf } from "./way-back.ts";

/** An authorization that waits for a person's answer, as the library keeps it. */
export type Interaction = Awaited<ReturnType<Provider["interactionDetails"]>>;

/** What an interaction page's request carries once {@link withInteraction} found it. */
export interface InteractionState {
  readonly interaction: Interaction;
  readonly client: ClientMetadata;
  readonly journey: Journey;
  /** To where its person began. */
  readonly wayBack: WayBack;
}

/** What finding an interaction needs. */
export interface InteractionFinderParts {
  /** What stands in front of each form: same origin, then the body. */
  readonly formGuards: readonly Middleware[];
  readonly library: Library;
  readonly findClient: (clientId: string) => ClientMetadata | undefined;
  /** What is known of an interaction of another browser, or an expired one, while its row is kept. */
  readonly findForeign: (uid: string) => Promise<ForeignInteraction | undefined>;
  readonly wayBack: (clientId: string | undefined) => WayBack;
}

/** An interaction that this browser holds no cookie of. */
export interface ForeignInteraction {
  readonly clientId: string;
  readonly expired: boolean;
}

const states = new WeakMap<Context, InteractionState>();

/** The interaction of a request below `/interaction/:uid`. */
export function interactionOf(ctx: Context): InteractionState {
  const state = states.get(ctx);
  if (!state) throw new Error("interactionOf needs the middleware withInteraction in front");
  return state;
}

/** Who the question is asked of, "" while nobody is signed in. */
export function subOf({ interaction }: Pick<InteractionState, "interaction">): string {
  return interaction.session?.accountId ?? "";
}

/** Whether there is a service to go back to, that would hear of it: our own pages would only ask again. */
export function mayReturn({ client }: InteractionState): boolean {
  return !isOwnClient(client);
}

/** The journey of a request: within its authorization when it has one. */
export function journeyOf(ctx: Context): Journey | undefined {
  return states.get(ctx)?.journey;
}

/**
 * Finds the interaction of a request below `/interaction/:uid`. One that expired, was answered, or
 * belongs to another browser never ends in a bare error: its page leads back to the relying party.
 * (The library cannot tell the relying party itself: panva/node-oidc-provider #801.)
 */
export function withInteraction(parts: InteractionFinderParts): Middleware {
  return async (ctx, next) => {
    const uid = /^\/interaction\/([^/]+)/i.exec(ctx.path)?.[1];
    if (uid === undefined) {
      await next();
      return;
    }
    const state = await find(ctx, parts, uid);
    if (!state) {
      const isOutside = await goesOnOutside(ctx, wayBackOf(ctx), parts.formGuards);
      await (isOutside ? next() : showInterrupted(ctx, parts, uid));
      return;
    }
    states.set(ctx, state);
    keepWayBack(ctx, uid, state.client.client_id);
    pageState(ctx).locale = state.journey.locale;
    pageState(ctx).continueUrl = state.wayBack.url;
    try {
      await next();
    } catch (error) {
      // Found above, and ended before it was answered: the same form was sent twice, or another tab was faster.
      if (!isOver(error)) throw error;
      await showInterrupted(ctx, parts, uid);
    }
  };
}

async function find(
  ctx: Context,
  parts: InteractionFinderParts,
  uid: string,
): Promise<InteractionState | undefined> {
  const interaction = await details(ctx, parts.library);
  // The cookie decides; an address of another uid in this browser is another tab's, and not this one.
  if (interaction?.uid !== uid) return undefined;
  const client = parts.findClient(String(interaction.params["client_id"]));
  if (!client || !(await leadsBack(parts.library, interaction))) return undefined;
  const wayBack = parts.wayBack(client.client_id);
  return { interaction, client, journey: journey(ctx, interaction, client), wayBack };
}

/** Whether the address that it is to lead back to is its client's still: what was registered may have been taken away since. */
async function leadsBack(library: Library, { params }: Interaction): Promise<boolean> {
  const client = await library.now().Client.find(String(params["client_id"]));
  return client?.redirectUriAllowed(String(params["redirect_uri"])) === true;
}

async function details(ctx: Context, library: Library): Promise<Interaction | undefined> {
  try {
    return await library.now().interactionDetails(ctx.req, ctx.res);
  } catch (error) {
    if (isOver(error)) return undefined;
    throw error;
  }
}

/** Whether the library finds no interaction any more, or not the session that it was for. */
function isOver(error: unknown): boolean {
  return error instanceof errors.SessionNotFound;
}

function journey(ctx: Context, interaction: Interaction, client: ClientMetadata): Journey {
  const { ui_locales: uiLocales, login_hint: loginHint } = interaction.params;
  const base = interactionPath(interaction.uid);
  return {
    base,
    clientId: client.client_id,
    locale: requestLocale(ctx, typeof uiLocales === "string" ? uiLocales : undefined),
    loginHint: typeof loginHint === "string" ? loginHint : "",
    signInUrl: interaction.prompt.name === "create" ? `${base}?page=sign-in` : base,
  };
}

async function showInterrupted(
  ctx: Context,
  parts: InteractionFinderParts,
  uid: string,
): Promise<void> {
  const foreign = await parts.findForeign(uid);
  const ownClientId = wayBackOf(ctx);
  const { url: continueUrl, serviceName } = parts.wayBack(ownClientId ?? foreign?.clientId);
  const isOwn = ownClientId !== undefined || holds(ctx, parts.library, uid);
  await renderPage(ctx, 410, "provider/interrupted", {
    continueUrl,
    serviceName,
    reason: !isOwn && foreign?.expired === false ? "foreign" : "expired",
  });
}

/** Whether this browser began it: a sign-in whose session ended in another tab meanwhile is no stranger's. */
function holds(ctx: Context, library: Library, uid: string): boolean {
  return ctx.cookies.get(library.now().cookieName("interaction"), { signed: true }) === uid;
}
