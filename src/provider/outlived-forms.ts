import compose from "koa-compose";
import type { Context, Middleware } from "koa";
import { accessRequestsPath } from "../establishments/index.ts";
import { formFields } from "../web/index.ts";

/** What stands below the address of an authorization, and outside of any, too. */
const standsOutside: ReadonlySet<string> = new Set(["/signup", "/recovery"]);

/**
 * A form that was typed within an authorization which is over by now, and which does not need it: a sign-up, a recovery, a
 * request for access. It goes on as the same form outside of any, so that nothing typed is lost.
 * @param clientId which relying party the authorization was for, as far as the browser knows
 * @returns false where it is none
 */
export async function goesOnOutside(
  ctx: Context,
  clientId: string | undefined,
  formGuards: readonly Middleware[],
): Promise<boolean> {
  if (ctx.method !== "POST") return false;
  const path = await outside(ctx, formGuards);
  if (path === undefined) return false;
  ctx.path = path;
  ctx.query = clientId === undefined ? {} : { client_id: clientId };
  return true;
}

async function outside(ctx: Context, formGuards: readonly Middleware[]) {
  const [, below] = /^\/interaction\/[^/]+(\/.+)?$/i.exec(ctx.path) ?? [];
  if (below !== undefined) return standsOutside.has(below) ? below : undefined;
  await compose([...formGuards])(ctx, () => Promise.resolve());
  const { action } = formFields(ctx.request.body, ["action"]);
  return action === "ask" ? accessRequestsPath : undefined;
}
