import Router from "@koa/router";
import type { Context, Middleware } from "koa";
import type { Encryption, Outcome, Problem } from "../foundation/index.ts";
import type { EventName, EventSubject, RecordEvent } from "../operations/index.ts";
import {
  type RateLimits,
  formFields,
  refusedStatus,
  renderPage,
  requestEvent,
  seeOther,
  requestOrigin,
} from "../web/index.ts";
import type { Account } from "./account.ts";
import type { AddressChanges } from "./address-change.ts";
import type { AddressChange } from "./address-change-store.ts";
import type { BrowserCookies } from "./browser-cookies.ts";
import { type LinkReason, secretOfLink, deadLinkState } from "./link.ts";
import { pageSeal } from "./page-seal.ts";
import { spendingOf } from "./own-password.ts";
import type { SignedInDoors } from "./signed-in.ts";

/** What the pages of a change of address are served with. */
export interface AddressPageParts extends SignedInDoors {
  readonly addressChange: AddressChanges;
  readonly cookies: BrowserCookies;
  readonly encryption: Encryption;
  readonly limits: RateLimits;
  readonly record: RecordEvent;
  /** What stands in front of each form: same origin, then the body. */
  readonly formGuards: readonly Middleware[];
}

const formPath = "/account/email";

/** `/account/email`: asks for the new address; `/account/email/:token`, the link that was mailed to it. */
export function addressRoutes(parts: AddressPageParts): Router {
  const { addressChange, cookies, limits } = parts;
  const router = new Router();
  const seal = pageSeal(parts.encryption, "sent");
  router.use(...parts.formGuards);
  router.get(
    formPath,
    parts.signedIn(formPath, (ctx, { email }) => showForm(ctx, email, {}, [])),
  );
  router.post(
    formPath,
    parts.signedIn(formPath, async (ctx, account) => {
      const spending = spendingOf(account, limits.limit("resend").spending(ctx.ip));
      const fields = ["email", "email_confirmation", "current_password"] as const;
      const form = formFields(ctx.request.body, fields);
      const mark = cookies.known(ctx);
      const origin = requestOrigin(ctx);
      const outcome = await addressChange.request(account, form, mark, spending, origin);
      if (!outcome.accepted) {
        if (spending.isSpent())
          await recordOf(ctx, parts, "address-change-requested", outcome, { sub: account.sub });
        return showForm(ctx, account.email, form, outcome.problems);
      }
      cookies.setRecovery(ctx, outcome.value);
      const of = encodeURIComponent(seal.close(outcome.value));
      seeOther(ctx, `${formPath}/sent?of=${of}`);
    }),
  );
  addSentPage(router, parts);
  addLinkPages(router, parts);
  return router;
}

function addSentPage(router: Router, { signedIn, cookies, encryption }: AddressPageParts): void {
  const seal = pageSeal(encryption, "sent");
  router.get(
    `${formPath}/sent`,
    signedIn(formPath, (ctx) => {
      const last = cookies.recovery(ctx);
      if (last === undefined) {
        seeOther(ctx, formPath);
        return;
      }
      const email = seal.open(ctx.query["of"]) ?? last;
      return renderPage(ctx, 200, "accounts/email-sent", { email, backUrl: "/account" });
    }),
  );
}

function addLinkPages(router: Router, parts: AddressPageParts): void {
  const { addressChange, cookies, limits } = parts;
  router.get(`${formPath}/:token`, async (ctx) => {
    const outcome = await addressChange.inspect(secretOfLink(ctx.params["token"]));
    if (!outcome.accepted) return showRefused(ctx, outcome.problems);
    await showLink(ctx, outcome.value, []);
  });
  router.post(`${formPath}/:token`, async (ctx) => {
    const spending = limits.limit("validation").spending(ctx.ip);
    const token = secretOfLink(ctx.params["token"]);
    const form = formFields(ctx.request.body, ["password"]);
    const mark = cookies.known(ctx);
    const outcome = await addressChange.confirm(
      token,
      form.password,
      mark,
      spending,
      requestOrigin(ctx),
    );
    if (outcome.accepted) {
      seeOther(ctx, `${formPath}/${token}/done`);
      return;
    }
    const change = await addressChange.find(token);
    const subject = change && { sub: change.accountSub };
    if (spending.isSpent()) await recordOf(ctx, parts, "address-changed", outcome, subject);
    if (!change || isLinkProblem(outcome.problems)) return showRefused(ctx, outcome.problems);
    await showLink(ctx, change, outcome.problems);
  });
  router.get(`${formPath}/:token/done`, async (ctx) => {
    const change = await addressChange.find(secretOfLink(ctx.params["token"]));
    if (change?.consumedAt === undefined) return showRefused(ctx, [{ reason: "link-unknown" }]);
    const model = { email: change.email, signInUrl: "/sign-in?return_to=/account" };
    await renderPage(ctx, 200, "accounts/email-changed", model);
  });
}

async function recordOf(
  ctx: Context,
  { record }: AddressPageParts,
  name: EventName,
  outcome: Outcome<unknown, string>,
  person: (Pick<Account, "sub"> & Partial<Pick<Account, "email">>) | undefined,
): Promise<void> {
  const subject: EventSubject | undefined = person && { sub: person.sub, email: person.email };
  await record(requestEvent(ctx, name, outcome, { subject }));
}

async function showForm(
  ctx: Context,
  currentEmail: string,
  typed: Readonly<Record<string, string>>,
  problems: readonly Problem[],
): Promise<void> {
  await renderPage(ctx, statusOf(ctx, problems), "accounts/email", {
    form: { action: formPath, values: typed, problems },
    currentEmail,
    backUrl: "/account",
  });
}

async function showLink(
  ctx: Context,
  { email, askedBy }: Pick<AddressChange, "email" | "askedBy">,
  problems: readonly Problem[],
): Promise<void> {
  await renderPage(ctx, statusOf(ctx, problems), "accounts/email-link", {
    form: { action: ctx.path, values: {}, problems },
    email,
    asksPassword: askedBy === undefined,
  });
}

const linkReasons: ReadonlySet<string> = new Set<LinkReason>([
  "link-expired",
  "link-used",
  "link-unknown",
]);

function isLinkProblem(problems: readonly Problem[]): boolean {
  return problems.some((problem) => linkReasons.has(problem.reason));
}

/** A link that opens nothing any more says so and leads on; 410, for it will not come back. */
async function showRefused(ctx: Context, problems: readonly Problem[]): Promise<void> {
  await renderPage(ctx, 410, "accounts/link-refused", {
    purpose: "email",
    reason: deadLinkState(problems[0]?.reason),
    nextUrl: "/account",
    nextKind: "account",
  });
}

function statusOf(ctx: Context, problems: readonly Problem[]): number {
  return problems.length > 0 ? refusedStatus(ctx, problems) : 200;
}
