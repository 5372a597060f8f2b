import type { Context } from "koa";
import {
  type Account,
  type BrowserCookies,
  type Journey,
  type Passwords,
  type Place,
  type SignIn,
  type SubjectOf,
  openedIn,
} from "../accounts/index.ts";
import { serviceName } from "../clients/index.ts";
import type { Problem } from "../foundation/index.ts";
import type { RecordEvent } from "../operations/index.ts";
import {
  type RateLimits,
  formFields,
  refusedStatus,
  renderPage,
  requestEvent,
  seeOther,
} from "../web/index.ts";
import { byPassword } from "./authentication-levels.ts";
import { isShared } from "./carried-credentials.ts";
import { type InteractionState, mayReturn } from "./interaction.ts";
import type { Question } from "./interactions.ts";
import type { Library } from "./library.ts";
import { isOwnClient } from "./own-client.ts";
import { staffIdleReason } from "./staff-idle.ts";
import type { SignOut } from "./sign-out.ts";

/** What the sign-in page is served with. */
export interface SignInQuestionParts {
  readonly library: Library;
  readonly signIn: SignIn;
  readonly passwords: Pick<Passwords, "admitted">;
  readonly signOut: SignOut;
  readonly subjectOf: SubjectOf;
  readonly findAccount: (sub: string) => Promise<Account | undefined>;
  readonly cookies: BrowserCookies;
  /** Where who gave the password of a sign-up that waits is told so. */
  readonly waitingPage: (journey: Journey, signUpId: string) => string;
  readonly limits: RateLimits;
  readonly record: RecordEvent;
}

/** Signing in, also when another account is asked for. */
export function signInQuestion(parts: SignInQuestionParts): Question {
  return {
    show: async (ctx, state) => {
      const { interaction, journey } = state;
      const sub = isConfirmation(state) ? interaction.session?.accountId : undefined;
      const known = sub === undefined ? undefined : await parts.findAccount(sub);
      const typed = { email: known?.email ?? journey.loginHint, shared_computer: "" };
      await show(ctx, state, 200, typed, []);
    },
    answer: (ctx, state) =>
      parts.passwords.admitted((place) => answerSignIn(ctx, state, parts, place)),
  };
}

async function answerSignIn(
  ctx: Context,
  state: InteractionState,
  parts: SignInQuestionParts,
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
    return show(ctx, state, status, form, outcome.problems);
  }
  const { account, provenAt, browserSecret } = outcome.value;
  if (browserSecret !== undefined) parts.cookies.setKnown(ctx, browserSecret);
  await parts.signOut.previousPerson(ctx, state.interaction, account.sub);
  const prompt = state.interaction.prompt.name;
  const answered = prompt === "login" ? {} : { [prompt]: {} };
  const { sub, credentials } = account;
  const { openedIn: from, isShared: shared } = browser;
  const login = {
    ...{ accountId: sub, ...byPassword, remember: false, ts: provenAt, credentials },
    ...{ openedIn: from, isShared: shared },
  };
  await parts.library.finish(ctx, { ...answered, login }, true);
}

/** Who confirms who they are does so on the computer that they said is shared, or did not. */
async function signingBrowser(
  ctx: Context,
  state: InteractionState,
  { cookies, library }: SignInQuestionParts,
  isTicked: boolean,
) {
  const isKept = isConfirmation(state) && isShared(await library.sessionOf(ctx));
  return { secret: cookies.known(ctx), isShared: isTicked || isKept, openedIn: openedIn(ctx) };
}

/** Signing up when the relying party asks for it (`prompt=create`); its own link leads to signing in. */
export function createQuestion(signIn: Question): Question {
  return {
    show: async (ctx, state) => {
      if (ctx.query["page"] === "sign-in") return signIn.show(ctx, state);
      seeOther(ctx, `${state.journey.base}/signup`);
    },
    answer: signIn.answer,
  };
}

async function show(
  ctx: Context,
  state: InteractionState,
  status: number,
  { email, shared_computer }: { readonly email: string; readonly shared_computer: string },
  problems: readonly Problem[],
): Promise<void> {
  const { journey, client } = state;
  const form = { action: journey.base, values: { email, shared_computer }, problems };
  const recoveryUrl = `${journey.base}/recovery`;
  if (isConfirmation(state))
    return renderPage(ctx, status, "accounts/confirm", { form, recoveryUrl });
  await renderPage(ctx, status, "accounts/sign-in", {
    form,
    signUpUrl: `${journey.base}/signup`,
    recoveryUrl,
    mayReturn: mayReturn(state),
    serviceName: serviceName(client),
  });
}

/** Our own pages ask who is signed in there for the password again: their last proof is too old for what they are about to do. */
function isConfirmation({ interaction, client }: InteractionState): boolean {
  const { session, prompt } = interaction;
  const isOwn = isOwnClient(client);
  const isOld = prompt.reasons.some((reason) => reason === "max_age" || reason === staffIdleReason);
  return isOwn && session?.accountId !== undefined && isOld;
}
