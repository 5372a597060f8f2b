import type { Context } from "koa";
import { accountFrom } from "../accounts/index.ts";
import { serviceName } from "../clients/index.ts";
import { type Choice, type Choices, formatSiret } from "../establishments/index.ts";
import type { Problem } from "../foundation/index.ts";
import { formFields, listQuery, renderPage, searchWords } from "../web/index.ts";
import { type EstablishmentQuestionParts, switchAccount } from "./establishment-questions.ts";
import { type InteractionState, subOf } from "./interaction.ts";
import type { Question } from "./interactions.ts";
import { goOnWithout, showSettled } from "./settled-questions.ts";

/** What the page of the choice is served with. */
export interface ChoiceParts extends EstablishmentQuestionParts {
  readonly choices: Choices;
}

/** How many establishments the page shows; more are looked for by a word. */
const mostShown = 20;

/**
 * Which of several establishments this authorization is for. The search is an address of its own (`?q=`), so it needs no
 * script; it changes nothing. The form carries it, so that a refused page shows the list that was looked at.
 */
export function choiceQuestion(parts: ChoiceParts): Question {
  return {
    show: (ctx, state) => show(ctx, parts, state, { q: listQuery(ctx).q }),
    answer: async (ctx, state) => {
      const { siret, action, q } = formFields(ctx.request.body, ["siret", "action", "q"]);
      if (action === "switch-account") return switchAccount(ctx, parts, state);
      const sub = subOf(state);
      const open = await parts.openEstablishments(sub);
      // The last one was closed since: what is asked now is decided anew.
      if (open.length === 0) return goOnWithout(ctx, parts.library);
      const named = open.find((each) => each.siret === siret);
      if (!named) {
        const reason = siret === "" ? "siret-missing" : "siret-not-open";
        const problems = [{ field: "siret", reason }];
        return show(ctx, parts, state, { q: searchWords(q), problems });
      }
      await parts.choices.chosen(sub, named.siret);
      await parts.library.finish(ctx, { select_establishment: { siret } }, true);
    },
  };
}

async function show(
  ctx: Context,
  { choices, findAccount }: ChoiceParts,
  state: InteractionState,
  { q, problems = [] }: { readonly q: string; readonly problems?: readonly Problem[] },
): Promise<void> {
  const sub = subOf(state);
  const current = currentOf(state);
  const { found, total, named, isAmbiguous } = await choices.find(sub, q, current);
  if (total === 0) return showSettled(ctx, state, "none-open");
  const shown = (choice: Choice) => ({
    siret: choice.siret,
    formatted: formatSiret(choice.siret),
    name: choice.name,
    address: isAmbiguous(choice) ? choice.address : undefined,
    isCurrent: choice.siret === current,
  });
  const status = problems.length > 0 ? 422 : 200;
  await renderPage(ctx, status, "provider/choose-establishment", {
    form: { action: state.journey.base, values: { q }, problems },
    establishments: found.slice(0, mostShown).map(shown),
    total,
    found: found.length,
    hasSearch: total > mostShown || q !== "",
    current: named && shown(named),
    serviceName: serviceName(state.client),
    email: (await findAccount(sub))?.email ?? "",
    accountUrl: accountFrom(state.client.client_id),
  });
}

/** The establishment that this session had for this client until now. */
function currentOf({ interaction }: InteractionState): string | undefined {
  const { current } = interaction.prompt.details as { current?: unknown };
  return typeof current === "string" ? current : undefined;
}
