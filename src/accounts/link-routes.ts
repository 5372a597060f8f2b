import type Router from "@koa/router";
import type { Context } from "koa";
import type { Problem } from "../foundation/index.ts";
import type { EventSubject } from "../operations/index.ts";
import {
  formFields,
  languageSwitch,
  pageState,
  refusedStatus,
  renderPage,
  requestEvent,
  seeOther,
  requestOrigin,
} from "../web/index.ts";
import { pageAddress } from "./journey.ts";
import { type LinkReason, secretOfLink, deadLinkState } from "./link.ts";
import type { OneTimeToken } from "./one-time-token-store.ts";
import type { AccountRouteParts } from "./route-parts.ts";

/**
 * The pages that mailed links open. A GET changes nothing, for mail scanners open every link; only
 * the button of the page does.
 */
export function addLinkRoutes(router: Router, parts: AccountRouteParts): void {
  addValidationRoutes(router, parts);
  addNewPasswordRoutes(router, parts);
}

function addValidationRoutes(router: Router, parts: AccountRouteParts): void {
  const { validation, cookies } = parts;
  router.get("/validate/:token", async (ctx) => {
    const token = tokenOf(ctx);
    const page = await validation.inspect(token, cookies.signUps(ctx));
    if (!page.accepted)
      return showRefused(ctx, parts, "validation", page.problems, await validation.find(token));
    await showValidate(ctx, 200, { ...page.value, problems: [] });
  });
  router.post("/validate/:token", async (ctx) => {
    const spending = parts.limits.limit("validation").spending(ctx.ip);
    const token = tokenOf(ctx);
    const form = formFields(ctx.request.body, ["password"]);
    const marks = cookies.signUps(ctx);
    const outcome = await validation.validate(token, marks, form.password, {
      ...{ spending, context: requestOrigin(ctx) },
    });
    if (outcome.accepted) {
      seeOther(ctx, `/validate/${token}/done`, saidLanguage(ctx));
      return;
    }
    const link = await validation.find(token);
    if (spending.isSpent()) {
      const subject = await mailedTo(parts, link);
      await parts.record(requestEvent(ctx, "account-validated", outcome, { subject }));
    }
    if (isLinkProblem(outcome.problems))
      return showRefused(ctx, parts, "validation", outcome.problems, link);
    await showValidate(ctx, refusedStatus(ctx, outcome.problems), {
      ...{ passwordNeeded: true, problems: outcome.problems, email: link?.email ?? "" },
    });
  });
  addChosenPasswordRoutes(router, parts);
  router.get("/validate/:token/done", async (ctx) => {
    const link = await validation.find(tokenOf(ctx));
    if (link?.consumedAt === undefined)
      return showRefused(ctx, parts, "validation", [{ reason: "link-unknown" }], link);
    await renderPage(ctx, 200, "accounts/validated", { signInUrl: wayBack(parts, link) });
  });
}

/** Who forgot the password of their sign-up chooses one with the link. */
function addChosenPasswordRoutes(router: Router, parts: AccountRouteParts): void {
  const { validation } = parts;
  const path = "/validate/:token/password";
  router.get(path, async (ctx) => {
    const token = tokenOf(ctx);
    const page = await validation.inspect(token, []);
    if (!page.accepted)
      return showRefused(ctx, parts, "validation", page.problems, await validation.find(token));
    await showNewPassword(ctx, 200, { email: page.value.email, validates: true, problems: [] });
  });
  router.post(path, async (ctx) => {
    const spending = {
      judging: parts.limits.limit("new-password").spending(ctx.ip),
      keeping: parts.limits.limit("validation").spending(ctx.ip),
    };
    const token = tokenOf(ctx);
    const form = formFields(ctx.request.body, ["password", "password_confirmation"]);
    const outcome = await validation.validateAnew(token, form, {
      ...{ spending, context: requestOrigin(ctx) },
    });
    if (outcome.accepted) {
      seeOther(ctx, `/validate/${token}/done`, saidLanguage(ctx));
      return;
    }
    const link = await validation.find(token);
    if (spending.judging.isSpent()) {
      const subject = await mailedTo(parts, link);
      await parts.record(requestEvent(ctx, "account-validated", outcome, { subject }));
    }
    const { problems } = outcome;
    if (isLinkProblem(problems)) return showRefused(ctx, parts, "validation", problems, link);
    await showNewPassword(ctx, 422, { email: link?.email ?? "", validates: true, problems });
  });
}

