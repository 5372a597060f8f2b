import { type KoaContextWithOIDC, errors } from "oidc-provider";

/** What the library keeps in the session while the sign-out is asked about. */
interface SignOutState {
  readonly secret: string;
  readonly clientId?: string;
  readonly postLogoutRedirectUri?: string;
  /** What the relying party wants back. */
  readonly state?: string;
}

/** What a relying party asks of a sign-out, by the parameters of its request. */
export type AskedSignOut = Readonly<
  Partial<Record<"client_id" | "post_logout_redirect_uri" | "state" | "ui_locales", string>>
>;

/** What the library keeps of the sign-out that is asked about: one for all tabs, the last. */
export function signOutState(ctx: KoaContextWithOIDC): SignOutState | undefined {
  return ctx.oidc.session?.state as SignOutState | undefined;
}

/** What the form of the question brings along: the library forgets it with another tab's question, or its answer. */
export function askedOf(ctx: KoaContextWithOIDC): AskedSignOut {
  const kept = signOutState(ctx);
  return texts({
    client_id: kept?.clientId ?? "",
    post_logout_redirect_uri: kept?.postLogoutRedirectUri,
    state: kept?.state,
    ui_locales: ctx.oidc.params?.["ui_locales"],
  });
}

/** The requests under way whose form was late: nothing of theirs has ended. */
const lateForms = new WeakSet<KoaContextWithOIDC>();

/** Whether {@link afterLateForm} has led this request on. */
export function isLate(ctx: KoaContextWithOIDC): boolean {
  return lateForms.has(ctx);
}

/**
 * Where the form of a question leads that is the session's no more: another tab has asked or answered it meanwhile, or
 * another person has signed in. Who is signed in still is asked anew; who is not, or stays, goes back to their service.
 * @returns undefined where the form is none of our page, or what was wrong with it is something else
 */
export function afterLateForm(
  ctx: KoaContextWithOIDC,
  cause: Error,
  isKnown: (clientId: string) => boolean,
): string | undefined {
  const { route, session, body = {} } = ctx.oidc;
  const sent = texts(body);
  if (route !== "end_session_confirm" || !(cause instanceof errors.InvalidRequest)) return;
  // Our page says whence it was asked, also where that is nowhere.
  if (sent.client_id === undefined || !(sent.client_id === "" || isKnown(sent.client_id))) return;
  lateForms.add(ctx);
  const isAskedAnew = session?.accountId !== undefined && body["logout"] !== undefined;
  return addressOf(ctx, isAskedAnew ? "end_session" : "end_session_success", sent);
}

/** Back to the relying party where it asked for that, else to our page, which knows who it was. */
export function afterSignOut(ctx: KoaContextWithOIDC): string {
  const { client, params, route, body = {} } = ctx.oidc;
  const kept = signOutState(ctx);
  // The session keeps it until the library forgets it (« Rester connecté »): then what our form brought along.
  const asked = kept ? askedOf(ctx) : texts(body);
  const { post_logout_redirect_uri: back, state } = asked;
  if (back !== undefined && route === "end_session") return withState(back, state);
  // What follows our form leaves us by a page (`leavesByPage`): the address of that one says where to.
  return addressOf(ctx, "end_session_success", {
    ...texts({
      client_id: client?.clientId,
      ui_locales: params?.["ui_locales"] ?? body["ui_locales"],
    }),
    ...(back !== undefined && texts({ post_logout_redirect_uri: back, state })),
  });
}

/** Where our page after a sign-out leads on to: only to an address that the client registered. */
export function postLogoutTarget(ctx: KoaContextWithOIDC): string | undefined {
  const { post_logout_redirect_uri: back, state } = ctx.query;
  if (typeof back !== "string" || !ctx.oidc.client?.postLogoutRedirectUriAllowed(back)) return;
  return withState(back, typeof state === "string" ? state : undefined);
}

const names = ["client_id", "post_logout_redirect_uri", "state", "ui_locales"] as const;

function texts(values: Readonly<Record<string, unknown>>): AskedSignOut {
  const given = names.filter((name) => typeof values[name] === "string");
  return Object.fromEntries(given.map((name) => [name, values[name]]));
}

function addressOf(ctx: KoaContextWithOIDC, route: string, asked: AskedSignOut): string {
  const url = new URL(ctx.oidc.urlFor(route));
  for (const [name, value] of Object.entries(asked))
    if (value !== "") url.searchParams.set(name, value);
  return url.href;
}

function withState(address: string, state: string | undefined): string {
  const url = new URL(address);
  if (state !== undefined) url.searchParams.set("state", state);
  return url.href;
}
