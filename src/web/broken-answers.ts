import type Koa from "koa";
import type { ErrorPageSettings } from "./error-pages.ts";
import { referenceOf } from "./request-reference.ts";

/** What is said of a client that has left. */
const leavings: ReadonlySet<unknown> = new Set([
  "ERR_STREAM_PREMATURE_CLOSE",
  "EPIPE",
  "ECONNRESET",
]);

/**
 * An answer that is sent while it is read (a file of the register) may fail when no page can be shown any more: its download
 * breaks off, and the log alone says why; so does it of a page of a fault that fails itself. A client that leaves is nobody's
 * fault, and not told.
 */
export function tellBrokenAnswers(
  app: Pick<Koa, "on">,
  { logger, random }: Pick<ErrorPageSettings, "logger" | "random">,
): void {
  // Of a stream that fails Koa tells twice.
  const told = new WeakSet<Error>();
  app.on("error", (error: NodeJS.ErrnoException, ctx: Koa.Context | undefined) => {
    if (leavings.has(error.code) || told.has(error)) return;
    told.add(error);
    const request = ctx && { reference: referenceOf(ctx, random), method: ctx.method };
    logger.error({ ...request, err: error }, "an answer failed, or broke off");
  });
}
