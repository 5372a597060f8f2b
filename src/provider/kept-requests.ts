import { type Context, type Middleware } from "koa";
import Provider, { type KoaContextWithOIDC, errors } from "oidc-provider";
import type { RateLimits } from "../web/index.ts";

/**
 * The most that one authorization request holds in all, names and values in UTF-8: an address of 16 kB, which every proxy
 * in front lets through (docs/operations.md).
 */
export const mostRequestBytes = 16 * 1024;

/** What a row weighs beside what was sent: its keys, its indexes. */
const rowBytes = 512;

/**
 * @throws InvalidRequest for a request that would have us keep more
 */
export function assertKeepable({ oidc }: KoaContextWithOIDC): void {
  const { params, body } = oidc;
  // Of a pushed request object the whole is kept, also what the library does not read.
  const pushed = (body as { readonly request?: unknown } | undefined)?.request;
  const held = Object.entries({ ...params, ...(typeof pushed === "string" && { pushed }) });
  const bytes = held.reduce((sum, [name, value]) => sum + bytesOf(name, value), 0);
  if (bytes <= mostRequestBytes) return;
  const rule = `an authorization request holds at most ${mostRequestBytes} bytes in all; this one holds ${bytes}`;
  throw new errors.InvalidRequest(rule);
}

function bytesOf(name: string, value: unknown): number {
  if (value === undefined || value === null) return 0;
  return name.length + Buffer.byteLength(typeof value === "string" ? value : JSON.stringify(value));
}

/** Counts, in kB, what an authorization request has us keep: for its client at its sender's address, and for that address. */
export type CountKept = (payload: object) => Promise<void>;

/** Counts nothing where no request is under way. @throws AppError `too-many-requests` (429) */
export function countKeptBy(limits: RateLimits): CountKept {
  return async (payload) => {
    const ctx = Provider.ctx as (KoaContextWithOIDC & Pick<Context, "ip">) | undefined;
    if (!ctx) return;
    const kilobytes = kilobytesOf(Buffer.byteLength(JSON.stringify(payload)));
    const clientId = ctx.oidc.client?.clientId ?? "";
    await limits.limit("kept-of-client").consume(ctx.ip, kilobytes, clientId);
    await limits.limit("kept").consume(ctx.ip, kilobytes);
  };
}

/**
 * Counts what is written down of a request before anybody knows whose it is: a pushed request's proof, and the state of a
 * sign-out.
 */
export function countsWritten(limits: RateLimits): Middleware {
  return async (ctx, next) => {
    await limits.limit("kept").consume(ctx.ip, kilobytesOf(ctx.querystring.length));
    await next();
  };
}

function kilobytesOf(bytes: number): number {
  return Math.ceil((bytes + rowBytes) / 1024);
}
