import Router from "@koa/router";
import type { Context, Middleware } from "koa";
import { serviceName } from "../clients/index.ts";
import { pageState, renderPage } from "../web/index.ts";
import { type InteractionState, interactionOf } from "./interaction.ts";

/** One question of an authorization: the page that asks it, and what its answer does. */
export interface Question {
  readonly show: (ctx: Context, state: InteractionState) => Promise<void>;
  readonly answer: (ctx: Context, state: InteractionState) => Promise<void>;
}

/** What the interaction's address is served with. */
export interface InteractionRouteParts {
  /** The question of each prompt, by the prompt's name. */
  readonly questions: Readonly<Record<string, Question>>;
  /** What stands in front of each form: same origin, then the body. */
  readonly formGuards: readonly Middleware[];
}

/** `/interaction/:uid`: asks what the authorization waits for. A GET changes nothing. */
export function interactionRoutes(parts: InteractionRouteParts): Router {
  const router = new Router();
  // A prompt of a newer build, beside which this one runs: who cannot ask it leads back to the start.
  const questionOf = (state: InteractionState): Question =>
    parts.questions[state.interaction.prompt.name] ?? askedElsewhere;
  router.get("/interaction/:uid", async (ctx) => {
    const state = interactionOf(ctx);
    await questionOf(state).show(ctx, state);
  });
  router.post("/interaction/:uid", ...parts.formGuards, async (ctx) => {
    const state = interactionOf(ctx);
    await questionOf(state).answer(ctx, state);
  });
  return router;
}

const askedElsewhere: Question = { show: startOver, answer: startOver };

async function startOver(ctx: Context, { client }: InteractionState): Promise<void> {
  await renderPage(ctx, 410, "provider/interrupted", {
    continueUrl: pageState(ctx).continueUrl ?? "/",
    serviceName: serviceName(client),
    reason: "expired",
  });
}
