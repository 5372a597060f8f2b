import type { Middleware } from "koa";
import type { NodeState } from "./node-state.ts";

/** What `/readyz` goes by. */
export interface HealthParts {
  /** The ways that requests use, by name (`register`, `artifacts`): each asks its own, and is rejected when it gets no answer. */
  readonly ways: () => Readonly<Record<string, () => Promise<unknown>>>;
  /** Whether the node should get requests, whatever the ways say. */
  readonly node: Pick<NodeState, "outOfService">;
  /** Until when the register only reads (ISO 8601); undefined: it may be written. Such a node serves. */
  readonly readsOnlyUntil?: () => string | undefined;
}

/** How long a way may take, in seconds. */
const patienceSeconds = 2;

/**
 * `/livez`: the process answers. `/readyz`: it can serve, for every way that requests use is answered; a mail server that
 * is down does not take a node out of service. Neither calls anything but the database and the artifacts' store (contract §3).
 */
export function healthRoutes({
  ways,
  node,
  readsOnlyUntil = () => undefined,
}: HealthParts): Middleware {
  let asking: Promise<string[]> | undefined;
  const failing = async () => {
    const all = Object.entries(ways()).map(async ([name, ask]) =>
      (await inTime(ask)) ? [] : [name],
    );
    return (await Promise.all(all)).flat();
  };
  // Who asks meanwhile waits for the same answer: a flood of these questions is one.
  const askOnce = () => (asking ??= failing().finally(() => (asking = undefined)));
  return async (ctx, next) => {
    if (ctx.path !== "/livez" && ctx.path !== "/readyz") {
      await next();
      return;
    }
    const out = ctx.path === "/livez" ? [] : node.outOfService();
    const because = ctx.path === "/livez" || out.length > 0 ? out : await askOnce();
    ctx.set("Cache-Control", "no-store");
    ctx.status = because.length === 0 ? 200 : 503;
    const until = ctx.path === "/livez" ? undefined : readsOnlyUntil();
    const ok = { status: "ok", ...(until !== undefined && { reads_only_until: until }) };
    ctx.body = because.length === 0 ? ok : { status: "unavailable", because };
  };
}

async function inTime(ask: () => Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), patienceSeconds * 1000);
  });
  const answered = ask().then(
    () => true,
    () => false,
  );
  return Promise.race([answered, tooLate]).finally(() => clearTimeout(timer));
}
