import Koa, { type Middleware } from "koa";
import type { CookieSignatures } from "../foundation/index.ts";
import { tellBrokenAnswers } from "./broken-answers.ts";
import { type ErrorPageSettings, errorPages } from "./error-pages.ts";
import { type ForwardedForParts, readForwardedFor } from "./forwarded-for.ts";
import { reachedBySegment } from "./first-segment.ts";
import { formAddresses } from "./form-addresses.ts";
import { headersWithinLimit } from "./large-headers.ts";
import { localeOfRequest } from "./language.ts";
import { type ObservedRequestsParts, observedRequests } from "./observed-requests.ts";
import { securityHeaders } from "./security-headers.ts";
import type { PageSettings } from "./page-state.ts";
import { pages } from "./views.ts";

/** What the application is made of. */
export interface AppParts {
  readonly issuer: string;
  readonly forwardedFor: ForwardedForParts;
  readonly cookieSignatures: CookieSignatures;
  readonly pages: PageSettings;
  readonly errors: ErrorPageSettings;
  /** What watches every request. */
  readonly observed: ObservedRequestsParts;
  /** What answers before anything else is done: health. */
  readonly first: readonly Middleware[];
  /** The rooms' routes, in order; the provider's come last. */
  readonly routes: readonly Middleware[];
}

/** The Koa application: the middleware every request passes, in order, then the routes it is given. */
export function createApp(parts: AppParts): Koa {
  const app = new Koa({ proxy: parts.forwardedFor.trustedProxies > 0 });
  app.keys = parts.cookieSignatures;
  pinOrigin(app, parts.issuer);
  readForwardedFor(app, parts.forwardedFor);
  // Faults are answered and logged by errorPages; what is left breaks off an answer under way.
  tellBrokenAnswers(app, parts.errors);
  const middleware = [
    observedRequests(parts.observed),
    ...parts.first,
    securityHeaders(parts.issuer),
    pages(parts.pages),
    localeOfRequest(),
    errorPages(parts.errors),
    headersWithinLimit(),
    ...parts.routes.map(reachedBySegment),
    formAddresses(parts.routes),
  ];
  for (const each of middleware) app.use(each);
  return app;
}

/**
 * Koa and oidc-provider compute addresses from the request's host and protocol, which the client
 * chooses (Koa CVE-2026-27959; Zitadel GHSA-2wmj-46rj-qm2w). Here they are the issuer's, always; also
 * when the request line itself names a host (absolute-form, RFC 9112 §3.2.2), which Koa's `href` believes.
 */
export function pinOrigin(app: Pick<Koa, "request">, issuer: string): void {
  const { host, hostname, protocol, origin } = new URL(issuer);
  const secure = protocol === "https:";
  const pinned = { host, hostname, origin, secure, protocol: protocol.slice(0, -1) };
  for (const [name, value] of Object.entries(pinned)) {
    Object.defineProperty(app.request, name, { get: () => value });
  }
  Object.defineProperty(app.request, "href", {
    get: function href(this: Koa.Request) {
      return `${origin}${this.originalUrl.replace(/^[a-z][a-z\d+.-]*:\/\/[^/?#]*/i, "")}`;
    },
  });
}
