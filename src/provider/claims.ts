import type { AccountClaims, ClaimsParameterMember, KoaContextWithOIDC } from "oidc-provider";
import type { Account } from "../accounts/index.ts";
import type { Establishment, Siret } from "../establishments/index.ts";

/** Each scope with its claims (contract §5), as the library wants them; null: no scope, by `claims` alone. */
export const claimsByScope: Record<string, string[] | null> = {
  // How the person signed in stands in every ID token; userinfo, which is asked later, does not say it.
  openid: ["sub", "acr", "amr"],
  profile: ["given_name", "family_name", "name", "updated_at"],
  email: ["email", "email_verified"],
  siret: ["siret"],
  establishment: ["siret", "siren", "establishment_name"],
  establishments: ["establishments"],
  auth_time: null,
  iss: null,
  sid: null,
};

/**
 * Whether a client may be told a claim: one of the scopes that it may ask for has it. What belongs to no scope is about the
 * sign-in, and everybody's; a client without `scope` may ask for all.
 */
export function mayTell(clientScope: string | undefined, claim: string): boolean {
  const scopes = scopesByClaim.get(claim);
  if (clientScope === undefined || scopes === undefined) return true;
  return scopes.some((name) => name === "openid" || clientScope.split(" ").includes(name));
}

/** The scopes that have a claim, of those that any has: {@link claimsByScope} the other way round. */
const scopesByClaim = new Map<string, readonly string[]>();
for (const [scope, claims] of Object.entries(claimsByScope)) {
  for (const claim of claims ?? []) {
    scopesByClaim.set(claim, [...(scopesByClaim.get(claim) ?? []), scope]);
  }
}

const ofEstablishments = new Set(["siret", "siren", "establishment_name", "establishments"]);
const scopesOfEstablishments = new Set(
  [...ofEstablishments].flatMap((claim) => scopesByClaim.get(claim) ?? []),
);

/** Whether a scope's or a requested claim's value needs the account's open establishments. */
export function needsEstablishments(scope: string, requested: Iterable<string>): boolean {
  return (
    scope.split(" ").some((name) => scopesOfEstablishments.has(name)) ||
    [...requested].some((name) => ofEstablishments.has(name))
  );
}

/**
 * Everything that may be said of an account in one authorization. A claim without value is absent,
 * never null or empty, and no shape depends on how many establishments there are.
 * @param frozen the establishment the authorization is for
 * @param open every establishment open to the account, ordered by siret
 */
export function accountClaims(
  account: Account,
  frozen: Siret | undefined,
  open: readonly Establishment[],
): AccountClaims {
  const current = open.find((each) => each.siret === frozen);
  return {
    sub: account.sub,
    given_name: account.givenName,
    family_name: account.familyName,
    name: `${account.givenName} ${account.familyName}`,
    updated_at: account.updatedAt,
    email: account.email,
    email_verified: true,
    ...(current && { siret: current.siret, siren: current.siren }),
    ...(current?.name === undefined ? undefined : { establishment_name: current.name }),
    ...(open.length > 0 && { establishments: open.map(establishmentMember) }),
  };
}

function establishmentMember({ siret, siren, name }: Establishment): object {
  return { siret, siren, ...(name === undefined ? undefined : { name }) };
}

/**
 * What goes into an ID token: what the request asked by `claims`, and the scopes' claims only for a
 * client that declared `id_token_claims`. (The library's own switch is for all clients at once.)
 * Never `establishments`, however it is asked: the list has no bound, and as an `id_token_hint` the token
 * must fit into an address.
 */
export function idTokenClaims(
  ctx: KoaContextWithOIDC,
  claims: AccountClaims,
  requested: Record<string, ClaimsParameterMember | null>,
): AccountClaims {
  const wantsAll = ctx.oidc.client?.["id_token_claims"] === true;
  const kept = Object.entries(claims).filter(
    ([name]) => name !== "establishments" && (wantsAll || name === "sub" || name in requested),
  );
  return Object.fromEntries(kept) as AccountClaims;
}
