import type { Context, Middleware } from "koa";
import { AppError, type Random } from "../foundation/index.ts";
import type { Logger } from "../operations/index.ts";
import { databaseFault } from "../storage/index.ts";
import { referenceOf } from "../web/index.ts";

/** What faults are answered with. */
export interface AnswerParts {
  readonly logger: Pick<Logger, "error" | "info">;
  readonly random: Random;
}

/** Refuses a request: a machine word and a sentence, as RFC 8935 has them. */
export function refuse(ctx: Context, status: number, err: string, description: string): void {
  ctx.status = status;
  ctx.body = { err, description };
}

/** Answers every fault below the transmitter's paths in JSON, and logs refusals by their reference. */
export function jsonAnswers({ logger, random }: AnswerParts): Middleware {
  return async (ctx, next) => {
    let fault: unknown;
    ctx.set("Cache-Control", "no-store");
    try {
      await next();
      if (ctx.status === 404 && !ctx.body) refuse(ctx, 404, "not_found", "Nothing is here.");
      if (ctx.status === 405) refuse(ctx, 405, "invalid_request", "Another method is served.");
    } catch (error) {
      fault = error;
      answerFault(ctx, error);
    }
    if (ctx.status < 400) return;
    const reference = referenceOf(ctx, random);
    const line = { reference, status: ctx.status, method: ctx.method, err: fault };
    // An outage is logged once, where it is seen.
    if (ctx.status >= 500 && ctx.status !== 503) logger.error(line, "a receiver's request failed");
    else logger.info(line, "a receiver's request was refused");
    ctx.body = { ...(ctx.body as object), reference };
  };
}

function answerFault(ctx: Context, error: unknown): void {
  const away = databaseFault(error);
  if (away) {
    refuse(ctx, 503, "unavailable", "Try again later.");
    ctx.set("Retry-After", String(away.retryAfterSeconds));
  } else if (error instanceof AppError && error.status < 500) {
    refuse(ctx, error.status, "invalid_request", "The body cannot be read as JSON.");
  } else {
    refuse(ctx, 500, "server_error", "Something went wrong here.");
  }
}