function addNewPasswordRoutes(router: Router, parts: AccountRouteParts): void {
  const { recovery } = parts;
  router.get("/recovery/:token", async (ctx) => {
    const token = tokenOf(ctx);
    const outcome = await recovery.inspect(token);
    if (!outcome.accepted)
      return showRefused(ctx, parts, "recovery", outcome.problems, await recovery.find(token));
    await showNewPassword(ctx, 200, { ...outcome.value, validates: false, problems: [] });
  });
  router.post("/recovery/:token", async (ctx) => {
    const spending = parts.limits.limit("validation").spending(ctx.ip);
    const token = tokenOf(ctx);
    const form = formFields(ctx.request.body, ["password", "password_confirmation"]);
    const outcome = await recovery.setPassword(token, form, spending, requestOrigin(ctx));
    if (outcome.accepted) {
      seeOther(ctx, `/recovery/${token}/done`);
      return;
    }
    const link = await recovery.find(token);
    if (spending.isSpent()) {
      const subject = await mailedTo(parts, link);
      await parts.record(requestEvent(ctx, "password-changed", outcome, { subject }));
    }
    if (isLinkProblem(outcome.problems))
      return showRefused(ctx, parts, "recovery", outcome.problems, link);
    const { problems } = outcome;
    await showNewPassword(ctx, 422, { email: link?.email ?? "", validates: false, problems });
  });
  router.get("/recovery/:token/done", async (ctx) => {
    const link = await recovery.find(tokenOf(ctx));
    if (link?.consumedAt === undefined)
      return showRefused(ctx, parts, "recovery", [{ reason: "link-unknown" }], link);
    await renderPage(ctx, 200, "accounts/password-changed", { signInUrl: wayBack(parts, link) });
  });
}

/** A request of a mailed link's page. */
type LinkContext = Context & { params: Record<string, string> };

/** Whom a link was mailed to, if it is one of ours. */
async function mailedTo(
  { subjectOf }: Pick<AccountRouteParts, "subjectOf">,
  link: OneTimeToken | undefined,
): Promise<EventSubject | undefined> {
  return link?.email && subjectOf(link.email);
}

function tokenOf(ctx: LinkContext): string {
  return secretOfLink(ctx.params["token"]);
}

/** The language that the address asks for: the page of a mailed link has one button, so the other language is a link. */
function saidLanguage(ctx: Context): Readonly<Record<string, string>> {
  const asked = ctx.query["ui_locales"];
  return typeof asked === "string" ? { ui_locales: asked } : {};
}

async function showValidate(
  ctx: Context,
  status: number,
  model: {
    readonly email: string;
    readonly passwordNeeded: boolean;
    readonly problems: readonly Problem[];
  },
): Promise<void> {
  const { email, passwordNeeded, problems } = model;
  const query = new URLSearchParams(saidLanguage(ctx)).toString();
  const said = query && `?${query}`;
  await renderPage(ctx, status, "accounts/validate", {
    isOfOneLanguage: true,
    otherLanguageUrl: `${ctx.path}?ui_locales=${languageSwitch(pageState(ctx).locale ?? "fr").other}`,
    form: { action: ctx.path + said, values: {}, problems },
    email,
    passwordNeeded,
    newPasswordUrl: `${ctx.path}/password${said}`,
  });
}

async function showNewPassword(
  ctx: Context,
  status: number,
  model: {
    readonly email: string;
    readonly validates: boolean;
    readonly problems: readonly Problem[];
  },
): Promise<void> {
  const { problems, ...shown } = model;
  const form = { action: ctx.path, values: {}, problems };
  await renderPage(ctx, status, "accounts/new-password", { form, ...shown });
}

function wayBack(parts: AccountRouteParts, link: OneTimeToken): string {
  return parts.startAgain(link.clientId, link.email);
}

const linkReasons: ReadonlySet<string> = new Set<LinkReason>([
  "link-expired",
  "link-used",
  "link-replaced",
  "link-overtaken",
  "link-unknown",
]);

function isLinkProblem(problems: readonly Problem[]): boolean {
  return problems.some((problem) => linkReasons.has(problem.reason));
}

/** A link that opens nothing any more says so and leads on; 410, for it will not come back. */
async function showRefused(
  ctx: Context,
  parts: AccountRouteParts,
  purpose: "validation" | "recovery",
  problems: readonly Problem[],
  link: OneTimeToken | undefined,
): Promise<void> {
  const reason = deadLinkState(problems[0]?.reason);
  const next = wayOn(parts, purpose, link, reason === "used");
  await renderPage(ctx, 410, "accounts/link-refused", { purpose, reason, ...next });
}

/** What is left to do behind a dead link, at the relying party that started it all whenever the link is one of ours. */
function wayOn(
  parts: AccountRouteParts,
  purpose: "validation" | "recovery",
  link: OneTimeToken | undefined,
  served: boolean,
): { readonly nextKind: "sign-in" | "recovery" | "sign-up"; readonly nextUrl: string } {
  if (link && served) return { nextKind: "sign-in", nextUrl: wayBack(parts, link) };
  const journey = { base: "", clientId: link?.clientId };
  return purpose === "recovery"
    ? { nextKind: "recovery", nextUrl: pageAddress(journey, "/recovery") }
    : { nextKind: "sign-up", nextUrl: pageAddress(journey, "/signup") };
}
