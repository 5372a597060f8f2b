import type { Context } from "koa";
import { type Account, accountFrom } from "../accounts/index.ts";
import { serviceName, spaceName } from "../clients/index.ts";
import {
  type AccessRequests,
  type Establishment,
  askedQuery,
  requestNotice,
  shownRequests,
  tickedProposals,
  withdrawRequest,
} from "../establishments/index.ts";
import type { Problem } from "../foundation/index.ts";
import type { RecordEvent } from "../operations/index.ts";
import {
  formFields,
  refusedStatus,
  renderPage,
  requestEvent,
  seeOther,
  requestOrigin,
} from "../web/index.ts";
import { denyAccess } from "./denial.ts";
import { type InteractionState, subOf } from "./interaction.ts";
import type { Question } from "./interactions.ts";
import type { Library } from "./library.ts";
import { goOnWithout, showSettled } from "./settled-questions.ts";
import type { SignOut } from "./sign-out.ts";

/** What the establishment pages are served with. */
export interface EstablishmentQuestionParts {
  readonly library: Library;
  readonly signOut: SignOut;
  readonly contactUrl: string;
  readonly findAccount: (sub: string) => Promise<Account | undefined>;
  readonly openEstablishments: (sub: string) => Promise<readonly Establishment[]>;
}

/** What the page of an account without establishment is served with. */
export interface NoAccessParts extends EstablishmentQuestionParts {
  readonly accessRequests: AccessRequests;
  readonly record: RecordEvent;
}

/** The page of an account without establishment: whom to ask, or to ask here; another account, or back. */
export function noAccessQuestion(parts: NoAccessParts): Question {
  return {
    show: async (ctx, state) => {
      const open = await parts.openEstablishments(subOf(state));
      await (open.length > 0
        ? showSettled(ctx, state, "access-open")
        : showNoAccess(ctx, parts, state));
    },
    answer: async (ctx, state) => {
      const { action } = formFields(ctx.request.body, ["action"]);
      if (action === "ask") return askAccess(ctx, parts, state);
      if (action === "withdraw") return withdrawAsked(ctx, parts, state);
      if (action === "switch-account") return switchAccount(ctx, parts, state);
      // Opened meanwhile: nobody gives up what they have just been given.
      const open = await parts.openEstablishments(subOf(state));
      if (open.length > 0) return goOnWithout(ctx, parts.library);
      await denyAccess(ctx, parts.library, "no establishment is open to this account");
    },
  };
}

/** Goes on as somebody else, who signs in to this very authorization. */
export async function switchAccount(
  ctx: Context,
  { signOut }: Pick<EstablishmentQuestionParts, "signOut">,
  { interaction, journey }: InteractionState,
): Promise<void> {
  await signOut.forAnotherAccount(ctx, interaction);
  seeOther(ctx, journey.base);
}

async function askAccess(
  ctx: Context,
  parts: NoAccessParts,
  state: InteractionState,
): Promise<void> {
  const form = formFields(ctx.request.body, ["sirets", "message"]);
  const account = await parts.findAccount(subOf(state));
  const clientId = state.client.client_id;
  const outcome = await parts.accessRequests.ask({
    account: { id: account?.id ?? 0 },
    ...form,
    proposed: tickedProposals(ctx.request.body),
    clientId,
    context: requestOrigin(ctx),
  });
  if (!outcome.accepted) {
    const about = { subject: { sub: subOf(state) }, clientId };
    await parts.record(requestEvent(ctx, "access-requested", outcome, about));
    return showNoAccess(ctx, parts, state, outcome.problems, form);
  }
  seeOther(ctx, `${state.journey.base}?${askedQuery(outcome.value)}`);
}

async function withdrawAsked(
  ctx: Context,
  parts: NoAccessParts,
  state: InteractionState,
): Promise<void> {
  const { request } = formFields(ctx.request.body, ["request"]);
  const account = await parts.findAccount(subOf(state));
  const outcome = account && (await withdrawRequest(parts.accessRequests, account, request));
  seeOther(ctx, state.journey.base + (outcome?.accepted ? "?done=withdrawn" : ""));
}

async function showNoAccess(
  ctx: Context,
  parts: NoAccessParts,
  state: InteractionState,
  problems: readonly Problem[] = [],
  typed: Readonly<Record<string, string>> = {},
): Promise<void> {
  const account = await parts.findAccount(subOf(state));
  const requests = account ? await parts.accessRequests.ofAccount(account.id) : [];
  const status = problems.length > 0 ? refusedStatus(ctx, problems) : 200;
  await renderPage(ctx, status, "provider/no-access", {
    form: { action: state.journey.base, values: typed, problems },
    serviceName: serviceName(state.client),
    spaceName: spaceName(state.client),
    contactUrl: parts.contactUrl,
    email: account?.email ?? "",
    accountUrl: accountFrom(state.client.client_id),
    requests: shownRequests(requests, state.journey.locale, state.journey.base),
    isWaiting: requests.some((request) => request.state === "waiting"),
    notice:
      account &&
      (await requestNotice(ctx.query, (sirets) => parts.accessRequests.known(account, sirets))),
  });
}
