import coBody from "co-body";
import type { Context, Middleware } from "koa";
import type { IncomingMessage } from "node:http";
import { finished } from "node:stream/promises";
import { AppError } from "../foundation/index.ts";

/** A parsed form: a field given twice is an array, which {@link formFields} refuses. */
export type FormBody = Readonly<Record<string, string | readonly string[]>>;

declare module "koa" {
  interface Request {
    /** What {@link parsedForm} read. */
    body?: unknown;
  }
}

/** Of a form, unless its reader takes more. */
export const mostFormBytes = 100_000;
const drainMilliseconds = 2000;

/**
 * Parses the body of a form post into `ctx.request.body` (a {@link FormBody}). It stands in front of our own pages
 * only: oidc-provider parses for itself and warns of a body already read.
 * @param limitBytes 100 kB, but for the few forms that take a whole list
 * @throws AppError 413 `body-too-large` over the limit, 415 `body-not-a-form`, 400 `body-unreadable`
 */
export function parsedForm(limitBytes = mostFormBytes): Middleware {
  return async (ctx, next) => {
    // One that was kept, and is taken up again, was read before.
    if (ctx.method === "POST" && ctx.request.body === undefined) {
      const text = await bodyText(ctx, "urlencoded", limitBytes);
      ctx.request.body = formBody([...new URLSearchParams(text)]);
    }
    await next();
  };
}

/**
 * The named fields of a parsed form, as they were typed; a missing one is "".
 * @throws AppError 400 `field-repeated` when one is given twice: two readers of such a request could
 * each see another value.
 */
export function formFields<Name extends string>(
  body: unknown,
  names: readonly Name[],
): Record<Name, string> {
  const given = new Map<string, unknown>(Object.entries(body ?? {}));
  const fields = names.map((name) => {
    const value = given.get(name) ?? "";
    if (typeof value !== "string") throw new AppError("field-repeated", { status: 400 });
    return [name, value] as const;
  });
  return Object.fromEntries(fields) as Record<Name, string>;
}

/**
 * Whether a value holds what no single-line field of ours may: a control character (PostgreSQL refuses NUL in text, which
 * made a 500 of a 400) or a lone surrogate (which has no UTF-8 form).
 */
export function hasControlCharacters(value: string): boolean {
  return /\p{Cc}/u.test(value) || !value.isWellFormed();
}

/**
 * The text of a body of one type; "" when there is none.
 * @throws AppError 413 `body-too-large` over the limit, 100 kB unless told, 415 for another type, 400 `body-unreadable`
 */
export async function bodyText(
  ctx: Context,
  type: "urlencoded" | "json",
  limitBytes = mostFormBytes,
): Promise<string> {
  const kind = ctx.is(type);
  if (kind === null || ctx.request.length === 0) return "";
  if (kind === false) {
    throw new AppError(type === "json" ? "body-not-json" : "body-not-a-form", { status: 415 });
  }
  try {
    return (await coBody.text(ctx, { limit: limitBytes })) as string;
  } catch (cause) {
    await drain(ctx.req);
    const tooLarge = (cause as { status?: number }).status === 413;
    throw tooLarge
      ? new AppError("body-too-large", { status: 413, cause, mostBytes: limitBytes })
      : new AppError("body-unreadable", { status: 400, cause });
  }
}

/**
 * Refuses a body that says it is larger than its reader takes, where that is the library, which would call it unreadable.
 * @param mostBytes what the library takes
 * @throws AppError 413 `body-too-large`
 */
export function bodyWithinLimit(mostBytes: number): Middleware {
  return async (ctx, next) => {
    if (ctx.request.length > mostBytes) {
      await drain(ctx.req);
      throw new AppError("body-too-large", { status: 413, mostBytes });
    }
    await next();
  };
}

/** What is still on its way is let in and dropped, for a while: a browser reads an answer once it has sent all. */
export async function drain(request: IncomingMessage): Promise<void> {
  request.resume();
  // One that never comes to its end has waited enough.
  await finished(request, { signal: AbortSignal.timeout(drainMilliseconds) }).catch(
    () => undefined,
  );
}

/** The fields of a form, each with its value, or all of them when it is given several times. */
export function formBody(fields: readonly (readonly [name: string, value: string])[]): FormBody {
  const values = Map.groupBy(fields, ([name]) => name);
  return Object.fromEntries(
    [...values].map(([name, given]) => {
      const [first = "", ...others] = given.map(([, value]) => value);
      return [name, others.length > 0 ? [first, ...others] : first];
    }),
  );
}
