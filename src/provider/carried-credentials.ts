import type { OpenedIn } from "../accounts/index.ts";
import Provider, { type KoaContextWithOIDC } from "oidc-provider";

/** What a session, a grant, a code or a token carries beside what the library keeps. */
interface Carrier {
  /** The credentials of its account under which it was proven; undefined where release 0.2.0 wrote it. */
  credentials?: string | undefined;
}

/** What a session carries of the browser that it was opened in. */
interface SessionCarrier {
  openedIn?: OpenedIn | undefined;
  /** Whether its person said that others use the computer. */
  isShared?: boolean | undefined;
}

const browserNames = ["openedIn", "isShared"] satisfies (keyof SessionCarrier)[];

/** The name of what is carried, in a payload. */
export const credentialsName = "credentials" satisfies keyof Carrier;

/**
 * Has the library keep the credentials of what is proven: `IN_PAYLOAD` is its list of what a model's row holds. The answer
 * of an interaction takes them to the session, when the authorization is resumed.
 */
export function carryCredentials(provider: Provider): void {
  const { Session, Grant, AuthorizationCode, AccessToken, RefreshToken } = provider;
  for (const model of [Session, Grant, AuthorizationCode, AccessToken, RefreshToken]) {
    const known = (model as unknown as { readonly IN_PAYLOAD: readonly string[] }).IN_PAYLOAD;
    const ours = model === Session ? [credentialsName, ...browserNames] : [credentialsName];
    Object.defineProperty(model, "IN_PAYLOAD", { value: [...known, ...ours] });
  }
  provider.on("interaction.ended", proveSession);
  signInOnce(provider);
}

/** The interactions under way whose sign-in is in their session already. */
const repeated = new WeakSet<object>();

/**
 * The answer of a later question brings along the sign-in of an earlier one, so that it is not asked for again. The session was
 * signed in by it then, and may say more by now: another tab has proven a second factor, or turned one on. What is repeated
 * takes nothing of that away.
 */
function signInOnce({ Session }: Provider): void {
  const prototype = Session.prototype as unknown as SignedInSession;
  const signIn = prototype.loginAccount;
  prototype.loginAccount = function (details) {
    const { Interaction: interaction } = Provider.ctx?.oidc.entities ?? {};
    const { result, lastSubmission } = interaction ?? {};
    const isSame = JSON.stringify(result?.login) === JSON.stringify(lastSubmission?.login);
    if (interaction && isSame && this.accountId === details.accountId) repeated.add(interaction);
    else signIn.call(this, details);
  };
}

interface SignedInSession {
  readonly accountId?: string;
  loginAccount: (this: SignedInSession, details: { readonly accountId: string }) => void;
}

/** What is carried by what the library gives us. */
export function carriedBy(carrier: object | undefined): string | undefined {
  return (carrier as Carrier | undefined)?.credentials;
}

/** Where a session was opened. */
export function openedInOf(session: object): OpenedIn {
  return (session as SessionCarrier).openedIn ?? {};
}

/** Whether it is on a computer that others use. */
export function isShared(session: object): boolean {
  return (session as SessionCarrier).isShared === true;
}

/** Puts on a session what another one says of the browser: that they are in the same. */
export function carryBrowser(session: object, from: object): void {
  const { openedIn, isShared: shared } = from as SessionCarrier;
  Object.assign(session, { openedIn, isShared: shared } satisfies SessionCarrier);
}

/** Puts it on what is saved next. */
export function carry(carrier: object, credentials: string | undefined): void {
  (carrier as Carrier).credentials = credentials;
}

/** The library has signed the session in by the answer, and knows neither of this nor of an answer without its moment. */
function proveSession(ctx: KoaContextWithOIDC): void {
  const { session, result, entities } = ctx.oidc;
  const login = result?.login;
  if (!login || !session || (entities.Interaction && repeated.has(entities.Interaction))) return;
  carry(session, login[credentialsName] as string | undefined);
  // A second factor is given where the password was, and says nothing of it.
  if (login["openedIn"] !== undefined) carryBrowser(session, login);
  // Answered at a node of release 0.2.0: what is sure is that it was after the question.
  if (login.ts === undefined && entities.Interaction) session.loginTs = entities.Interaction.iat;
}
