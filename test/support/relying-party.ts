import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import * as openid from "openid-client";
import type { BrowserAgent, Page } from "./browser-agent.ts";
import { waitFor } from "./wait-for.ts";

/** How a test relying party is registered at the provider. */
export interface RelyingPartyOptions {
  /** Asked at the first login, so that the provider may start after the relying party. */
  readonly issuer: string | (() => string);
  readonly clientId: string;
  /** Absent for a public client. */
  readonly clientSecret?: string;
  /** How it proves who it is, when not by `clientSecret` and `client_secret_basic`. */
  readonly authentication?: openid.ClientAuth;
  /** `/callback` unless told. */
  readonly redirectPath?: string;
  /** `openid` unless told. */
  readonly scope?: string;
  /** Any free port unless told. */
  readonly port?: number;
  /** Whether it sends a PKCE challenge; yes unless told. */
  readonly pkce?: boolean;
}

/** What came of a login. */
export type LoginResult = SignedIn | Refused;

/** The provider gave a code, and the code gave tokens. */
export interface SignedIn {
  readonly error?: undefined;
  readonly tokens: openid.TokenEndpointResponse;
  /** The claims of the ID token. */
  readonly claims: openid.IDToken;
  readonly userinfo: openid.UserInfoResponse;
}

/** The provider refused, at the authorization or at the token endpoint. */
export interface Refused {
  readonly error: string;
  readonly description: string | undefined;
  /** What openid-client threw. */
  readonly cause: unknown;
}

/** One login under way. */
export interface Login {
  /** Where the browser stands after the first redirects: a page of the provider, or our callback. */
  readonly page: Page;
  readonly state: string;
  /** Waits until the browser has come back. */
  readonly result: () => Promise<LoginResult>;
  /** Waits, and fails when the provider refused. */
  readonly signedIn: () => Promise<SignedIn>;
  /** Waits, and fails when the provider did not refuse. */
  readonly refused: () => Promise<Refused>;
}

/** A relying party on a loopback port, made of openid-client: it checks all that a real one does. */
export interface RelyingParty {
  readonly origin: string;
  readonly redirectUri: string;
  /** Discovers the provider once; for calls that this interface does not name. */
  readonly configuration: () => Promise<openid.Configuration>;
  /** Sends the browser to the authorization endpoint with these parameters beside the usual ones. */
  readonly login: (agent: BrowserAgent, parameters?: Parameters) => Promise<Login>;
  /** @throws openid.ResponseBodyError, whose `error` is for example `invalid_grant` */
  readonly refresh: (refreshToken: string) => Promise<openid.TokenEndpointResponse>;
  readonly userinfo: (accessToken: string, sub: string) => Promise<openid.UserInfoResponse>;
  readonly introspect: (token: string) => Promise<openid.IntrospectionResponse>;
  readonly revoke: (token: string) => Promise<void>;
  /** Where a person is sent to sign out; comes back to `origin/` unless told. */
  readonly endSessionUrl: (idToken: string, parameters?: Parameters) => Promise<URL>;
  readonly close: () => Promise<void>;
}

type Parameters = Readonly<Record<string, string>>;

interface Attempt {
  readonly nonce: string;
  readonly verifier: string | undefined;
  result?: LoginResult;
}

