import type { IncomingHttpHeaders } from "node:http";
import type { CookieContext } from "./cookie-jar.ts";
import type { Hop } from "./page.ts";

/** The page a navigation starts from. */
export interface Initiator {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
}

/** One request of a navigation. */
export interface PageRequest {
  readonly method: "GET" | "POST";
  readonly url: URL;
  /** A form, urlencoded unless `contentType` says otherwise. */
  readonly body?: string | Buffer;
  readonly contentType?: string;
  /** Absent when the person typed the address. */
  readonly initiator?: Initiator;
  /** Whether a form was submitted: the form-action directive of its page applies. */
  readonly isForm?: boolean;
  /** The addresses this navigation was redirected from. */
  readonly redirectedFrom?: readonly URL[];
}

/**
 * What a browser says of a navigation.
 * @see Fetch Metadata Request Headers; Fetch §3.2 (Origin); Referrer Policy §3
 */
export function requestHeaders(request: PageRequest, language: string): Record<string, string> {
  const origin = originHeader(request);
  const referrer = refererHeader(request);
  return {
    accept: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "accept-language": language,
    "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "upgrade-insecure-requests": "1",
    "sec-fetch-dest": "document",
    "sec-fetch-mode": "navigate",
    "sec-fetch-site": fetchSite(request),
    "sec-fetch-user": "?1",
    ...(referrer && { referer: referrer }),
    ...(origin && { origin }),
    ...(request.body !== undefined && {
      "content-type": request.contentType ?? "application/x-www-form-urlencoded",
      "content-length": String(Buffer.byteLength(request.body)),
    }),
  };
}

/** Which `SameSite` cookies a request carries. */
export function cookieContext(request: PageRequest): CookieContext {
  const { initiator, url, method } = request;
  return {
    sameSite: !initiator || site(new URL(initiator.url)) === site(url),
    safeNavigation: method === "GET",
  };
}

/** The request that an answer leads to; undefined when the answer is a page. */
export function nextRequest(request: PageRequest, { status, location }: Hop) {
  if (![301, 302, 303, 307, 308].includes(status) || location === undefined) return undefined;
  const keepsMethod = status === 307 || status === 308;
  const { body, ...rest } = request;
  const next: PageRequest = {
    ...rest,
    method: keepsMethod ? request.method : "GET",
    url: new URL(location),
    redirectedFrom: [...(request.redirectedFrom ?? []), request.url],
    ...(keepsMethod && body !== undefined && { body }),
  };
  return next;
}

/**
 * Refuses what the form-action directive of the form's page forbids, as Chromium and Safari do: for
 * the form's own target and for every redirect after it.
 * @throws Error naming the directive and the address
 */
export function assertFormActionAllows({ initiator, isForm, url }: PageRequest): void {
  if (!isForm || !initiator) return;
  const policies = [initiator.headers["content-security-policy"] ?? ""].flat().join(",").split(",");
  for (const policy of policies) {
    const directive = policy
      .split(";")
      .map((each) => each.trim().split(/\s+/))
      .find(([name]) => name?.toLowerCase() === "form-action");
    if (directive && !directive.slice(1).some((source) => covers(source, url, initiator.url))) {
      throw new Error(`${directive.join(" ")} of ${initiator.url} blocks the way to ${url.origin}`);
    }
  }
}

function covers(source: string, url: URL, pageUrl: string): boolean {
  if (source === "*") return true;
  if (source === "'self'") return url.origin === new URL(pageUrl).origin;
  if (source.endsWith(":")) return url.protocol === source;
  return URL.canParse(source) && new URL(source).origin === url.origin;
}

function fetchSite({ initiator, url, redirectedFrom = [] }: PageRequest): string {
  if (!initiator) return "none";
  const from = new URL(initiator.url);
  const chain = [...redirectedFrom, url];
  if (chain.every((each) => each.origin === from.origin)) return "same-origin";
  return chain.every((each) => site(each) === site(from)) ? "same-site" : "cross-site";
}

// Ports play no part in a site; the list of public suffixes does not matter to the names tests use.
function site(url: URL): string {
  return `${url.protocol}//${url.hostname}`;
}

function originHeader({ method, initiator, url, redirectedFrom = [] }: PageRequest) {
  if (method !== "POST" || !initiator) return undefined;
  const { origin } = new URL(initiator.url);
  const policy = referrerPolicy(initiator);
  if (policy === "no-referrer" || (policy === "same-origin" && origin !== url.origin))
    return "null";
  const crossed = redirectedFrom.some((from, index) => {
    const to = redirectedFrom[index + 1] ?? url;
    return from.origin !== origin && from.origin !== to.origin;
  });
  return crossed ? "null" : origin;
}

function refererHeader({ initiator, url }: PageRequest): string | undefined {
  if (!initiator) return undefined;
  const from = new URL(initiator.url);
  const sameOrigin = from.origin === url.origin;
  const whole = `${from.origin}${from.pathname}${from.search}`;
  switch (referrerPolicy(initiator)) {
    case "no-referrer":
      return undefined;
    case "same-origin":
      return sameOrigin ? whole : undefined;
    case "origin":
    case "strict-origin":
      return `${from.origin}/`;
    case "unsafe-url":
      return whole;
    default:
      return sameOrigin ? whole : `${from.origin}/`;
  }
}

function referrerPolicy({ headers }: Initiator): string {
  const value = [headers["referrer-policy"] ?? ""].flat().join(",").split(",").at(-1)?.trim();
  return value ?? "";
}
