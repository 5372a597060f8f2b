import { setTimeout as pause } from "node:timers/promises";
import * as openid from "openid-client";

/** Claims by name, as the provider gave them. */
export type Claims = Readonly<Record<string, unknown>>;

/** What must be remembered between the way to the provider and the way back. */
export interface LoginAttempt {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
}

/** Who signed in. */
export interface Identity {
  readonly claims: Claims;
  /** Shown to the provider at sign-out (`id_token_hint`). */
  readonly idToken: string;
  /** The provider's name of the session, by which it says that it has ended. */
  readonly sid?: string | undefined;
}

/** The provider does not answer, or not as an OpenID provider. */
export class ProviderUnreachable extends Error {
  override readonly name = "ProviderUnreachable";
}

/** The provider answered that it will not sign the person in; `code` is its `error`. */
export class LoginRefused extends Error {
  override readonly name = "LoginRefused";
  readonly code: string;

  constructor(code: string, cause: unknown) {
    super(`the provider answered ${code}`, { cause });
    this.code = code;
  }
}

const scope = "openid profile email establishment establishments";
const timeoutSeconds = 10;

/** The provider as this client sees it: four questions, all answered through openid-client. */
export class OpenIdClient {
  readonly #settings: {
    readonly issuer: string;
    readonly clientId: string;
    readonly clientSecret: string;
    readonly baseUrl: string;
  };
  #discovered: Promise<openid.Configuration> | undefined;

  /** @param settings `baseUrl` is where browsers find this portal, without a final slash */
  constructor(settings: {
    readonly issuer: string;
    readonly clientId: string;
    readonly clientSecret: string;
    readonly baseUrl: string;
  }) {
    this.#settings = settings;
  }

  /**
   * The way to the provider: authorization code with PKCE, state and nonce.
   * @param parameters more of them, for example `prompt` or `login_hint`
   * @throws ProviderUnreachable
   */
  async begin(parameters: Readonly<Record<string, string>>) {
    const configuration = await this.#configuration();
    const attempt: LoginAttempt = {
      state: openid.randomState(),
      nonce: openid.randomNonce(),
      codeVerifier: openid.randomPKCECodeVerifier(),
    };
    const url = openid.buildAuthorizationUrl(configuration, {
      ...parameters,
      redirect_uri: `${this.#settings.baseUrl}/callback`,
      scope,
      state: attempt.state,
      nonce: attempt.nonce,
      code_challenge: await openid.calculatePKCECodeChallenge(attempt.codeVerifier),
      code_challenge_method: "S256",
    });
    return { url, attempt };
  }

  /**
   * The way back: checks the answer, redeems the code, asks for the claims.
   * @param query the query of the redirect, without `?`
   * @throws LoginRefused
   * @throws ProviderUnreachable
   */
  async complete(query: string, attempt: LoginAttempt): Promise<Identity> {
    const configuration = await this.#configuration();
    const answer = new URL(`${this.#settings.baseUrl}/callback?${query}`);
    try {
      const tokens = await openid.authorizationCodeGrant(configuration, answer, {
        expectedState: attempt.state,
        expectedNonce: attempt.nonce,
        pkceCodeVerifier: attempt.codeVerifier,
        idTokenExpected: true,
      });
      const { sub, ...others } = tokens.claims() ?? { sub: "" };
      const { sid } = others as { readonly sid?: unknown };
      const claims = await openid.fetchUserInfo(configuration, tokens.access_token, sub);
      return {
        claims,
        idToken: tokens.id_token ?? "",
        sid: typeof sid === "string" ? sid : undefined,
      };
    } catch (error) {
      throw translate(error);
    }
  }

  /**
   * Where the provider's keys are.
   * @throws ProviderUnreachable
   */
  async keysUrl(): Promise<string> {
    return (await this.#configuration()).serverMetadata().jwks_uri ?? "";
  }

  /**
   * Where the person signs out at the provider, and comes back from.
   * @throws ProviderUnreachable
   */
  async endSessionUrl(idToken: string): Promise<URL> {
    return openid.buildEndSessionUrl(await this.#configuration(), {
      id_token_hint: idToken,
      post_logout_redirect_uri: `${this.#settings.baseUrl}/`,
    });
  }

  // Asked at the first login, not at the start: the provider may start after the portal. A failure is
  // forgotten, so that the next login asks again.
  #configuration(): Promise<openid.Configuration> {
    this.#discovered ??= this.#discover().catch((error: unknown) => {
      this.#discovered = undefined;
      throw new ProviderUnreachable("the provider cannot be discovered", { cause: error });
    });
    return this.#discovered;
  }

  async #discover(triesLeft = 2): Promise<openid.Configuration> {
    const { issuer, clientId, clientSecret } = this.#settings;
    const server = new URL(issuer);
    try {
      return await openid.discovery(
        server,
        clientId,
        undefined,
        openid.ClientSecretBasic(clientSecret),
        {
          timeout: timeoutSeconds,
          execute: [
            openid.enableNonRepudiationChecks,
            // eslint-disable-next-line @typescript-eslint/no-deprecated -- marked so to be noticed; only for an issuer without TLS
            ...(server.protocol === "http:" ? [openid.allowInsecureRequests] : []),
          ],
        },
      );
    } catch (error) {
      if (triesLeft === 0) throw error;
      await pause(300);
      return this.#discover(triesLeft - 1);
    }
  }
}

function translate(error: unknown): LoginRefused | ProviderUnreachable {
  if (
    error instanceof openid.AuthorizationResponseError ||
    error instanceof openid.ResponseBodyError
  ) {
    return new LoginRefused(error.error, error);
  }
  // openid-client's own checks fail with a code; what has none, or a timeout, is the network's fault.
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === undefined || code === "OAUTH_TIMEOUT"
    ? new ProviderUnreachable("the provider does not answer", { cause: error })
    : new LoginRefused("invalid_response", error);
}
