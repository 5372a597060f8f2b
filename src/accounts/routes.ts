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
  const addresses = (path: string) => bases.map((base) => base + path);
  const seal = pageSeal(parts.encryption, "sign-up");
  /** The sign-up that the page is about; the newest of this browser where it does not say. */
  const markOf = (ctx: Context): SignUpMark | ProvenSignUp | undefined => {
    const proven = parts.waitingSeal.open(ctx.query["of"]);
    if (proven !== undefined) return { id: proven };
    const of = seal.open(ctx.query["of"]);
    const marks = cookies.signUps(ctx);
    return of === undefined ? marks[0] : marks.find(({ id }) => id === of);
  };
  const showForm = async (ctx: Context, status: number, form: Omit<FormModel, "action">) => {
    const journey = findJourney(ctx);
    const model = {
      form: { ...form, action: pageAddress(journey, "/signup") },
      signInUrl: journey.signInUrl,
      recoveryUrl: pageAddress(journey, "/recovery"),
    };
    await renderPage(ctx, status, "accounts/sign-up", model);
  };
  const showSent = async (
    ctx: Context,
    status: number,
    notice: { resent: boolean; waitSeconds?: number },
  ) => {
    const journey = findJourney(ctx);
    const mark = markOf(ctx);
    const signUp = await signUps.find(mark);
    if (!mark) {
      seeOther(ctx, pageAddress(journey, "/signup"));
      return;
    }
    // It waited as long as the cookie that names it lives: it is gone because its address was validated.
    if (!signUp) return showDone(ctx, journey.signInUrl);
    const model = {
      email: signUp.email,
      isWaiting: !("secret" in mark),
      isRefused: signUp.isRefused,
      resendAction: pageAddress(journey, "/signup/resend", {
        of: ("secret" in mark ? seal : parts.waitingSeal).close(mark.id),
      }),
      signUpUrl: pageAddress(journey, "/signup"),
      signInUrl: journey.signInUrl,
      ...notice,
    };
    await renderPage(ctx, status, "accounts/sign-up-sent", model);
  };

  router.get(addresses("/signup"), (ctx) =>
    showForm(ctx, 200, { values: { email: findJourney(ctx).loginHint }, problems: [] }),
  );
  router.post(addresses("/signup"), async (ctx) => {
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
    if (!outcome.accepted) return showForm(ctx, 422, { values: form, problems: outcome.problems });
    cookies.addSignUp(ctx, outcome.value);
    seeOther(ctx, pageAddress(journey, "/signup/sent", { of: seal.close(outcome.value.id) }));
  });
  router.get(addresses("/signup/sent"), (ctx) =>
    showSent(ctx, 200, { resent: ctx.query["resent"] === "1" }),
  );
  router.get(addresses("/signup/resend"), (ctx) => {
    seeOther(ctx, pageAddress(findJourney(ctx), "/signup/sent", ofQuery(ctx)));
  });
  router.post(addresses("/signup/resend"), async (ctx) => {
    const spending = parts.limits.limit("resend").spending(ctx.ip);
    const journey = findJourney(ctx);
    const outcome = await signUps.resend(markOf(ctx), spending);
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
    await showSent(ctx, 429, { resent: false, waitSeconds });
  });
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
    const journey = parts.findJourney(ctx);
    const action = pageAddress(journey, "/recovery");
    const form = { action, values: { email: journey.loginHint }, problems: [] };
    await renderPage(ctx, 200, "accounts/recovery", { form, signInUrl: journey.signInUrl });
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
    if (outcome.accepted) {
      parts.cookies.setRecovery(ctx, outcome.value);
      const of = seal.close(outcome.value);
      seeOther(ctx, pageAddress(journey, "/recovery/sent", { of }));
      return;
    }
    const action = pageAddress(journey, "/recovery");
    const refusedForm = { action, values: form, problems: outcome.problems };
    const { signInUrl } = journey;
    await renderPage(ctx, 422, "accounts/recovery", { form: refusedForm, signInUrl });
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
