import Router from "@koa/router";
import type { Context, Middleware } from "koa";
import type { Account, OwnSessions, ReadSession, SignedInDoors } from "../accounts/index.ts";
import type { Outcome, Problem } from "../foundation/index.ts";
import type { EventName, RecordEvent } from "../operations/index.ts";
import {
  type RateLimits,
  formFields,
  renderPage,
  requestEvent,
  requestOrigin,
  seeOther,
} from "../web/index.ts";
import { isCode } from "./code-checks.ts";
import { askLastFactor, askRemoval, confirmation, isConfirmed } from "./factor-questions.ts";
import type { Enrolled } from "./factor-method.ts";
import { isCredential } from "./passkey-verification.ts";
import { passkeyModel } from "./passkeys.ts";
import type { Removal, RemovalReason } from "./factor-changes.ts";
import { forgetProposal } from "./proposed-application.ts";
import { addRecoveryCodeRoutes } from "./recovery-code-routes.ts";
import type { SecondFactors } from "./second-factors.ts";
import {
  applicationPath,
  codesPath,
  home,
  newPasskeyPath,
  removalPath,
  showApplication,
  showSecurity,
} from "./security-pages.ts";
import type { ShownCodesCookie } from "./shown-codes.ts";

/** What the page of a person's second factors is served with. */
export interface SecurityPageParts extends SignedInDoors {
  readonly secondFactors: SecondFactors;
  readonly sessions: OwnSessions;
  readonly readSession: ReadSession;
  readonly shownCodes: ShownCodesCookie;
  readonly limits: RateLimits;
  readonly record: RecordEvent;
  /** What stands in front of each form: same origin, then the body. */
  readonly formGuards: readonly Middleware[];
}

/** The pages that a sign-in may return to. */
export const securityPages = [home, applicationPath, newPasskeyPath] as const;

/** `/account/security`: second factors, turned on and off by their person. */
export function securityRoutes(parts: SecurityPageParts): Router {
  const router = new Router();
  router.use(...parts.formGuards);
  router.get(
    home,
    parts.signedIn(home, (ctx, account) => showSecurity(ctx, parts.secondFactors, account)),
  );
  addApplicationRoutes(router, parts);
  addPasskeyRoutes(router, parts);
  addRecoveryCodeRoutes(router, parts);
  return router;
}

/** A form that turns a factor on. Staff turn their first one on where the back office asks for it, with its code. */
function enrolmentForm(
  { secondFactors: { staff }, freshlySignedIn }: SecurityPageParts,
  path: string,
  answer: Parameters<SignedInDoors["freshlySignedIn"]>[1],
): ReturnType<SignedInDoors["freshlySignedIn"]> {
  return freshlySignedIn(path, async (ctx, account) =>
    (await staff.asksCode(account))
      ? seeOther(ctx, "/sign-in?return_to=/admin")
      : answer(ctx, account),
  );
}

function addApplicationRoutes(router: Router, parts: SecurityPageParts): void {
  const { totp, held } = parts.secondFactors;
  router.get(
    applicationPath,
    enrolmentForm(parts, applicationPath, async (ctx, account) => {
      const { totpSince } = await held(account.sub);
      if (totpSince !== undefined) {
        seeOther(ctx, home);
        return;
      }
      await showApplication(ctx, parts, account, { problems: [] });
    }),
  );
  router.post(
    applicationPath,
    enrolmentForm(parts, applicationPath, async (ctx, account) => {
      const form = formFields(ctx.request.body, ["code", "enrolment"]);
      const spending = parts.limits.limit("sign-in").spending(ctx.ip);
      if (isCode(form.code)) await spending.spend(`account:${account.sub}`);
      const outcome = await totp.enrol(account, form, undefined, requestOrigin(ctx));
      if (spending.isSpent())
        await recordRefused(ctx, parts, account, "second-factor-added", outcome);
      const again = (problems: readonly Problem[]) =>
        showApplication(ctx, parts, account, { enrolment: form.enrolment, problems });
      if (!outcome.accepted) return refusedTo(ctx, outcome.problems, again);
      forgetProposal(ctx, { path: applicationPath });
      await turnedOn(ctx, parts, account, outcome.value);
    }),
  );
  router.post(
    removalPath(undefined),
    parts.freshlySignedIn(home, async (ctx, account) => {
      await turnOff(ctx, parts, account, {
        credentialId: undefined,
        remove: (removal) => totp.remove(account, removal),
      });
    }),
  );
}

