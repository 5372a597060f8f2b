import type { Context, Middleware } from "koa";

const policyHeader = "Content-Security-Policy";
const policy = [
  "default-src 'none'",
  "style-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "script-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join("; ");

/**
 * Sets the headers that keep a page from being framed, sniffed, or made to load or send anything
 * elsewhere (OWASP Secure Headers). `Referrer-Policy` is `same-origin`, not `no-referrer`: under that one
 * browsers send `Origin: null` with form posts, which {@link sameOriginOnly} refuses.
 * @param issuer `ISSUER`: on https it adds HSTS for two years.
 */
export function securityHeaders(issuer: string): Middleware {
  const secure = new URL(issuer).protocol === "https:";
  return async (ctx, next) => {
    ctx.set(policyHeader, policy);
    ctx.set("X-Content-Type-Options", "nosniff");
    ctx.set("X-Frame-Options", "DENY");
    ctx.set("Referrer-Policy", "same-origin");
    // What may be kept says so itself: assets, discovery, keys.
    ctx.set("Cache-Control", "no-store");
    ctx.set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()");
    ctx.set("Cross-Origin-Opener-Policy", "same-origin");
    if (secure) ctx.set("Strict-Transport-Security", "max-age=63072000");
    await next();
  };
}

/**
 * Lets a form of this answer lead to one more origin. Chromium and Safari apply `form-action` to the redirects that
 * follow a form post too: without it the way back to the relying party is blocked.
 * @param url an address at that origin: the redirect URI of this very authorization, never a wildcard.
 */
export function allowFormAction(ctx: Context, url: string): void {
  const { origin, protocol } = new URL(url);
  // An address of a native application ("com.example.app:/callback") has no origin: its scheme is named.
  const source = origin === "null" ? protocol : origin;
  const current = ctx.response.get(policyHeader);
  const widened = current.replace(/form-action [^;]*/, (directive) =>
    directive.split(" ").includes(source) ? directive : `${directive} ${source}`,
  );
  if (current) ctx.set(policyHeader, widened);
}
