import type { Context } from "koa";
import type Provider from "oidc-provider";
import { errors } from "oidc-provider";
import type { Account } from "../accounts/index.ts";
import { serviceName, spaceName } from "../clients/index.ts";
import { type Establishment, formatSiret } from "../establishments/index.ts";
import type { Problem } from "../foundation/index.ts";
import { formFields, renderPage } from "../web/index.ts";
import type { InteractionState } from "./interaction.ts";
import { type Question, finish } from "./interactions.ts";
import type { SignOut } from "./sign-out.ts";

/** What the establishment pages are served with. */
export interface EstablishmentQuestionParts {
  readonly provider: Provider;
  readonly signOut: SignOut;
  readonly contactUrl: string;
  readonly findAccount: (sub: string) => Promise<Account | undefined>;
  readonly openEstablishments: (sub: string) => Promise<readonly Establishment[]>;
}

/** Which of several establishments this authorization is for. */
export function choiceQuestion(parts: EstablishmentQuestionParts): Question {
  const show = async (
    ctx: Context,
    state: InteractionState,
    status: number,
    open: readonly Establishment[],
    problems: readonly Problem[],
  ) => {
    await renderPage(ctx, status, "provider/choose-establishment", {
      form: { action: state.journey.base, values: {}, problems },
      establishments: open.map((each) => ({ ...each, formatted: formatSiret(each.siret) })),
      serviceName: serviceName(state.client),
      email: await emailOf(parts, state),
    });
  };
  return {
    show: async (ctx, state) =>
      show(ctx, state, 200, await parts.openEstablishments(subOf(state)), []),
    answer: async (ctx, state) => {
      const { siret } = formFields(ctx.request.body, ["siret"]);
      const open = await parts.openEstablishments(subOf(state));
      const isOpen = open.some((each) => each.siret === siret);
      const reason = siret === "" ? "siret-missing" : "siret-not-open";
      if (!isOpen) return show(ctx, state, 422, open, [{ field: "siret", reason }]);
      await finish(ctx, parts.provider, { select_establishment: { siret } }, true);
    },
  };
}

/** The page of an account without establishment: whom to ask, another account, or back to the service. */
export function noAccessQuestion(parts: EstablishmentQuestionParts): Question {
  return {
    show: async (ctx, state) => {
      await renderPage(ctx, 200, "provider/no-access", {
        form: { action: state.journey.base, values: {}, problems: [] },
        serviceName: serviceName(state.client),
        spaceName: spaceName(state.client),
        contactUrl: parts.contactUrl,
        email: await emailOf(parts, state),
      });
    },
    answer: async (ctx, state) => {
      const { action } = formFields(ctx.request.body, ["action"]);
      if (action === "switch-account") {
        await parts.signOut.forAnotherAccount(ctx, state.interaction);
        ctx.status = 303;
        ctx.redirect(state.journey.base);
        return;
      }
      const refusal = new errors.AccessDenied("no establishment is open to this account");
      const { error, error_description } = refusal;
      await finish(ctx, parts.provider, { error, error_description }, false);
    },
  };
}

function subOf({ interaction }: InteractionState): string {
  return interaction.session?.accountId ?? "";
}

async function emailOf(
  parts: EstablishmentQuestionParts,
  state: InteractionState,
): Promise<string> {
  return (await parts.findAccount(subOf(state)))?.email ?? "";
}
