/** One cookie as a browser keeps it (RFC 6265bis §5.5). Ports play no part. */
export interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly host: string;
  /** Whether subdomains of `host` get it too (a `Domain` attribute was given). */
  readonly subdomains: boolean;
  readonly path: string;
  /** Milliseconds since the epoch; undefined for a cookie of the browser session. */
  readonly expiresAt: number | undefined;
  readonly secure: boolean;
  readonly httpOnly: boolean;
  readonly sameSite: "Strict" | "Lax" | "None";
}

/** What a browser weighs before it sends a `SameSite` cookie. */
export interface CookieContext {
  /** Whether the page that started the request is of the same site as its target. */
  readonly sameSite: boolean;
  /** Whether it is a top-level navigation by a safe method. */
  readonly safeNavigation: boolean;
}

const typedAddress: CookieContext = { sameSite: true, safeNavigation: true };

/** The cookies of one browser. It reads `Date.now()`, so a test that fakes `Date` ages them. */
export class CookieJar {
  #cookies: Cookie[] = [];

  /** Keeps what an answer from `url` sets, and forgets what it expires. */
  store(url: URL, headers: readonly string[]): void {
    for (const header of headers) {
      const cookie = parseSetCookie(url, header);
      if (!cookie) continue;
      this.#cookies = this.#cookies.filter((other) => !isSameCookie(other, cookie));
      if (!hasExpired(cookie)) this.#cookies.push(cookie);
    }
  }

  /** The cookies a request to `url` carries, the longest path first (RFC 6265 §5.4). */
  matching(url: URL, context: CookieContext = typedAddress): Cookie[] {
    this.#cookies = this.#cookies.filter((cookie) => !hasExpired(cookie));
    return this.#cookies
      .filter((cookie) => reachesHost(cookie, url.hostname) && reachesPath(cookie, url.pathname))
      .filter((cookie) => !cookie.secure || isTrustworthy(url))
      .filter((cookie) => context.sameSite || crossesSites(cookie, context))
      .sort((left, right) => right.path.length - left.path.length);
  }

  /** The value of the `Cookie` header for a request to `url`; undefined without cookies. */
  header(url: URL, context: CookieContext = typedAddress): string | undefined {
    const cookies = this.matching(url, context);
    return cookies.length > 0
      ? cookies.map(({ name, value }) => `${name}=${value}`).join("; ")
      : undefined;
  }

  /** Every cookie that has not expired, whatever its host and path. */
  all(): readonly Cookie[] {
    return this.#cookies.filter((cookie) => !hasExpired(cookie));
  }

  /** Forgets the cookies of that name, or all of them. */
  clear(name?: string): void {
    this.#cookies = this.#cookies.filter((cookie) => name !== undefined && cookie.name !== name);
  }
}

function parseSetCookie(url: URL, header: string): Cookie | undefined {
  const [pair = "", ...parts] = header.split(";");
  const equals = pair.indexOf("=");
  if (equals < 1) return undefined;
  const attributes = new Map(parts.map(parseAttribute));
  const domain = attributes.get("domain")?.replace(/^\./, "").toLowerCase();
  if (domain && domain !== url.hostname && !url.hostname.endsWith(`.${domain}`)) return undefined;
  const cookie: Cookie = {
    name: pair.slice(0, equals).trim(),
    value: pair.slice(equals + 1).trim(),
    host: domain ?? url.hostname,
    subdomains: Boolean(domain),
    path: attributes.get("path")?.startsWith("/")
      ? (attributes.get("path") ?? "/")
      : defaultPath(url.pathname),
    expiresAt: expiry(attributes),
    secure: attributes.has("secure"),
    httpOnly: attributes.has("httponly"),
    sameSite: sameSiteOf(attributes.get("samesite")),
  };
  return isAllowed(cookie, url) ? cookie : undefined;
}

function parseAttribute(part: string): [string, string] {
  const [name = "", ...value] = part.split("=");
  return [name.trim().toLowerCase(), value.join("=").trim()];
}

function expiry(attributes: ReadonlyMap<string, string>): number | undefined {
  const maxAge = attributes.get("max-age");
  if (maxAge !== undefined && /^-?\d+$/.test(maxAge)) return Date.now() + Number(maxAge) * 1000;
  const expires = Date.parse(attributes.get("expires") ?? "");
  return Number.isNaN(expires) ? undefined : expires;
}

function sameSiteOf(value: string | undefined): Cookie["sameSite"] {
  if (value?.toLowerCase() === "none") return "None";
  return value?.toLowerCase() === "strict" ? "Strict" : "Lax";
}

// RFC 6265bis §4.1.3 and §5.6: prefixes are promises, and SameSite=None needs Secure.
function isAllowed(cookie: Cookie, url: URL): boolean {
  if (cookie.secure && !isTrustworthy(url)) return false;
  if (cookie.sameSite === "None" && !cookie.secure) return false;
  if (cookie.name.startsWith("__Secure-")) return cookie.secure;
  if (!cookie.name.startsWith("__Host-")) return true;
  return cookie.secure && cookie.path === "/" && !cookie.subdomains;
}

// Browsers treat loopback as trustworthy, so Secure cookies work there without TLS.
function isTrustworthy(url: URL): boolean {
  return url.protocol === "https:" || ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
}

function defaultPath(pathname: string): string {
  return pathname.slice(0, Math.max(pathname.lastIndexOf("/"), 1));
}

function isSameCookie(left: Cookie, right: Cookie): boolean {
  return left.name === right.name && left.host === right.host && left.path === right.path;
}

function hasExpired(cookie: Cookie): boolean {
  return cookie.expiresAt !== undefined && cookie.expiresAt <= Date.now();
}

function reachesHost(cookie: Cookie, host: string): boolean {
  return cookie.host === host || (cookie.subdomains && host.endsWith(`.${cookie.host}`));
}

function reachesPath(cookie: Cookie, path: string): boolean {
  const folder = cookie.path.endsWith("/") ? cookie.path : `${cookie.path}/`;
  return path === cookie.path || path.startsWith(folder);
}

function crossesSites(cookie: Cookie, context: CookieContext): boolean {
  return cookie.sameSite === "None" || (cookie.sameSite === "Lax" && context.safeNavigation);
}
