import type { ClientMetadata } from "../clients/index.ts";
import { digest } from "../foundation/index.ts";
import {
  type DoctorParts,
  type Finding,
  faultText,
  fine,
  notChecked,
  problem,
} from "./doctor-finding.ts";
import { type DoctorAnswer, ask } from "./doctor-request.ts";

const check = "sign-in";
const mostRedirects = 10;

/**
 * Sends a real authorization request of a client to the running provider, by its public name, and follows
 * it to the page with the fields `email` and `password`. Nobody signs in; only the provider is visited.
 */
export async function walkToSignIn(client: ClientMetadata, parts: DoctorParts): Promise<Finding> {
  const [redirectUri] = client.redirect_uris;
  if (redirectUri === undefined || !client.grant_types.includes("authorization_code")) {
    return notChecked(check, "people do not sign in by this client", "nothing to do");
  }
  const pushes = client.require_pushed_authorization_requests ?? client.profile === "fapi2";
  if (pushes || client.require_signed_request_object) {
    const found = "its requests are pushed or signed with what only the client has";
    return notChecked(check, found, "try it from the client itself");
  }
  const { issuer } = parts.settings;
  const walk = { cookies: new Map<string, string>(), issuer, redirectUri };
  let url = authorizationUrl(client, redirectUri, parts);
  for (let step = 1; step <= mostRedirects; step += 1) {
    const place = `step ${step}, GET ${url.pathname}`;
    try {
      const answer = await ask(url, headersOf(walk.cookies));
      keepCookies(walk.cookies, answer);
      const next = judged(answer, url, place, walk);
      if (!(next instanceof URL)) return next;
      url = next;
    } catch (error) {
      const advice = "see the checks issuer and tls";
      return problem(check, `${place}: ${faultText(error)}`, advice);
    }
  }
  const advice = "see in the proxy's log what redirects; it must pass requests on unchanged";
  return problem(check, `more than ${mostRedirects} redirects`, advice);
}

interface Walk {
  readonly cookies: Map<string, string>;
  readonly issuer: string;
  readonly redirectUri: string;
}

function authorizationUrl(
  client: ClientMetadata,
  redirectUri: string,
  { settings, random }: DoctorParts,
): URL {
  const url = new URL("/auth", settings.issuer);
  url.search = new URLSearchParams({
    client_id: client.client_id,
    redirect_uri: redirectUri,
    response_type: "code",
    scope: "openid",
    state: random.identifier(),
    nonce: random.identifier(),
    code_challenge: digest(random.secret()),
    code_challenge_method: "S256",
    ...responseMode(client),
  }).toString();
  return url;
}

/** Nothing where the usual one is allowed: a client may have registered another alone. */
function responseMode({ response_modes: modes }: ClientMetadata): { response_mode?: string } {
  const [first] = modes ?? [];
  return first === undefined || modes?.includes("query") ? {} : { response_mode: first };
}

/** Where to go next, or what was found. */
function judged(answer: DoctorAnswer, from: URL, place: string, walk: Walk): URL | Finding {
  const { status, headers, body } = answer;
  if (headers.location !== undefined && status >= 300 && status < 400) {
    return redirected(new URL(headers.location, from), place, walk);
  }
  if (status !== 200) return refusedPage(answer, place);
  const fields = ["email", "password"].filter((name) => new RegExp(`name="${name}"`).test(body));
  if (fields.length === 2) return fine(check, `the sign-in page is reached (${place})`);
  const advice = "the provider of this version shows its sign-in page there: see what else answers";
  return problem(check, `${place} answers a page without the fields email and password`, advice);
}

function redirected(next: URL, place: string, { issuer, redirectUri }: Walk): URL | Finding {
  const error =
    next.searchParams.get("error") ?? new URLSearchParams(next.hash.slice(1)).get("error");
  if (next.href.startsWith(redirectUri) && error !== null) {
    const parameters = next.searchParams.has("error")
      ? next.searchParams
      : new URLSearchParams(next.hash.slice(1));
    const description = parameters.get("error_description") ?? "";
    return problem(check, `${place}: ${error} ${description}`.trim(), correction(error));
  }
  if (next.origin === issuer) return next;
  const advice =
    "the provider redirects within ISSUER alone: whatever answers there is not it, or has another ISSUER";
  return problem(check, `${place} redirects to ${next.origin}`, advice);
}

function refusedPage({ status, body }: DoctorAnswer, place: string): Finding {
  const [, error = ""] = /<code>([a-z]+(?:_[a-z]+)+)<\/code>/.exec(body) ?? [];
  const [, description = ""] = /<\/code>\s*<span[^>]*>([^<]*)<\/span>/.exec(body) ?? [];
  const said = [error, plainText(description)].filter((part) => part !== "").join(": ");
  const found = `${place} answers ${status}${said === "" ? "" : `, ${said}`}`;
  if (status === 429)
    return problem(check, found, "try again in a minute: this address asked often");
  if (status >= 500) return problem(check, found, "see the error in the provider's log");
  return problem(check, found, correction(error));
}

const sameClients =
  "the running servers know other clients than these settings: give them the same CLIENTS_FILE and environment, and restart them";

/** What mends a refusal of a request that these settings say is right. */
function correction(error: string): string {
  const corrections: Readonly<Record<string, string>> = {
    invalid_client: sameClients,
    invalid_redirect_uri: sameClients,
    invalid_request: `see the description; ${sameClients}`,
    invalid_scope: `its scope must hold openid; ${sameClients}`,
    unauthorized_client: `its grant_types and response_types must allow code; ${sameClients}`,
  };
  return corrections[error] ?? `see the provider's log; ${sameClients}`;
}

function keepCookies(cookies: Map<string, string>, { headers }: DoctorAnswer): void {
  for (const line of headers["set-cookie"] ?? []) {
    const [, name, value] = /^([^=;]+)=([^;]*)/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) cookies.set(name, value);
  }
}

function headersOf(cookies: ReadonlyMap<string, string>): Record<string, string> {
  const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  return { accept: "text/html", "accept-language": "en", ...(cookie !== "" && { cookie }) };
}

function plainText(html: string): string {
  return html
    .replaceAll("&#39;", "'")
    .replaceAll("&#34;", '"')
    .replaceAll("&quot;", '"')
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}
