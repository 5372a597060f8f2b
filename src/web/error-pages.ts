import type { Context, Middleware } from "koa";
import { AppError, type Random, parisFormats, shortageOf } from "../foundation/index.ts";
import type { Logger } from "../operations/index.ts";
import {
  DatabaseFault,
  MaintenanceFault,
  databaseFault,
  outageSentence,
} from "../storage/index.ts";
import type { PageModels } from "./page-models.ts";
import { pageState } from "./page-state.ts";
import { referenceOf } from "./request-reference.ts";
import { errorFamily, renderPage, wordsOf } from "./views.ts";

/** What {@link errorPages} needs. */
export interface ErrorPageSettings {
  /** A fault of ours is an `error`, a refused request an `info`. */
  readonly logger: Pick<Logger, "error" | "info">;
  readonly random: Random;
  /** `PORTAL_URL`: where the page leads when `ctx.state.continueUrl` is not set. */
  readonly portalUrl: string;
}

interface Fault {
  readonly status: number;
  readonly code: string;
  readonly retryAfterSeconds?: number | undefined;
  readonly mostBytes?: number | undefined;
}

/**
 * The one middleware that answers faults (house rule 5): a thrown `AppError`, an error of Koa (`status`), or the database away as 503, anything
 * else as 500; and the 404 and 405 that nothing answered. A page with a reference that is in the log too and a
 * way forward, or JSON `{ error, reference }` for who prefers it. Never a stack, never what was sent.
 * It stands behind `pages` and in front of everything that may fail.
 */
export function errorPages(settings: ErrorPageSettings): Middleware {
  return async (ctx, next) => {
    try {
      await next();
      if (isUnanswered(ctx)) await answer(ctx, faultOfStatus(ctx.status), settings);
    } catch (error) {
      const known =
        error instanceof AppError ? error : (databaseFault(error) ?? shortageOf(error) ?? error);
      await answer(ctx, faultOf(known), settings, known);
    }
  };
}

function isUnanswered(ctx: Context): boolean {
  const empty = ctx.body === undefined || ctx.body === null;
  return empty && ctx.respond !== false && (ctx.status === 404 || ctx.status === 405);
}

function faultOf(error: unknown): Fault {
  if (error instanceof AppError) return error;
  const status = (error as { status?: unknown } | null | undefined)?.status;
  const known = typeof status === "number" && status >= 400 && status < 600;
  return faultOfStatus(known ? status : 500);
}

function faultOfStatus(status: number): Fault {
  if (status === 404) return { status, code: "not-found" };
  if (status === 405) return { status, code: "method-not-allowed" };
  return { status, code: status >= 500 ? "unexpected" : "request-refused" };
}

async function answer(
  ctx: Context,
  fault: Fault,
  settings: ErrorPageSettings,
  error?: unknown,
): Promise<void> {
  const { status, code, retryAfterSeconds, mostBytes } = fault;
  const reference = referenceOf(ctx, settings.random);
  logFault(ctx, fault, { logger: settings.logger, reference, error });
  if (ctx.headerSent || !ctx.writable) return;
  for (const header of ["Location", "ETag", "Last-Modified"]) ctx.remove(header);
  ctx.vary("Accept");
  if (status === 429 || status === 503) ctx.set("Retry-After", String(retryAfterSeconds ?? 5));
  if (isForProgram(ctx)) {
    ctx.status = status;
    ctx.set("Cache-Control", "no-store");
    ctx.body = { ...wordsForProgram(ctx, fault, error), reference };
    return;
  }
  const continueUrl = pageState(ctx).continueUrl ?? settings.portalUrl;
  const model = {
    status,
    code,
    reference,
    continueUrl,
    ...(mostBytes !== undefined && mostText(mostBytes)),
    ...whenAgain(ctx, fault, error),
  };
  try {
    await renderPage(ctx, status, "web/error", model);
  } catch {
    // A template that was not read yet, and cannot be now.
    ctx.status = status;
    ctx.type = "text";
    ctx.body = `${wordsOf(ctx)(`error.${errorFamily(status)}.title`)} (${reference})`;
  }
}

/** The endpoints of the protocol that programs ask, in whose words they are answered. */
const protocol = /^\/(?:token(?:\/(?:introspection|revocation))?|request|me|reg(?:\/[^/]*)?)\/?$/i;
const programs = /^\/(?:api|signals)\//;

/** Most programs say that they accept anything. */
function isForProgram(ctx: Context): boolean {
  if (protocol.test(ctx.path) || programs.test(ctx.path))
    return !ctx.get("Accept").includes("text/html");
  return ctx.accepts("html", "json") === "json";
}

/** @see RFC 6749 §5.2; what the library itself is met by is told alike (`provider/outages`) */
function wordsForProgram(ctx: Context, { status, code }: Fault, error: unknown) {
  if (protocol.test(ctx.path) && (status === 429 || status === 503)) {
    const tooMany = "too many requests from this address; try again later";
    return {
      error: "temporarily_unavailable",
      error_description: status === 429 ? tooMany : outageSentence(error as Error),
    };
  }
  return {
    error: code,
    ...(error instanceof MaintenanceFault && { until: error.untilIso }),
  };
}

/** How much may be sent, whole and never more than it is: a tenth of a megabyte would be written otherwise in each language. */
function mostText(bytes: number): Pick<PageModels["web/error"], "kilobytes" | "megabytes"> {
  const megabytes = Math.floor(bytes / 1024 / 1024);
  return megabytes > 0 ? { megabytes } : { kilobytes: Math.floor(bytes / 1000) };
}

function logFault(
  ctx: Context,
  { status, code, retryAfterSeconds }: Fault,
  {
    logger,
    reference,
    error,
  }: Pick<ErrorPageSettings, "logger"> & { readonly reference: string; readonly error: unknown },
): void {
  // Too much is refused by the hundred: that is no fault, and its stack says nothing.
  const isTooMuch = retryAfterSeconds !== undefined;
  const line = {
    ...{ reference, status, fault: code, method: ctx.method },
    ...(error instanceof DatabaseFault && { reason: error.reason }),
    ...(error && !isTooMuch ? { err: error } : {}),
  };
  if (status >= 500 && !isTooMuch) logger.error(line, "request failed");
  else logger.info(line, "request refused");
}

const untilFormats = parisFormats({ dateStyle: "full", timeStyle: "short" });

/** When to come again: in so many seconds, or at an instant that an operator named. */
function whenAgain(ctx: Context, { retryAfterSeconds }: Fault, error: unknown) {
  if (!(error instanceof MaintenanceFault)) return { retryAfterSeconds };
  const { locale = "fr", again } = pageState(ctx);
  return { until: untilFormats[locale].format(error.until * 1000), again };
}
