import { lifeOf } from "./session-life.ts";
import type { Configuration, JWK, KoaContextWithOIDC } from "oidc-provider";
import {
  type ClientCall,
  type ResourceServer,
  type Sectors,
  mostKeySetBytes,
  ourMetadataNames,
} from "../clients/index.ts";
import {
  type Clock,
  type CookieSignatures,
  type Random,
  hours,
  keyedDigest,
  minutes,
} from "../foundation/index.ts";
import { type Logger } from "../operations/index.ts";
import type { AccountFinder, AccountFinderParts } from "./account-finder.ts";
import { adapterFor } from "./adapter.ts";
import { keepOfflineAccess, readAskedRequest } from "./asked-request.ts";
import { authenticationLevels } from "./authentication-levels.ts";
import type { ServedClients } from "./client-adapter.ts";
import { pairwiseSubject } from "./claims-preview.ts";
import { claimsByScope } from "./claims.ts";
import type { ResponseMode } from "./form-post.ts";
import type { CountKept } from "./kept-requests.ts";
import { type JwtBounds, clockToleranceSeconds, createJwtBounds } from "./jwt-bounds.ts";
import { enabledAlgorithms } from "./enabled-algorithms.ts";
import { type GrantParts, grantLifeSeconds, loadGrant } from "./grants.ts";
import { isOwnOrigin } from "./own-origin.ts";
import { interactionPrompts } from "./prompts.ts";
import { extraTokenClaims, resourceIndicators } from "./resource-servers.ts";
import type { SecondFactorPromptParts } from "./second-factor-prompt.ts";
import { requiresPkce } from "./told-causes.ts";

/** The pages that the library would show, replaced by ours. */
export interface ProviderPages {
  readonly error: NonNullable<Configuration["renderError"]>;
  readonly formPost: ResponseMode;
  readonly signOut: (ctx: KoaContextWithOIDC, form: string) => Promise<void>;
  readonly signedOut: (ctx: KoaContextWithOIDC) => Promise<void>;
}

/** What the configuration is made of. */
export interface ConfigurationParts
  extends GrantParts, AccountFinderParts, SecondFactorPromptParts {
  /** The declared resource servers. */
  readonly resources: readonly ResourceServer[];
  readonly issuer: string;
  readonly logger: Logger;
  readonly random: Random;
  readonly cookieSignatures: CookieSignatures;
  readonly jwks: { readonly keys: readonly JWK[] };
  readonly clients: ServedClients;
  /** How addresses that clients registered are called. */
  readonly callClient: ClientCall;
  readonly sectors: Pick<Sectors, "problem">;
  readonly accountFinder: AccountFinder;
  readonly countKept: CountKept;
  readonly pages: ProviderPages;
  /** 32 bytes that every node shares: nonces and pairwise subjects are derived from it. */
  readonly secret: Buffer;
}

/** Every page of the authorization lives below this path: the library scopes its cookies to it. */
export const interactionPath = (uid: string): string => `/interaction/${uid}`;

/** The library's configuration. Each default that is not safe in production is set here and below. */
export function providerConfiguration(parts: ConfigurationParts): Configuration {
  const bounds = createJwtBounds(parts.clock);
  const scopes = [
    "openid",
    "offline_access",
    ...Object.keys(claimsByScope).filter((name) => claimsByScope[name]),
    ...new Set(parts.resources.flatMap((each) => each.scopes)),
  ];
  return {
    adapter: adapterFor(parts, parts.clients, {
      issuer: parts.issuer,
      unusedSecret: parts.random.secret(),
      scopes: new Set(scopes),
    }),
    fetch: parts.callClient,
    fetchResponseBodyLimits: { jwks_uri: mostKeySetBytes },
    jwks: { keys: [...parts.jwks.keys] },
    findAccount: parts.accountFinder.find,
    loadExistingGrant: (ctx) => loadGrant(ctx, parts),
    interactions: {
      policy: interactionPrompts(parts),
      url: (_ctx, interaction) => interactionPath(interaction.uid),
    },
    cookies: cookies(parts),
    claims: claimsByScope,
    acrValues: [...authenticationLevels],
    scopes,
    // idTokenClaims decides for each client: the library's switch is for all of them.
    conformIdTokenClaims: false,
    ...ofClients(parts, bounds),
    extraTokenClaims: extraTokenClaims(parts),
    ...refreshing,
    ttl: lifetimes(parts.clock),
    clockTolerance: clockToleranceSeconds,
    renderError: parts.pages.error,
    features: features(parts, bounds, new Set(scopes)),
    discovery,
  };
}

const discovery: Configuration["discovery"] = {
  // Not select_establishment, which is ours: Spring Security refuses a document with a word it does not know.
  prompt_values_supported: ["none", "login", "consent", "create", "select_account"],
  ui_locales_supported: ["fr", "en"],
  claim_types_supported: ["normal"],
};

