import type { RouterContext } from "@koa/router";
import type { Context } from "koa";
import { type QueuedRequest, type Siret, parseSiret } from "../establishments/index.ts";
import { AppError, type Problem, refused } from "../foundation/index.ts";
import { formFields, seeOther } from "../web/index.ts";
import type { BackofficeParts } from "./backoffice-parts.ts";
import { readEnd, untilProblems } from "./opening-form.ts";
import { requestsPath } from "./request-list-routes.ts";
import { boxOf, requestUrl, showRefusal, showRequest } from "./request-pages.ts";
import type { StaffMember } from "./staff-member.ts";
import type { StaffAnswer, StaffRouter } from "./staff-router.ts";
import { forbidden, permitted, untouchable } from "./subject.ts";

/** Answers about the request that the address names. */
type RequestAnswer = (
  ctx: RouterContext,
  staff: StaffMember,
  request: QueuedRequest,
) => Promise<void> | void;

const fresh = { role: "agent", fresh: true } as const;

/**
 * `/admin/requests/:id`: what one partner asks, and the decision. The register of requests records it and
 * writes the mail; of two colleagues who decide at once, the second is told that it was done.
 */
export function requestRoutes(routes: StaffRouter, parts: BackofficeParts): void {
  const path = `${requestsPath}/:id`;
  routes.page(
    path,
    { role: "reader" },
    seenRequest(parts, (ctx, staff, request) => showRequest(ctx, parts, staff, request)),
  );
  routes.act(
    `${path}/accept`,
    fresh,
    decidable(parts, async (ctx, staff, request) => {
      const { values, chosen } = sentDecision(ctx);
      const outcome = await accept(parts, staff, request, { ...values, sirets: chosen });
      if (!outcome.accepted) {
        const problems = byField(outcome.problems);
        return showRequest(ctx, parts, staff, request, { values, chosen, problems });
      }
      const changed = outcome.value.opened.length;
      seeOther(ctx, requestsPath, changed > 0 ? { done: "accepted", changed } : { done: "open" });
    }),
  );
  routes.act(
    `${path}/charge`,
    { role: "agent" },
    decidable(parts, (ctx, staff, request) => charge(ctx, parts, staff, request)),
  );
  refusalRoutes(routes, parts, `${path}/refuse`);
}

/** The page that asks why, and the act. */
function refusalRoutes(routes: StaffRouter, parts: BackofficeParts, path: string): void {
  const { accessRequests } = parts;
  routes.page(
    path,
    fresh,
    decidable(parts, (ctx, staff, request) =>
      request.state === "waiting"
        ? showRefusal(ctx, parts, staff, request, "", [])
        : seeOther(ctx, requestUrl(request)),
    ),
  );
  routes.act(
    path,
    fresh,
    decidable(parts, async (ctx, staff, request) => {
      const { reason } = formFields(ctx.request.body, ["reason"]);
      const by = staff.account.sub;
      const outcome = permitted(await accessRequests.refuse({ id: request.id, reason, by }));
      if (!outcome.accepted) {
        const { problems } = outcome;
        return problems.some((problem) => problem.reason === "request-not-waiting")
          ? showRequest(ctx, parts, staff, request, { problems })
          : showRefusal(ctx, parts, staff, request, reason, problems);
      }
      seeOther(ctx, requestsPath, { done: "refused" });
    }),
  );
}

/**
 * Takes it in charge, hands it on, or lets it go. Its buttons are of the form that decides: what was begun there is shown again,
 * by the answer itself, for nothing that was typed belongs into an address.
 */
async function charge(
  ctx: Context,
  parts: BackofficeParts,
  staff: StaffMember,
  request: QueuedRequest,
): Promise<void> {
  const fields = ["to", "colleague", "hand_on", "seen"] as const;
  const { seen, ...sent } = formFields(ctx.request.body, fields);
  const to = sent.hand_on === "" ? sent.to : sent.colleague;
  const begun = begunDecision(ctx, request);
  const by = staff.account.sub;
  const command = { id: request.id, by, to: to || undefined, seen: seen || undefined };
  const outcome = permitted(await parts.accessRequests.charge(command));
  if (!outcome.accepted) {
    return showRequest(ctx, parts, staff, request, { ...begun, problems: outcome.problems });
  }
  const done = to === "" ? "let-go" : to === by ? "taken" : "handed-on";
  if (begun) return showRequest(ctx, parts, staff, request, { ...begun, done });
  seeOther(ctx, requestUrl(request), { done });
}

/** @throws AppError 404 `request-unknown` */
function seenRequest({ accessRequests }: BackofficeParts, answer: RequestAnswer): StaffAnswer {
  return async (ctx, staff) => {
    const id = ctx.params["id"] ?? "";
    const request = /^\d{1,9}$/.test(id) ? await accessRequests.find(Number(id)) : undefined;
    if (!request) throw new AppError("request-unknown", { status: 404 });
    await answer(ctx, staff, request);
  };
}

/**
 * For a decision, or the page that prepares it.
 * @throws AppError 404 `request-unknown`; 403 `own-account`, `colleague-account`, as for acts on an account
 */
function decidable(parts: BackofficeParts, answer: RequestAnswer): StaffAnswer {
  return seenRequest(parts, async (ctx, staff, request) => {
    const account = await parts.findAccount(request.sub);
    const why = account && untouchable(staff, account);
    if (why) throw forbidden(`${why}-account`);
    await answer(ctx, staff, request);
  });
}

async function accept(
  { accessRequests, clock }: BackofficeParts,
  staff: StaffMember,
  { id }: QueuedRequest,
  typed: {
    readonly until: string;
    readonly reason: string;
    readonly refusal_reason: string;
    readonly sirets: readonly Siret[];
  },
) {
  const { sirets, reason, refusal_reason: refusalReason } = typed;
  const untilAt = readEnd(typed.until);
  const [wrong] = untilProblems(untilAt, clock.epochSeconds());
  if (wrong) return refused(wrong);
  return permitted(
    await accessRequests.accept({
      id,
      sirets,
      untilAt,
      reason,
      refusalReason,
      by: staff.account.sub,
    }),
  );
}

/** What the form says that decides. */
function sentDecision(ctx: Context) {
  const values = formFields(ctx.request.body, ["until", "reason", "refusal_reason"]);
  return { values, chosen: ticked(ctx) };
}

/** The same, where it was sent and is another than the page began with. */
function begunDecision(ctx: Context, { establishments }: QueuedRequest) {
  if (!Object.hasOwn(ctx.request.body ?? {}, "until")) return undefined;
  const sent = sentDecision(ctx);
  const boxes = establishments.filter(({ state }) => state === "waiting").length;
  const isFresh =
    sent.chosen.length === boxes && Object.values(sent.values).every((typed) => typed === "");
  return isFresh ? undefined : sent;
}

/** Every box that was sent, also one that the page does not have: that is refused, not left out. */
function ticked(ctx: Context): Siret[] {
  const names = Object.keys(ctx.request.body ?? {});
  return names.flatMap((name) => {
    const siret = parseSiret(name.slice(boxOf("").length));
    return siret.accepted && name === boxOf(siret.value) ? [siret.value] : [];
  });
}

/** The problems of the room below by the fields of the form. */
function byField(problems: readonly Problem[]): Problem[] {
  const fields: Record<string, string> = { untilAt: "until", refusalReason: "refusal_reason" };
  return problems.map((problem) => {
    const field = fields[problem.field ?? ""];
    return field === undefined ? problem : { ...problem, field };
  });
}
