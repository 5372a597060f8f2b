import type { Middleware } from "koa";

/** Asks the database for a sign of life; rejected when there is none. */
export type HealthCheck = () => Promise<unknown>;

/** How long the database may take to answer `/readyz`, in seconds. */
const patienceSeconds = 2;

/**
 * `/livez`: the process answers. `/readyz`: it can serve, for the database answers; a mail server that
 * is down does not take a node out of service. Neither calls anything else (contract §3).
 */
export function healthRoutes(check: HealthCheck): Middleware {
  return async (ctx, next) => {
    if (ctx.path !== "/livez" && ctx.path !== "/readyz") {
      await next();
      return;
    }
    const ready = ctx.path === "/livez" || (await answersInTime(check));
    ctx.set("Cache-Control", "no-store");
    ctx.status = ready ? 200 : 503;
    ctx.body = { status: ready ? "ok" : "unavailable" };
  };
}

async function answersInTime(check: HealthCheck): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), patienceSeconds * 1000);
  });
  const answered = check().then(
    () => true,
    () => false,
  );
  return Promise.race([answered, tooLate]).finally(() => clearTimeout(timer));
}
