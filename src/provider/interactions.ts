import Router from "@koa/router";
import type { Context, Middleware } from "koa";
import { formFields, renderPage } from "../web/index.ts";
import { denyAccess } from "./denial.ts";
import { type InteractionState, interactionOf, mayReturn } from "./interaction.ts";
import { type InteractionSessionParts, interactionSession } from "./interaction-session.ts";

/** One question of an authorization: the page that asks it, and what its answer does. */
export interface Question {
  readonly show: (ctx: Context, state: InteractionState) => Promise<void>;
  readonly answer: (ctx: Context, state: InteractionState) => Promise<void>;
}

/** What the interaction's address is served with. */
export interface InteractionRouteParts extends InteractionSessionParts {
  /** The question of each prompt, by the prompt's name. */
  readonly questions: Readonly<Record<string, Question>>;
  /** What stands in front of each form: same origin, then the body. */
  readonly formGuards: readonly Middleware[];
}

/** The questions that say who is there; the others are asked of somebody. */
export const signingIn: ReadonlySet<string> = new Set(["login", "select_account", "create"]);

/**
 * `/interaction/:uid`: asks what the authorization waits for. A GET changes nothing. What is asked of somebody is asked,
 * and may be answered, as long as their session counts.
 */
export function interactionRoutes(parts: InteractionRouteParts): Router {
  const router = new Router();
  // A prompt of a newer build, beside which this one runs: who cannot ask it leads back to the start.
  const questionOf = async (state: InteractionState): Promise<Question> => {
    const { name } = state.interaction.prompt;
    const isOver = !signingIn.has(name) && !(await interactionSession(parts, state));
    return isOver ? startedOver : (parts.questions[name] ?? startedOver);
  };
  router.get("/interaction/:uid", async (ctx) => {
    const state = interactionOf(ctx);
    await (await questionOf(state)).show(ctx, state);
  });
  router.post("/interaction/:uid", ...parts.formGuards, async (ctx) => {
    const state = interactionOf(ctx);
    if (isReturn(ctx, state))
      return denyAccess(ctx, parts.library, "the End-User went back without signing in");
    await (await questionOf(state)).answer(ctx, state);
  });
  return router;
}

/** « Retour au service », where no page of its own says why. It needs nobody to be signed in, nor a password. */
function isReturn(ctx: Context, state: InteractionState): boolean {
  const { action } = formFields(ctx.request.body, ["action"]);
  const { name } = state.interaction.prompt;
  return action === "return" && mayReturn(state) && name !== "no_access";
}

const startedOver: Question = { show: startOver, answer: startOver };

/** What nobody here can be asked, or answers any more, leads back to where it began. */
export async function startOver(ctx: Context, { wayBack }: InteractionState): Promise<void> {
  await renderPage(ctx, 410, "provider/interrupted", {
    continueUrl: wayBack.url,
    serviceName: wayBack.serviceName,
    reason: "expired",
  });
}
