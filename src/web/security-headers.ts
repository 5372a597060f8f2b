import type { Context, Middleware } from "koa";

const policyHeader = "Content-Security-Policy";
const policy = [
  "default-src 'none'",
  "style-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "script-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join("; ");

/**
 * Where a person acts on their own account, or on others': no other window keeps a hold on these. All that an authorization
 * passes says `unsafe-none`, its redirects and the sign-up included: an application may have opened it in a window of its
 * own, and one answer on the way that says otherwise cuts that window off from it for good (HTML, cross-origin opener policies).
 */
const ownPages = /^\/(?:account|admin)(?:\/|$)/i;

const always: readonly (readonly [name: string, value: string])[] = [
  [policyHeader, policy],
  ["X-Content-Type-Options", "nosniff"],
  ["X-Frame-Options", "DENY"],
  ["Referrer-Policy", "same-origin"],
  // What may be kept says so itself: assets, discovery, keys.
  ["Cache-Control", "no-store"],
  ["Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"],
];

/**
 * Sets the headers that keep a page from being framed, sniffed, or made to load or send anything
 * elsewhere (OWASP Secure Headers). `Referrer-Policy` is `same-origin`, not `no-referrer`: under that one
 * browsers send `Origin: null` with form posts, which {@link sameOriginOnly} refuses.
 * @param issuer `ISSUER`: on https it adds HSTS for two years.
 */
export function securityHeaders(issuer: string): Middleware {
  const secure = new URL(issuer).protocol === "https:";
  return (ctx, next) => {
    const { res } = ctx;
    // Past Koa, which makes lists of each: these are texts already.
    for (const [name, value] of always) res.setHeader(name, value);
    const isOwn = ownPages.test(ctx.path);
    res.setHeader("Cross-Origin-Opener-Policy", isOwn ? "same-origin" : "unsafe-none");
    if (secure) res.setHeader("Strict-Transport-Security", "max-age=63072000");
    return next();
  };
}

/**
 * What refused forms left in this browser ends with the session: nobody after it goes back to them.
 * @see https://www.w3.org/TR/clear-site-data/
 */
export function forgetKeptPages(ctx: Pick<Context, "set">): void {
  ctx.set("Clear-Site-Data", '"cache"');
}

/**
 * Lets the forms of this answer lead to one more origin.
 * @param url an address at that origin: one that a client registered, never a wildcard
 */
export function allowFormAction(ctx: Context, url: string): void {
  const { origin, protocol } = new URL(url);
  // An address of a native application ("com.example.app:/callback") has no origin: its scheme is named.
  const source = origin === "null" ? protocol : origin;
  ctx.set(policyHeader, policy.replace("form-action 'self'", `form-action 'self' ${source}`));
}

/**
 * Lets the form of this answer lead anywhere: browsers apply `form-action` to every redirect that follows a form, and where
 * a relying party leads on to is its own affair. For a page whose one form has a fixed, registered address.
 */
export function allowAnyFormAction(ctx: Context): void {
  ctx.set(policyHeader, policy.replace("form-action 'self'; ", ""));
}
