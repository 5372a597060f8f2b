import type Router from "@koa/router";
import type { Context } from "koa";
import type { Problem } from "../foundation/index.ts";
import type { EventSubject } from "../operations/index.ts";
import { formFields, refusedStatus, renderPage, requestEvent } from "../web/index.ts";
import { pageAddress } from "./journey.ts";
import type { LinkReason } from "./link.ts";
import type { OneTimeToken } from "./one-time-token-store.ts";
import type { AccountRouteParts } from "./routes.ts";
import { seeOther } from "./routes.ts";

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
    const page = await validation.inspect(token, cookies.signUp(ctx));
    if (!page.accepted) return showRefused(ctx, parts, "validation", page.problems);
    await showValidate(ctx, 200, {
      ...{ passwordNeeded: page.value.passwordNeeded, problems: [] },
      email: await addressOf(validation, token),
    });
  });
  router.post("/validate/:token", async (ctx) => {
    await parts.limits.limit("validation").consume(ctx.ip);
    const token = tokenOf(ctx);
    const form = formFields(ctx.request.body, ["password"]);
    const outcome = await validation.validate(token, cookies.signUp(ctx), form.password);
    const subject = outcome.accepted ? outcome.value : await mailedTo(parts, validation, token);
    await parts.record(requestEvent(ctx, "account-validated", outcome, { subject }));
    if (outcome.accepted) {
      seeOther(ctx, `/validate/${token}/done`);
      return;
    }
    if (isLinkProblem(outcome.problems))
      return showRefused(ctx, parts, "validation", outcome.problems);
    await showValidate(ctx, refusedStatus(ctx, outcome.problems), {
      ...{ passwordNeeded: true, problems: outcome.problems },
      email: await addressOf(validation, token),
    });
  });
  router.get("/validate/:token/done", async (ctx) => {
    const link = await validation.find(tokenOf(ctx));
    if (link?.consumedAt === undefined)
      return showRefused(ctx, parts, "validation", [{ reason: "link-unknown" }]);
    await renderPage(ctx, 200, "accounts/validated", { signInUrl: wayBack(parts, link) });
  });
}

function addNewPasswordRoutes(router: Router, parts: AccountRouteParts): void {
  const { recovery } = parts;
  router.get("/recovery/:token", async (ctx) => {
    const outcome = await recovery.inspect(tokenOf(ctx));
    if (!outcome.accepted) return showRefused(ctx, parts, "recovery", outcome.problems);
    await showNewPassword(ctx, 200, await addressOf(recovery, tokenOf(ctx)), []);
  });
  router.post("/recovery/:token", async (ctx) => {
    await parts.limits.limit("validation").consume(ctx.ip);
    const token = tokenOf(ctx);
    const form = formFields(ctx.request.body, ["password", "password_confirmation"]);
    const outcome = await recovery.setPassword(token, form);
    const subject = outcome.accepted
      ? { sub: outcome.value.sub }
      : await mailedTo(parts, recovery, token);
    await parts.record(requestEvent(ctx, "password-changed", outcome, { subject }));
    if (outcome.accepted) {
      seeOther(ctx, `/recovery/${token}/done`);
      return;
    }
    if (isLinkProblem(outcome.problems))
      return showRefused(ctx, parts, "recovery", outcome.problems);
    await showNewPassword(ctx, 422, await addressOf(recovery, token), outcome.problems);
  });
  router.get("/recovery/:token/done", async (ctx) => {
    const link = await recovery.find(tokenOf(ctx));
    if (link?.consumedAt === undefined)
      return showRefused(ctx, parts, "recovery", [{ reason: "link-unknown" }]);
    await renderPage(ctx, 200, "accounts/password-changed", { signInUrl: wayBack(parts, link) });
  });
}

/** A request of a mailed link's page. */
type LinkContext = Context & { params: Record<string, string> };

/** Whom a link was mailed to, if it is one of ours. */
async function mailedTo(
  { subjectOf }: Pick<AccountRouteParts, "subjectOf">,
  links: Pick<AccountRouteParts["recovery"], "find">,
  token: string,
): Promise<EventSubject | undefined> {
  const link = await links.find(token);
  return link?.email && subjectOf(link.email);
}

/** The address that a link was mailed to, for the page that it opens; whoever has the link reads the mailbox. */
async function addressOf(
  links: Pick<AccountRouteParts["recovery"], "find">,
  token: string,
): Promise<string> {
  return (await links.find(token))?.email ?? "";
}

function tokenOf(ctx: LinkContext): string {
  return ctx.params["token"] ?? "";
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
  await renderPage(ctx, status, "accounts/validate", {
    form: { action: ctx.path, values: {}, problems },
    email,
    passwordNeeded,
  });
}

async function showNewPassword(
  ctx: Context,
  status: number,
  email: string,
  problems: readonly Problem[],
): Promise<void> {
  await renderPage(ctx, status, "accounts/new-password", {
    form: { action: ctx.path, values: {}, problems },
    email,
  });
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
  ctx: LinkContext,
  parts: AccountRouteParts,
  purpose: "validation" | "recovery",
  problems: readonly Problem[],
): Promise<void> {
  const reason = problems[0]?.reason;
  const link = await parts[purpose].find(tokenOf(ctx));
  const served = reason === "link-used" || reason === "link-overtaken";
  const shown = served ? "used" : reason === "link-expired" ? "expired" : "unknown";
  const next = wayOn(parts, purpose, link, served);
  await renderPage(ctx, 410, "accounts/link-refused", { purpose, reason: shown, ...next });
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
