import { createHash } from "node:crypto";
import { BrowserAgent, type Page } from "./browser-agent.ts";
import { newPerson } from "./person.ts";
import type { TestProvider } from "./test-provider.ts";

/** An answer of an endpoint, as it came. */
export interface PlainAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A client of the test provider by hand: for requests that openid-client would never send. */
export interface PlainClient {
  readonly redirectUri: string;
  /** The usual request; a parameter given as undefined is left out. */
  readonly authorizationUrl: (parameters?: PlainParameters) => URL;
  /** Opens it; the browser stops before the client's own pages. */
  readonly authorize: (browser: BrowserAgent, parameters?: PlainParameters) => Promise<Page>;
  /** What the provider sent to the redirect URI where the browser stopped. */
  readonly answer: (page: Page) => URLSearchParams;
  /** Authorizes and takes the code; the person must be signed in already, or `act` signs in. */
  readonly code: (
    browser: BrowserAgent,
    parameters?: PlainParameters,
    act?: () => Promise<unknown>,
  ) => Promise<string>;
  /** Asks the token endpoint for this code. */
  readonly redeem: (code: string, fields?: PlainParameters) => Promise<PlainAnswer>;
  readonly refresh: (refreshToken: unknown) => Promise<PlainAnswer>;
  /** What introspection says. */
  readonly isActive: (token: unknown) => Promise<unknown>;
  /** Posts to an endpoint, with the client's own authentication. */
  readonly post: (path: string, fields: PlainParameters) => Promise<PlainAnswer>;
}

/** Parameters of a request; undefined leaves one out. */
export type PlainParameters = Readonly<Record<string, string | undefined>>;

/** The verifier of {@link challenge}. */
export const verifier = "a-code-verifier-that-only-the-tests-of-this-provider-know";

/** PKCE's challenge of the verifier that {@link PlainClient.redeem} sends. */
export const challenge = createHash("sha256").update(verifier).digest("base64url");

/** The client of {@link TestProvider.party}, confidential unless `isPublic`. */
export function plainClient(
  provider: TestProvider,
  clientId: string,
  isPublic = false,
): PlainClient {
  const { redirectUri } = provider.party(clientId);
  const authorizationUrl = (parameters: PlainParameters = {}) => {
    const url = new URL(`${provider.issuer}/auth`);
    url.search = given({
      client_id: clientId,
      response_type: "code",
      redirect_uri: redirectUri,
      scope: "openid",
      state: "state-of-the-client",
      code_challenge: challenge,
      code_challenge_method: "S256",
      ...parameters,
    }).toString();
    return url;
  };
  const answer = (page: Page) => {
    const location = page.location ?? "";
    if (!location.startsWith(redirectUri)) throw new Error(`not sent back: ${page.describe()}`);
    return new URL(location).searchParams;
  };
  const authorize = (browser: BrowserAgent, parameters?: PlainParameters) =>
    browser.open(authorizationUrl(parameters));
  const post = async (path: string, fields: PlainParameters) => {
    const secret = provider.clientSecret;
    const basic = Buffer.from(`${clientId}:${secret}`).toString("base64");
    const response = await fetch(`${provider.issuer}${path}`, {
      method: "POST",
      headers: isPublic ? {} : { authorization: `Basic ${basic}` },
      body: given(isPublic ? { client_id: clientId, ...fields } : fields),
    });
    const text = await response.text();
    const body = (text === "" ? {} : JSON.parse(text)) as PlainAnswer["body"];
    return { status: response.status, body };
  };
  return {
    redirectUri,
    authorizationUrl,
    authorize,
    answer,
    code: async (browser, parameters, act) => {
      await authorize(browser, parameters);
      await act?.();
      return answer(browser.page).get("code") ?? "";
    },
    redeem: (code, fields = {}) =>
      post("/token", {
        grant_type: "authorization_code",
        code,
        redirect_uri: redirectUri,
        code_verifier: verifier,
        ...fields,
      }),
    refresh: (refreshToken) =>
      post("/token", { grant_type: "refresh_token", refresh_token: String(refreshToken) }),
    isActive: async (token) =>
      (await post("/token/introspection", { token: String(token) })).body["active"],
    post,
  };
}

/** A code that somebody new gives this client. */
export async function newCode(provider: TestProvider, client: PlainClient): Promise<string> {
  const person = await newPerson(provider);
  const browser = new BrowserAgent({ stopBefore: [new URL(client.redirectUri).origin] });
  return client.code(browser, {}, () => person.signIn(browser));
}

/** The tokens of {@link newCode}. */
export async function newTokens(
  provider: TestProvider,
  client: PlainClient,
): Promise<PlainAnswer["body"]> {
  return (await client.redeem(await newCode(provider, client))).body;
}

/** Asks userinfo with an access token. */
export async function userinfo(provider: TestProvider, accessToken: unknown): Promise<PlainAnswer> {
  const headers = { authorization: `Bearer ${String(accessToken)}` };
  const response = await fetch(`${provider.issuer}/me`, { headers });
  return { status: response.status, body: (await response.json()) as PlainAnswer["body"] };
}

function given(parameters: PlainParameters): URLSearchParams {
  const pairs = Object.entries(parameters).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return new URLSearchParams(Object.fromEntries(pairs));
}
