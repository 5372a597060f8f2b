import Router from "@koa/router";
import type { Context } from "koa";
import { type FormModel, formFields, renderPage, requestEvent, seeOther } from "../web/index.ts";
import type { Problem } from "../foundation/index.ts";
import { pageAddress } from "./journey.ts";
import { addLinkRoutes } from "./link-routes.ts";
import { pageSeal } from "./page-seal.ts";
import type { AccountRouteParts } from "./route-parts.ts";
import type { ProvenSignUp, SignUpMark } from "./sign-up.ts";

/** Every page of this room lives alone and within an authorization (contract §3). */
const bases = ["", "/interaction/:uid"];

/** The pages of sign-up, validation and recovery. */
export function accountRoutes(parts: AccountRouteParts): Router {
  const router = new Router();
  router.use(...parts.formGuards);
  addSignUpRoutes(router, parts);
  addSentRoutes(router, parts);
  addRecoveryRequestRoutes(router, parts);
  addLinkRoutes(router, parts);
  return router;
}

const signUpFields = [
  "email",
  "email_confirmation",
  "password",
  "password_confirmation",
  "given_name",
  "family_name",
] as const;

function addSignUpRoutes(router: Router, parts: AccountRouteParts): void {
  const { signUpRequests: signUps, cookies, record, findJourney } = parts;
  const addresses = bases.map((base) => `${base}/signup`);
  const seal = signUpSeal(parts);
  router.get(addresses, (ctx) =>
    showForm(ctx, parts, 200, { values: { email: findJourney(ctx).loginHint }, problems: [] }),
  );
  router.post(addresses, async (ctx) => {
    const spending = {
      judging: parts.limits.limit("new-password").spending(ctx.ip),
      keeping: parts.limits.limit("sign-up").spending(ctx.ip),
    };
    const form = formFields(ctx.request.body, signUpFields);
    const journey = findJourney(ctx);
    const outcome = await signUps.request(form, journey, spending);
    if (spending.judging.isSpent()) {
      const about = { subject: await parts.subjectOf(form.email), clientId: journey.clientId };
      await record(requestEvent(ctx, "sign-up-requested", outcome, about));
    }
    if (!outcome.accepted)
      return showForm(ctx, parts, 422, { values: form, problems: outcome.problems });
    cookies.addSignUp(ctx, outcome.value);
    seeOther(ctx, pageAddress(journey, "/signup/sent", { of: seal.close(outcome.value.id) }));
  });
}

/** Names a sign-up in the address of its page. */
const signUpSeal = ({ encryption }: AccountRouteParts) => pageSeal(encryption, "sign-up");

async function showForm(
  ctx: Context,
  { findJourney }: AccountRouteParts,
  status: number,
  form: Omit<FormModel, "action">,
): Promise<void> {
  const journey = findJourney(ctx);
  const model = {
    form: { ...form, action: pageAddress(journey, "/signup") },
    signInUrl: journey.signInUrl,
    recoveryUrl: pageAddress(journey, "/recovery"),
  };
  await renderPage(ctx, status, "accounts/sign-up", model);
}

/** « Consultez votre messagerie », and its letter once more. */
function addSentRoutes(router: Router, parts: AccountRouteParts): void {
  const { signUpRequests: signUps, record, findJourney } = parts;
  const addresses = (path: string) => bases.map((base) => base + path);
  router.get(addresses("/signup/sent"), (ctx) =>
    showSent(ctx, parts, 200, { resent: ctx.query["resent"] === "1" }),
  );
  router.get(addresses("/signup/resend"), (ctx) => {
    seeOther(ctx, pageAddress(findJourney(ctx), "/signup/sent", ofQuery(ctx)));
  });
  router.post(addresses("/signup/resend"), async (ctx) => {
    const spending = parts.limits.limit("resend").spending(ctx.ip);
    const journey = findJourney(ctx);
    const outcome = await signUps.resend(markOf(ctx, parts), spending);
    const subject = outcome.accepted ? { email: outcome.value } : undefined;
    if (spending.isSpent())
      await record(requestEvent(ctx, "validation-letter-requested", outcome, { subject }));
    if (outcome.accepted) {
      seeOther(ctx, pageAddress(journey, "/signup/sent", { resent: "1", ...ofQuery(ctx) }));
      return;
    }
    const waitSeconds = waitOf(outcome.problems);
    if (waitSeconds === undefined) {
      seeOther(ctx, pageAddress(journey, "/signup/sent", ofQuery(ctx)));
      return;
    }
    ctx.set("Retry-After", String(waitSeconds));
    await showSent(ctx, parts, 429, { resent: false, waitSeconds });
  });
}