function addPasskeyRoutes(router: Router, parts: SecurityPageParts): void {
  const { passkeys } = parts.secondFactors;
  const show = async (ctx: Context, account: Account, problems: readonly Problem[]) => {
    await renderPage(ctx, problems.length > 0 ? 422 : 200, "second-factors/new-passkey", {
      isSecret: true,
      form: { action: newPasskeyPath, values: {}, problems },
      passkey: passkeyModel(await passkeys.proposeEnrolment(account)),
      backUrl: home,
    });
  };
  router.get(
    newPasskeyPath,
    enrolmentForm(parts, newPasskeyPath, (ctx, account) => show(ctx, account, [])),
  );
  router.post(
    newPasskeyPath,
    enrolmentForm(parts, newPasskeyPath, async (ctx, account) => {
      const form = formFields(ctx.request.body, ["credential", "challenge", "passkey_name"]);
      const spending = parts.limits.limit("sign-in").spending(ctx.ip);
      if (isCredential(form.credential)) await spending.spend(`account:${account.sub}`);
      const origin = requestOrigin(ctx);
      const name = form.passkey_name;
      const outcome = await passkeys.enrol(account, form, name, undefined, origin);
      if (spending.isSpent())
        await recordRefused(ctx, parts, account, "second-factor-added", outcome);
      if (!outcome.accepted)
        return refusedTo(ctx, outcome.problems, (problems) => show(ctx, account, problems));
      await turnedOn(ctx, parts, account, outcome.value);
    }),
  );
  router.post(
    `${home}/passkeys/:id/remove`,
    parts.freshlySignedIn(home, async (ctx, account) => {
      const credentialId = ctx.params["id"] ?? "";
      const remove = (removal: Removal) => passkeys.remove(account, credentialId, removal);
      await turnOff(ctx, parts, account, { credentialId, remove });
    }),
  );
}

/** What keeps a factor from being turned on: its page says so, but for a session that was ended meanwhile. */
async function refusedTo(
  ctx: Context,
  problems: readonly [Problem, ...Problem[]],
  show: (problems: readonly Problem[]) => Promise<void>,
): Promise<void> {
  if (problems[0].reason === "proof-void") leadHome(ctx);
  else await show(problems);
}

/** Nothing was changed: the page, or the sign-in in front of it, shows what there is now. */
function leadHome(ctx: Context): void {
  seeOther(ctx, home);
}

/** The browser that turned it on has just proved it: its session goes on, stronger. */
async function turnedOn(
  ctx: Context,
  parts: SecurityPageParts,
  account: Account,
  enrolled: Enrolled,
): Promise<void> {
  await parts.sessions.strengthen(ctx, account, enrolled.method);
  await parts.secondFactors.forgive(account.sub);
  parts.shownCodes.set(ctx, codesPath, account.sub, enrolled);
  seeOther(ctx, codesPath);
}

/** A factor that is to be turned off. */
interface FactorToRemove {
  /** That of a passkey; undefined for the application. */
  readonly credentialId: string | undefined;
  readonly remove: (removal: Removal) => Promise<Outcome<Account, RemovalReason>>;
}

/**
 * Asks first, with what would end. Then every session ends but this browser's. One that was turned off meanwhile is what was asked
 * for. Staff who turn off the last one that they hold are told what that means, too, if it is the last one by now.
 */
async function turnOff(
  ctx: Context,
  parts: SecurityPageParts,
  account: Account,
  { credentialId, remove }: FactorToRemove,
): Promise<void> {
  if (!isConfirmed(ctx) && (await askRemoval(ctx, parts, account, credentialId))) return;
  const { confirmed } = formFields(ctx.request.body, ["confirmed"]);
  const renew = await parts.sessions.renewal(ctx);
  const mayBeLast = confirmed === confirmation.last;
  const outcome = await remove({ mayBeLast, context: requestOrigin(ctx) });
  const why = outcome.accepted ? undefined : outcome.problems[0].reason;
  if (why === "last-factor") return askLastFactor(ctx, parts, account, credentialId);
  if (why === "proof-void") {
    leadHome(ctx);
    return;
  }
  if (outcome.accepted) await renew(outcome.value);
  seeOther(ctx, `${home}?done=removed`);
}

/** What came of an act that records itself where it is done. */
async function recordRefused(
  ctx: Context,
  { record }: SecurityPageParts,
  { sub }: Account,
  name: EventName,
  outcome: Outcome<unknown, string>,
): Promise<void> {
  if (!outcome.accepted) await record(requestEvent(ctx, name, outcome, { subject: { sub } }));
}
