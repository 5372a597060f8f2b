import {
  type AccessToken,
  type Client,
  type Configuration,
  type KoaContextWithOIDC,
  errors,
} from "oidc-provider";
import type { ResourceServer as DeclaredResource } from "../clients/index.ts";
import { minutes } from "../foundation/index.ts";
import type { AccountFinderParts } from "./account-finder.ts";
import { accountClaims, claimsByScope } from "./claims.ts";

/** How long a JWT access token lives: nobody can take it back, so it ends soon (contract §5). */
const accessTokenLifeSeconds = minutes(5);

/** How long one lives that is looked up at each use; Shared Signals allow an hour. */
const opaqueTokenLifeSeconds = minutes(10);

/** Resource indicators (RFC 8707) for the declared resource servers, with JWT access tokens (RFC 9068). */
export function resourceIndicators(
  resources: readonly DeclaredResource[],
): NonNullable<Configuration["features"]>["resourceIndicators"] {
  const byIndicator = new Map(resources.map((each) => [each.resource, each]));
  return {
    enabled: true,
    defaultResource: (ctx, _client, oneOf) => oneOf ?? namedByScope(ctx, resources) ?? [],
    useGrantedResource: () => true,
    getResourceServerInfo: (_ctx, indicator, client) => {
      const found = byIndicator.get(indicator);
      if (!found) throw new errors.InvalidTarget("the resource is not a declared resource server");
      if (found.mustBeNamed && !mayAskFor(found, client)) {
        throw new errors.InvalidTarget("the client's metadata name no scope of this resource");
      }
      const named = { scope: found.scopes.join(" "), audience: found.resource };
      if (found.tokens === "opaque") {
        return { ...named, accessTokenFormat: "opaque", accessTokenTTL: opaqueTokenLifeSeconds };
      }
      return {
        ...named,
        accessTokenFormat: "jwt",
        accessTokenTTL: accessTokenLifeSeconds,
        jwt: { sign: { alg: found.signingAlg } },
      };
    },
  };
}

/** The resource of a program's request that names none, where all its scopes are those of one. */
function namedByScope(
  { oidc }: KoaContextWithOIDC,
  resources: readonly DeclaredResource[],
): string | undefined {
  const { grant_type: grant, scope } = oidc.params ?? {};
  if (grant !== "client_credentials" || typeof scope !== "string") return undefined;
  const asked = scope.split(" ");
  return resources.find(
    (each) => each.namedByScope === true && asked.every((name) => each.scopes.includes(name)),
  )?.resource;
}

/**
 * Whether a client may have a token for a resource that must be named. One that is bound to establishments
 * may without a scope of it: it reads at the API which they are (`/api/v1/establishments`).
 */
function mayAskFor({ scopes }: DeclaredResource, client: Client): boolean {
  const named = client.scope?.split(" ") ?? [];
  return scopes.some((scope) => named.includes(scope)) || boundSirets(client).length > 0;
}

/**
 * What a JWT access token says beside the standard's claims: the establishment of the person's
 * authorization, by the scopes it was granted, or the few that a machine client is bound to. A token is a
 * request header of whoever uses it: no list without a bound stands in it.
 */
export function extraTokenClaims(
  parts: AccountFinderParts,
): NonNullable<Configuration["extraTokenClaims"]> {
  return async (ctx, token) => {
    if (token.resourceServer?.accessTokenFormat !== "jwt") return undefined;
    return token.kind === "AccessToken" ? personClaims(parts, ctx, token) : machineClaims(ctx);
  };
}

async function personClaims(
  parts: AccountFinderParts,
  ctx: KoaContextWithOIDC,
  token: AccessToken,
) {
  const scopes = ctx.oidc.entities.Grant?.getOIDCScope().split(" ") ?? [];
  const names = new Set(
    ["siret", "establishment"]
      .filter((scope) => scopes.includes(scope))
      .flatMap((scope) => claimsByScope[scope] ?? []),
  );
  if (names.size === 0) return undefined;
  const account = await parts.findAccount(token.accountId);
  if (!account) return undefined;
  const frozen = await parts.artifactReads.frozenEstablishment(token.grantId);
  const open = await parts.openEstablishments(account.sub);
  const siret = open.find((each) => each.siret === frozen?.siret)?.siret;
  const claims = Object.entries(accountClaims(account, siret, open));
  return Object.fromEntries(claims.filter(([name]) => names.has(name)));
}

/** The most establishments that a machine client's token names; one bound to more reads them at the API. */
const mostInToken = 20;

function machineClaims(ctx: KoaContextWithOIDC) {
  const sirets = boundSirets(ctx.oidc.client);
  if (sirets.length === 0 || sirets.length > mostInToken) return undefined;
  const establishments = [...sirets].sort().map((siret) => ({ siret, siren: siret.slice(0, 9) }));
  return { establishments };
}

function boundSirets(client: Client | undefined): readonly string[] {
  return (client?.["sirets"] as readonly string[] | undefined) ?? [];
}