/** The sign-up that the page is about; the newest of this browser where it does not say. */
function markOf(ctx: Context, parts: AccountRouteParts): SignUpMark | ProvenSignUp | undefined {
  const proven = parts.waitingSeal.open(ctx.query["of"]);
  if (proven !== undefined) return { id: proven };
  const of = signUpSeal(parts).open(ctx.query["of"]);
  const marks = parts.cookies.signUps(ctx);
  return of === undefined ? marks[0] : marks.find(({ id }) => id === of);
}

async function showSent(
  ctx: Context,
  parts: AccountRouteParts,
  status: number,
  notice: { resent: boolean; waitSeconds?: number },
): Promise<void> {
  const journey = parts.findJourney(ctx);
  const mark = markOf(ctx, parts);
  const signUp = await parts.signUpRequests.find(mark);
  if (!mark) {
    seeOther(ctx, pageAddress(journey, "/signup"));
    return;
  }
  // It waited as long as the cookie that names it lives: it is gone because its address was validated.
  if (!signUp) return showDone(ctx, journey.signInUrl);
  const seal = "secret" in mark ? signUpSeal(parts) : parts.waitingSeal;
  const model = {
    email: signUp.email,
    isWaiting: !("secret" in mark),
    isRefused: signUp.isRefused,
    resendAction: pageAddress(journey, "/signup/resend", { of: seal.close(mark.id) }),
    signUpUrl: pageAddress(journey, "/signup"),
    signInUrl: journey.signInUrl,
    ...notice,
  };
  await renderPage(ctx, status, "accounts/sign-up-sent", model);
}

/** A sign-up that waits no more: it was validated, perhaps on another device. */
async function showDone(ctx: Context, signInUrl: string): Promise<void> {
  await renderPage(ctx, 200, "accounts/link-refused", {
    ...{ purpose: "validation", reason: "done", nextKind: "sign-in", nextUrl: signInUrl },
  });
}

/** What a page carries on of its own address. */
function ofQuery({ query }: Context): Readonly<Record<string, string>> {
  return typeof query["of"] === "string" ? { of: query["of"] } : {};
}

function waitOf(problems: readonly Problem[]): number | undefined {
  const seconds = problems[0]?.details?.["seconds"];
  return typeof seconds === "number" ? seconds : undefined;
}

function addRecoveryRequestRoutes(router: Router, parts: AccountRouteParts): void {
  const addresses = bases.map((base) => `${base}/recovery`);
  const seal = pageSeal(parts.encryption, "sent");
  router.get(addresses, async (ctx) => {
    const { loginHint } = parts.findJourney(ctx);
    await showRecovery(ctx, parts, 200, { values: { email: loginHint }, problems: [] });
  });
  router.post(addresses, async (ctx) => {
    const spending = parts.limits.limit("recovery").spending(ctx.ip);
    const form = formFields(ctx.request.body, ["email"]);
    const journey = parts.findJourney(ctx);
    const outcome = await parts.recovery.request(form.email, journey, spending);
    if (spending.isSpent()) {
      const about = { subject: await parts.subjectOf(form.email), clientId: journey.clientId };
      await parts.record(requestEvent(ctx, "recovery-requested", outcome, about));
    }
    if (!outcome.accepted)
      return showRecovery(ctx, parts, 422, { values: form, problems: outcome.problems });
    parts.cookies.setRecovery(ctx, outcome.value);
    const of = seal.close(outcome.value);
    seeOther(ctx, pageAddress(journey, "/recovery/sent", { of }));
  });
  router.get(
    bases.map((base) => `${base}/recovery/sent`),
    async (ctx) => {
      const journey = parts.findJourney(ctx);
      const last = parts.cookies.recovery(ctx);
      if (last === undefined) {
        seeOther(ctx, pageAddress(journey, "/recovery"));
        return;
      }
      const { signInUrl } = journey;
      // Another tab may have asked for another address since.
      const email = seal.open(ctx.query["of"]) ?? last;
      const isRefused = await parts.isRefusedHere(email, parts.cookies.known(ctx));
      await renderPage(ctx, 200, "accounts/recovery-sent", { email, isRefused, signInUrl });
    },
  );
}

async function showRecovery(
  ctx: Context,
  { findJourney }: AccountRouteParts,
  status: number,
  typed: Omit<FormModel, "action">,
): Promise<void> {
  const journey = findJourney(ctx);
  const form = { ...typed, action: pageAddress(journey, "/recovery") };
  await renderPage(ctx, status, "accounts/recovery", { form, signInUrl: journey.signInUrl });
}
