import type { Middleware } from "koa";

/** Headers for every answer; no page of the portal needs a script, a frame or another origin. */
export function securityHeaders(settings: {
  readonly issuer: string;
  readonly baseUrl: string;
}): Middleware {
  const policy = [
    "default-src 'none'",
    "style-src 'self'",
    "img-src data:",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    // Signing out is a form whose answer redirects to the provider: browsers judge that address too.
    `form-action 'self' ${new URL(settings.issuer).origin}`,
  ].join("; ");
  return async (ctx, next) => {
    ctx.set("Content-Security-Policy", policy);
    ctx.set("X-Content-Type-Options", "nosniff");
    ctx.set("Referrer-Policy", "same-origin");
    ctx.set("Cache-Control", "no-store");
    if (settings.baseUrl.startsWith("https:")) {
      ctx.set("Strict-Transport-Security", "max-age=31536000; includeSubDomains");
    }
    await next();
  };
}
