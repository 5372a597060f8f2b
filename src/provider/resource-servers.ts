import {
  type AccessToken,
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

/** Resource indicators (RFC 8707) for the declared resource servers, with JWT access tokens (RFC 9068). */
export function resourceIndicators(
  resources: readonly DeclaredResource[],
): NonNullable<Configuration["features"]>["resourceIndicators"] {
  const byIndicator = new Map(resources.map((each) => [each.resource, each]));
  return {
    enabled: true,
    defaultResource: (_ctx, _client, oneOf) => oneOf ?? [],
    useGrantedResource: () => true,
    getResourceServerInfo: (_ctx, indicator, client) => {
      const found = byIndicator.get(indicator);
      if (!found) throw new errors.InvalidTarget("the resource is not a declared resource server");
      const named = client.scope?.split(" ") ?? [];
      if (found.mustBeNamed && !found.scopes.some((scope) => named.includes(scope))) {
        throw new errors.InvalidTarget("the client's metadata name no scope of this resource");
      }
      return {
        scope: found.scopes.join(" "),
        audience: found.resource,
        accessTokenFormat: "jwt",
        accessTokenTTL: accessTokenLifeSeconds,
        jwt: { sign: { alg: found.signingAlg } },
      };
    },
  };
}

/**
 * What a JWT access token says beside the standard's claims: the establishments of the person's
 * authorization, by the scopes it was granted, or those a machine client is bound to.
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
    ["siret", "establishment", "establishments"]
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

function machineClaims(ctx: KoaContextWithOIDC) {
  const sirets = ctx.oidc.client?.["sirets"] as readonly string[] | undefined;
  if (!sirets || sirets.length === 0) return undefined;
  const establishments = [...sirets].sort().map((siret) => ({ siret, siren: siret.slice(0, 9) }));
  return { establishments };
}
