import type { Context, Middleware } from "koa";
import { AppError, type AppErrorCode, type Random } from "../foundation/index.ts";
import type { Logger } from "../operations/index.ts";
import { databaseFault, outageSentence } from "../storage/index.ts";
import { referenceOf } from "../web/index.ts";
import { type Answer, type ProblemCode, problem } from "./problems.ts";

/** What faults are answered with. */
export interface ProblemAnswerParts {
  readonly logger: Pick<Logger, "error" | "info">;
  readonly random: Random;
}

/** Sends an answer. */
export function send(ctx: Context, { status, body, headers = {} }: Answer): void {
  ctx.status = status;
  ctx.body = body;
  ctx.set("Content-Type", "application/json");
  ctx.set({ ...headers });
}

/** Answers what asks by a method that is not served here. @param allow those that are */
export function otherMethod(allow: string): (ctx: Context) => void {
  return (ctx) => send(ctx, problem("method-not-allowed", { headers: { Allow: allow } }));
}

/**
 * Answers every fault below `/api/v1` as `application/problem+json`, and gives each refusal the reference of its log line.
 * It stands in place of the pages that people get. Never a stack, never what was sent.
 */
export function problemAnswers({ logger, random }: ProblemAnswerParts): Middleware {
  return async (ctx, next) => {
    let fault: unknown;
    try {
      await next();
      if (ctx.status === 404 && !ctx.body) send(ctx, problem("not-found"));
      // @koa/router says what is served, in `Allow`.
      if (ctx.status === 405 || ctx.status === 501) send(ctx, problem("method-not-allowed"));
    } catch (error) {
      fault = error;
      send(ctx, answerOf(error));
    }
    if (ctx.status < 400) return;
    const reference = referenceOf(ctx, random);
    const { type } = ctx.body as { type?: string };
    const line = { reference, status: ctx.status, problem: type, method: ctx.method, err: fault };
    // An outage is logged once, where it is seen: of its requests a line each is enough.
    if (ctx.status >= 500 && ctx.status !== 503) logger.error(line, "API request failed");
    else logger.info(line, "API request refused");
    ctx.body = { ...(ctx.body as object), reference };
    ctx.set("Content-Type", "application/problem+json");
  };
}

const faults: Readonly<Partial<Record<AppErrorCode, ProblemCode>>> = {
  "body-too-large": "body-too-large",
  "body-not-json": "body-not-json",
  "body-unreadable": "body-unreadable",
  "request-under-way": "request-under-way",
};

function answerOf(error: unknown): Answer {
  const away = databaseFault(error);
  if (away) {
    const headers = { "Retry-After": String(away.retryAfterSeconds) };
    return problem("unavailable", { detail: outageSentence(away), headers });
  }
  return problem((error instanceof AppError ? faults[error.code] : undefined) ?? "unexpected");
}
