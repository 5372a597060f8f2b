import type { Middleware } from "koa";
import type { KoaContextWithOIDC } from "oidc-provider";

/**
 * A revocation is answered by an empty JSON object. Its status alone counts (RFC 7009 §2.2), but the library's empty
 * `text/plain` is refused by oidc-client-ts, and an answer without a type by simple-oauth2 (`@fastify/oauth2`).
 */
export function plainAnswers(): Middleware {
  return async (ctx, next) => {
    await next();
    const { oidc } = ctx as unknown as Partial<Pick<KoaContextWithOIDC, "oidc">>;
    if (oidc?.route === "revocation" && ctx.body === "") ctx.body = {};
  };
}