/** What a client may be and ask, and how it proves who it is. */
function ofClients(parts: ConfigurationParts, bounds: JwtBounds): Configuration {
  return {
    responseTypes: ["code"],
    subjectTypes: ["public", "pairwise"],
    pairwiseIdentifier: (_ctx, sub, client) =>
      pairwiseSubject(parts.secret, String(client["sectorIdentifier"]), sub),
    // `keepClients` does.
    sectorIdentifierUriValidate: () => false,
    pkce: { required: requiresPkce },
    clientAuthMethods: ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"],
    enabledJWA: enabledAlgorithms,
    allowOmittingSingleRegisteredRedirectUri: false,
    clientDefaults: { id_token_signed_response_alg: "RS256" },
    extraClientMetadata: { properties: [...ourMetadataNames] },
    // Its check is the last word on a request, behind the library's on its scope.
    extraParams: { siret_hint: keepOfflineAccess },
    assertJwtClientAuthClaimsAndHeader: bounds.clientAssertion,
    clientBasedCORS: isOwnOrigin,
  };
}

const refreshing: Configuration = {
  issueRefreshToken: (_ctx, client, code) =>
    client.grantTypeAllowed("refresh_token") &&
    (client["first_party"] === true || code.scopes.has("offline_access")),
  // Refresh tokens end with their grant: to rotate those of others late in their life, as the library would, gains
  // nothing, and the client that refreshes twice at once would lose its grant.
  rotateRefreshToken: ({ oidc }) =>
    oidc.client?.tokenEndpointAuthMethod === "none" &&
    oidc.entities.RefreshToken?.isSenderConstrained() !== true,
  // Grants end with the session by our own hand (`sign-out`): the library would also end, at a new
  // choice of establishment, the tokens of the earlier one, which must live on.
  expiresWithSession: () => false,
};

function cookies({ issuer, cookieSignatures }: ConfigurationParts): Configuration["cookies"] {
  const secure = issuer.startsWith("https:");
  const shared = { signed: true, httpOnly: true, sameSite: "lax" as const, secure };
  return {
    keys: cookieSignatures,
    long: shared,
    short: shared,
    names: {
      session: secure ? "__Host-session" : "session",
      interaction: secure ? "__Secure-interaction" : "interaction",
      resume: secure ? "__Secure-resume" : "resume",
    },
  };
}

function derivedKey(secret: Buffer, purpose: string): Buffer {
  return Buffer.from(keyedDigest(secret, purpose), "base64url");
}

/** How long each artifact lives, in seconds. No token outlives the grant it was made under. */
function lifetimes(clock: Clock): NonNullable<Configuration["ttl"]> {
  return {
    AccessToken: (_ctx, token) => token.resourceServer?.accessTokenTTL ?? minutes(10),
    AuthorizationCode: minutes(1),
    ClientCredentials: (_ctx, token) => token.resourceServer?.accessTokenTTL ?? minutes(10),
    Grant: grantLifeSeconds,
    IdToken: minutes(10),
    Interaction: hours(1),
    RefreshToken: (ctx) => {
      const end = ctx.oidc.entities.Grant?.exp;
      return end === undefined ? grantLifeSeconds : Math.max(1, end - clock.epochSeconds());
    },
    Session: (_ctx, session) => lifeOf(session),
  };
}

function features(
  parts: ConfigurationParts,
  bounds: JwtBounds,
  scopes: ReadonlySet<string>,
): Configuration["features"] {
  const { pages, resources, secret, logger } = parts;
  return {
    devInteractions: { enabled: false },
    claimsParameter: { enabled: true },
    clientCredentials: { enabled: true },
    dPoP: {
      enabled: true,
      nonceSecret: derivedKey(secret, "DPoP nonces"),
      requireNonce: bounds.proofNeedsNonce,
    },
    encryption: { enabled: true },
    fapi: {
      enabled: true,
      // Asked once a request, when its parameters are complete and none is judged yet: there is no other such place.
      profile: (ctx, client) => {
        readAskedRequest(ctx, { logger, scopes });
        return client["profile"] === "fapi2" ? "2.0" : undefined;
      },
    },
    jwtUserinfo: { enabled: true },
    pushedAuthorizationRequests: { enabled: true },
    requestObjects: { enabled: true, assertJwtClaimsAndHeader: bounds.requestObject },
    resourceIndicators: resourceIndicators(resources),
    userinfo: { enabled: true },
    ...ownTokensAlone(parts),
    backchannelLogout: { enabled: true },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: pages.signOut,
      postLogoutSuccessSource: pages.signedOut,
    },
  };
}

/** A client asks of its own tokens, and ends its own, never another's. */
function ownTokensAlone({ accountFinder }: ConfigurationParts) {
  return {
    revocation: {
      enabled: true,
      allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId,
    },
    introspection: {
      enabled: true,
      allowedPolicy: (_ctx, client, token) =>
        token.clientId === client.clientId &&
        (!("accountId" in token) || accountFinder.isTokenUsable(token)),
    },
  } satisfies Configuration["features"];
}
