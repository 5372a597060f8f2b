import type { Context } from "koa";
import {
  type BrowserCookies,
  type Journey,
  type Passwords,
  type Place,
  type SignIn,
  type SignedIn,
  type SigningBrowser,
  type SubjectOf,
  openedIn,
} from "../accounts/index.ts";
import type { RecordEvent } from "../operations/index.ts";
import {
  type RateLimits,
  formFields,
  refusedStatus,
  requestEvent,
  seeOther,
} from "../web/index.ts";
import { type AuthenticationMethods, byPasskey, byPassword } from "./authentication-levels.ts";
import { isShared } from "./carried-credentials.ts";
import type { InteractionState } from "./interaction.ts";
import type { Library } from "./library.ts";
import {
  type SignInPageParts,
  askedSignIn,
  asksPassword,
  isConfirmation,
  showSignIn,
} from "./sign-in-page.ts";
import type { SignOut } from "./sign-out.ts";

/** What a sign-in is answered with. */
export interface SignInAnswerParts extends SignInPageParts {
  readonly library: Library;
  readonly signIn: SignIn;
  readonly passwords: Pick<Passwords, "admitted">;
  readonly signOut: SignOut;
  readonly subjectOf: SubjectOf;
  readonly cookies: BrowserCookies;
  /** Where who gave the password of a sign-up that waits is told so. */
  readonly waitingPage: (journey: Journey, signUpId: string) => string;
  readonly limits: RateLimits;
  readonly record: RecordEvent;
}

/** Answers the form of the password. */
export async function answerByPassword(
  ctx: Context,
  state: InteractionState,
  parts: SignInAnswerParts,
  place: Place,
): Promise<void> {
  const spending = parts.limits.limit("sign-in").spending(ctx.ip);
  const form = formFields(ctx.request.body, ["email", "password", "shared_computer"]);
  const browser = await signingBrowser(ctx, state, parts, form.shared_computer !== "");
  const outcome = await parts.signIn(form, browser, place, spending);
  if (spending.isSpent()) {
    const subject = outcome.accepted
      ? { sub: outcome.value.account.sub }
      : await parts.subjectOf(form.email);
    const about = { subject, clientId: state.client.client_id };
    await parts.record(requestEvent(ctx, "signed-in", outcome, about));
  }
  if (!outcome.accepted) {
    const waiting = outcome.problems[0].details?.["signUp"];
    if (typeof waiting === "string") {
      seeOther(ctx, parts.waitingPage(state.journey, waiting));
      return;
    }
    const status = refusedStatus(ctx, outcome.problems);
    return showSignIn(ctx, state, parts, status, form, outcome.problems);
  }
  await finishSignIn(ctx, state, parts, { ...outcome.value, browser, methods: byPassword });
}

/** Answers with what a passkey said: it names its account by itself. */
export async function answerByPasskey(
  ctx: Context,
  state: InteractionState,
  parts: SignInAnswerParts,
): Promise<void> {
  const form = formFields(ctx.request.body, ["credential", "challenge", "shared_computer"]);
  const again = { email: "", shared_computer: form.shared_computer };
  if (asksPassword(state))
    return showSignIn(ctx, state, parts, 422, again, [{ reason: "passkey-not-alone" }]);
  const spending = parts.limits.limit("sign-in").spending(ctx.ip);
  const browser = await signingBrowser(ctx, state, parts, form.shared_computer !== "");
  const asked = askedSignIn(state);
  const { outcome, sub } = await parts.passkeySignIn.answer(asked, form, browser, spending);
  if (spending.isSpent()) {
    const about = {
      ...{ clientId: state.client.client_id, details: { by: "passkey" } },
      ...(sub !== undefined && { subject: { sub } }),
    };
    await parts.record(requestEvent(ctx, "signed-in", outcome, about));
  }
  if (!outcome.accepted) return showSignIn(ctx, state, parts, 422, again, outcome.problems);
  const methods = byPasskey(outcome.value.method);
  await finishSignIn(ctx, state, parts, { ...outcome.value, browser, methods });
}

/** Who signed in, where and how: the session that the authorization goes on in is made of it. */
async function finishSignIn(
  ctx: Context,
  state: InteractionState,
  parts: SignInAnswerParts,
  signedIn: SignedIn & {
    readonly browser: SigningBrowser;
    readonly methods: AuthenticationMethods;
  },
): Promise<void> {
  const { account, provenAt, browserSecret, browser, methods } = signedIn;
  if (browserSecret !== undefined) parts.cookies.setKnown(ctx, browserSecret);
  await parts.signOut.previousPerson(ctx, state.interaction, account.sub);
  const prompt = state.interaction.prompt.name;
  const { sub, credentials } = account;
  const { openedIn: from, isShared: shared } = browser;
  const login = {
    ...{ accountId: sub, ...methods, remember: false, ts: provenAt, credentials },
    ...{ openedIn: from, isShared: shared },
  };
  // What somebody else answered here before counts for them alone.
  const former = state.interaction.lastSubmission?.login?.accountId;
  const isTheirs = former === undefined || former === sub;
  // Whoever signs in has picked their account by it, and needs none to be made, wherever in their order the questions were asked for.
  const answers = { [prompt]: {}, create: {}, select_account: {}, login };
  await parts.library.finish(ctx, answers, isTheirs);
}

/** Who confirms who they are does so on the computer that they said is shared, or did not. */
async function signingBrowser(
  ctx: Context,
  state: InteractionState,
  { cookies, library }: SignInAnswerParts,
  isTicked: boolean,
): Promise<SigningBrowser> {
  const isKept = isConfirmation(state) && isShared(await library.sessionOf(ctx));
  return { secret: cookies.known(ctx), isShared: isTicked || isKept, openedIn: openedIn(ctx) };
}
