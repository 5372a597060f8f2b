import { createHash, randomUUID } from "node:crypto";
import { BrowserAgent } from "../support/browser-agent.ts";
import { type TestKey, newKey, signedJwt } from "../support/signed-jwt.ts";
import { type TestProvider, goodPassword } from "../support/test-provider.ts";

/** An answer of an endpoint. */
export interface FapiAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Fields of a request; undefined leaves out what is usual. */
export type Fields = Readonly<Record<string, string | undefined>>;

/** How one request differs from a good one. */
export interface Deviation {
  readonly fields?: Fields;
  /** The client's own proof, `private_key_jwt`; false for none. */
  readonly assertion?: string | false;
  /** The header `DPoP`; false for none. */
  readonly dpop?: string | false;
}

/** A FAPI 2.0 client by hand, so that each of its requests can be wrong in one way. */
export interface FapiClient {
  readonly clientId: string;
  readonly redirectUri: string;
  /** Claims given as undefined are left out. */
  readonly assertion: (claims?: object, by?: TestKey) => string;
  readonly push: (deviation?: Deviation) => Promise<FapiAnswer>;
  /** The address that a pushed request is opened by. */
  readonly authorizationUrl: (requestUri: unknown, fields?: Fields) => string;
  /** Pushes, opens and signs in; the parameters that came back. */
  readonly authorize: (deviation?: Deviation) => Promise<URLSearchParams>;
  readonly signIn: (browser: BrowserAgent) => Promise<URLSearchParams>;
  readonly redeem: (code: string | null, deviation?: Deviation) => Promise<FapiAnswer>;
  readonly refresh: (refreshToken: unknown, deviation?: Deviation) => Promise<FapiAnswer>;
  /** Asks userinfo by a bound token. */
  readonly userinfo: (accessToken: unknown, proof: string, scheme?: string) => Promise<FapiAnswer>;
  readonly browser: () => BrowserAgent;
}

const verifier = "a-code-verifier-that-only-the-conformance-suite-of-this-profile-knows";

/** A proof of possession (RFC 9449 §4.2); claims and header given here replace the usual ones. */
export function proof(
  key: TestKey,
  { htm = "POST", htu }: { readonly htm?: string; readonly htu: string },
  { claims = {}, header = {} }: { readonly claims?: object; readonly header?: object } = {},
): string {
  const usual = { jti: randomUUID(), htm, htu, iat: epochSeconds() };
  const jwk = key.publicKey.export({ format: "jwk" });
  return signedJwt(key, { typ: "dpop+jwt", jwk, ...header }, { ...usual, ...claims });
}

/** The digest of a token that a proof for a resource carries (RFC 9449 §4.3). */
export function tokenDigest(accessToken: unknown): string {
  return createHash("sha256").update(String(accessToken)).digest("base64url");
}

/** The thumbprint of a key (RFC 7638), for `dpop_jkt`. */
export function thumbprint(key: TestKey): string {
  const { crv, kty, x, y } = key.publicKey.export({ format: "jwk" });
  return createHash("sha256").update(JSON.stringify({ crv, kty, x, y })).digest("base64url");
}

/** A client of the test provider whose key is `key` and whose tokens are bound to `bound`. */
export function fapiClient(
  provider: TestProvider,
  parts: {
    readonly clientId: string;
    readonly email: string;
    readonly key: TestKey;
    readonly bound: TestKey;
  },
): FapiClient {
  const { clientId, key, bound } = parts;
  const { redirectUri, origin } = provider.party(clientId);
  const { issuer } = provider;
  const assertion = (claims: object = {}, by: TestKey = key) => {
    const now = epochSeconds();
    const usual = { iss: clientId, sub: clientId, aud: issuer, jti: randomUUID(), iat: now };
    return signedJwt(by, {}, { ...usual, exp: now + 60, ...claims });
  };
  const post = async (path: string, usual: Fields, deviation: Deviation, bind: boolean) => {
    const proven = deviation.assertion ?? assertion();
    const authentication =
      proven === false
        ? {}
        : {
            client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            client_assertion: proven,
          };
    const usualProof = bind ? proof(bound, { htu: `${issuer}${path}` }) : false;
    const dpop = deviation.dpop ?? usualProof;
    return answered(
      await fetch(`${issuer}${path}`, {
        method: "POST",
        headers: dpop === false ? {} : { dpop },
        body: given({ ...usual, ...authentication, ...deviation.fields }),
      }),
    );
  };
  const push = (deviation: Deviation = {}) =>
    post("/request", requestOf(clientId, redirectUri), deviation, false);
  const authorizationUrl = (requestUri: unknown, fields: Fields = {}) =>
    `${issuer}/auth?${given({ client_id: clientId, request_uri: String(requestUri), ...fields }).toString()}`;
  const browser = () => new BrowserAgent({ stopBefore: [origin] });
  const signIn = async (agent: BrowserAgent) => {
    if (agent.page.h1 === "Connexion") {
      await agent.fill({ email: parts.email, password: goodPassword }).submit();
    }
    return new URL(agent.page.location ?? "about:blank").searchParams;
  };
  return {
    clientId,
    redirectUri,
    assertion,
    push,
    authorizationUrl,
    browser,
    signIn,
    authorize: async (deviation) => {
      const { body } = await push(deviation);
      const agent = browser();
      await agent.open(authorizationUrl(body["request_uri"]));
      return signIn(agent);
    },
    redeem: (code, deviation = {}) =>
      post(
        "/token",
        {
          grant_type: "authorization_code",
          code: code ?? "",
          redirect_uri: redirectUri,
          code_verifier: verifier,
        },
        deviation,
        true,
      ),
    refresh: (refreshToken, deviation = {}) => {
      const fields = { grant_type: "refresh_token", refresh_token: String(refreshToken) };
      return post("/token", fields, deviation, true);
    },
    userinfo: async (accessToken, dpop, scheme = "DPoP") =>
      answered(
        await fetch(`${issuer}/me`, {
          headers: { authorization: `${scheme} ${String(accessToken)}`, dpop },
        }),
      ),
  };
}

/** A new key that tokens can be bound to. */
export const newBoundKey = (): TestKey => newKey("ES256");

/** What this machine calls now. */
export function epochSeconds(): number {
  return Math.floor(Date.now() / 1000);
}

/** The parameters of a good request. */
export function requestOf(clientId: string, redirectUri: string): Fields {
  return {
    client_id: clientId,
    response_type: "code",
    scope: "openid",
    redirect_uri: redirectUri,
    state: "state-of-the-client",
    nonce: "nonce-of-the-client",
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
  };
}

async function answered(response: Response): Promise<FapiAnswer> {
  const text = await response.text();
  const json = text.startsWith("{") ? (JSON.parse(text) as FapiAnswer["body"]) : {};
  return { status: response.status, body: json };
}

function given(fields: Fields): URLSearchParams {
  const pairs = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return new URLSearchParams(Object.fromEntries(pairs));
}
