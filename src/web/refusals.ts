import type { Context } from "koa";
import type { Problem } from "../foundation/index.ts";

/**
 * The status of a refused form's page: 422, or 429 with `Retry-After` when it was only too soon (a
 * problem says how many `seconds` to wait).
 */
export function refusedStatus(ctx: Context, problems: readonly Problem[]): 422 | 429 {
  const wait = problems.map(({ details }) => details?.["seconds"]).find(isNumber);
  if (wait === undefined) return 422;
  ctx.set("Retry-After", String(wait));
  return 429;
}

function isNumber(value: unknown): value is number {
  return typeof value === "number";
}
