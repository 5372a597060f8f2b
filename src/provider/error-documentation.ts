import type { Context, Middleware } from "koa";
import { renderPage } from "../web/index.ts";
import { errorsPath, protocolErrors } from "./protocol-errors.ts";

/** `GET /docs/errors`: each error that the provider answers with, its cause and its correction. */
export function errorDocumentation(): Middleware {
  return async (ctx, next) => {
    const isRead = ctx.method === "GET" || ctx.method === "HEAD";
    if (!isRead || ctx.path !== errorsPath) {
      await next();
      return;
    }
    await renderPage(ctx as unknown as Context, 200, "provider/errors", { errors: protocolErrors });
  };
}
