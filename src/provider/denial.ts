import type { Context } from "koa";
import { errors } from "oidc-provider";
import type { Library } from "./library.ts";

/**
 * Ends an authorization without an answer: its relying party hears `access_denied` (RFC 6749 §4.1.2.1).
 * @param why its `error_description`
 */
export async function denyAccess(ctx: Context, library: Library, why: string): Promise<void> {
  const { error, error_description } = new errors.AccessDenied(why);
  await library.finish(ctx, { error, error_description }, false);
}
