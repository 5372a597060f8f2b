import type { Middleware } from "koa";
import type { KoaContextWithOIDC } from "oidc-provider";

/**
 * An answer without a body says no type of it: that of a revocation would be `text/plain`, at which oidc-client-ts throws
 * (RFC 7009 §2.2: the status alone counts).
 */
export function plainAnswers(): Middleware {
  return async (ctx, next) => {
    await next();
    const { oidc } = ctx as unknown as Partial<Pick<KoaContextWithOIDC, "oidc">>;
    if (oidc?.route === "revocation" && ctx.body === "") ctx.remove("Content-Type");
  };
}
