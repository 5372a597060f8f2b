import type { Context } from "koa";

/**
 * Answers an accepted form: the browser gets the next page by a GET of its own.
 * @param said what that page says once, as parameters of its address
 */
export function seeOther(
  ctx: Pick<Context, "status" | "redirect">,
  address: string,
  said: Readonly<Record<string, string | number>> = {},
): void {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(said)) query.set(name, String(value));
  ctx.status = 303;
  ctx.redirect(query.size === 0 ? address : `${address}?${query.toString()}`);
}
