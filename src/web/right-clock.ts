import type { Middleware } from "koa";
import type { NodeState } from "../operations/index.ts";
import { DatabaseFault } from "../storage/index.ts";

/** What a page needs to be seen; no clock has a part in it. */
const files = /^\/assets\//;

/**
 * Codes, tokens, links and accesses begin and end by the second: a node whose clock is wrong would sign tokens of another
 * day, and close what is open. A proxy that asks `/readyz` sends it nothing; from any other it answers as if the database
 * were away, and the proxy may ask the next node.
 * @throws DatabaseFault while the clocks of the node and of the database are apart
 */
export function byRightClock(node: Pick<NodeState, "has">): Middleware {
  return async (ctx, next) => {
    if (node.has("clock") && !files.test(ctx.path)) throw new DatabaseFault("clock-apart");
    await next();
  };
}