/** Starts one. Its pages are `/` and the redirect URI, whose h1 is « Signed in » or « Refused ». */
export async function startRelyingParty(options: RelyingPartyOptions): Promise<RelyingParty> {
  const attempts = new Map<string, Attempt>();
  let discovered: Promise<openid.Configuration> | undefined;
  const configuration = () => (discovered ??= discover(options));
  const { redirectPath = "/callback", port = 0 } = options;

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", origin);
    response.setHeader("content-type", "text/html; charset=utf-8");
    if (url.pathname !== redirectPath) {
      response.end("<h1>Relying party</h1>");
      return;
    }
    void comeBack(configuration, attempts, url).then((result) => {
      const heading = result.error === undefined ? "Signed in" : "Refused";
      response.end(`<h1>${heading}</h1><pre>${JSON.stringify(result, undefined, 2)}</pre>`);
    });
  });
  const origin = await listen(server, port);
  const redirectUri = `${origin}${redirectPath}`;

  return {
    origin,
    redirectUri,
    configuration,
    login: async (agent, parameters = {}) => {
      const { url, state, attempt } = await begin(await configuration(), {
        redirectUri,
        scope: options.scope ?? "openid",
        pkce: options.pkce ?? true,
        parameters,
      });
      attempts.set(state, attempt);
      return login(await agent.open(url), state, attempt);
    },
    refresh: async (token) => openid.refreshTokenGrant(await configuration(), token),
    userinfo: async (token, sub) => openid.fetchUserInfo(await configuration(), token, sub),
    introspect: async (token) => openid.tokenIntrospection(await configuration(), token),
    revoke: async (token) => openid.tokenRevocation(await configuration(), token),
    endSessionUrl: async (idToken, parameters) =>
      openid.buildEndSessionUrl(await configuration(), {
        id_token_hint: idToken,
        post_logout_redirect_uri: `${origin}/`,
        ...parameters,
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

function discover({ issuer, clientId, clientSecret, ...options }: RelyingPartyOptions) {
  const server = new URL(typeof issuer === "string" ? issuer : issuer());
  const bySecret = clientSecret ? openid.ClientSecretBasic(clientSecret) : openid.None();
  const authentication = options.authentication ?? bySecret;
  return openid.discovery(server, clientId, undefined, authentication, {
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- marked so to be noticed; loopback has no TLS
    execute: [openid.allowInsecureRequests, openid.enableNonRepudiationChecks],
  });
}

async function begin(
  configuration: openid.Configuration,
  request: { redirectUri: string; scope: string; pkce: boolean; parameters: Parameters },
) {
  const state = openid.randomState();
  const verifier = request.pkce ? openid.randomPKCECodeVerifier() : undefined;
  const attempt: Attempt = { nonce: openid.randomNonce(), verifier };
  const url = openid.buildAuthorizationUrl(configuration, {
    redirect_uri: request.redirectUri,
    scope: request.scope,
    state,
    nonce: attempt.nonce,
    ...(verifier && {
      code_challenge: await openid.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
    }),
    ...request.parameters,
  });
  return { url, state, attempt };
}

function login(page: Page, state: string, attempt: Attempt): Login {
  const result = () => waitFor("the browser at the redirect URI", () => attempt.result);
  return {
    page,
    state,
    result,
    signedIn: async () => {
      const outcome = await result();
      if (outcome.error !== undefined) throw new Error("not signed in", { cause: outcome.cause });
      return outcome;
    },
    refused: async () => {
      const outcome = await result();
      if (outcome.error === undefined) throw new Error("signed in, but a refusal was expected");
      return outcome;
    },
  };
}

async function comeBack(
  configuration: RelyingParty["configuration"],
  attempts: ReadonlyMap<string, Attempt>,
  url: URL,
): Promise<LoginResult> {
  const state = url.searchParams.get("state") ?? "";
  const attempt = attempts.get(state);
  if (!attempt) return { error: "unknown_state", description: undefined, cause: url.href };
  const result = await exchange(await configuration(), url, state, attempt).catch(refusal);
  attempt.result ??= result;
  return result;
}

async function exchange(
  configuration: openid.Configuration,
  url: URL,
  expectedState: string,
  { nonce, verifier }: Attempt,
): Promise<SignedIn> {
  const tokens = await openid.authorizationCodeGrant(configuration, url, {
    expectedState,
    expectedNonce: nonce,
    ...(verifier && { pkceCodeVerifier: verifier }),
  });
  const claims = tokens.claims();
  if (!claims) throw new Error("no ID token");
  const userinfo = await openid.fetchUserInfo(configuration, tokens.access_token, claims.sub);
  return { tokens, claims, userinfo };
}

function refusal(cause: unknown): Refused {
  if (
    cause instanceof openid.AuthorizationResponseError ||
    cause instanceof openid.ResponseBodyError
  ) {
    return { error: cause.error, description: cause.error_description, cause };
  }
  return { error: "unexpected", description: String(cause), cause };
}

async function listen(server: Server, port: number): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
