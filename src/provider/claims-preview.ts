import type { Account } from "../accounts/index.ts";
import type { ClientMetadata } from "../clients/index.ts";
import type { Establishment, Siret } from "../establishments/index.ts";
import { keyedDigest } from "../foundation/index.ts";
import { accountClaims, claimsByScope } from "./claims.ts";

/** What one scope would tell a client. */
export interface ScopeClaims {
  readonly scope: string;
  /** Absent claims are absent here too. */
  readonly claims: Readonly<Record<string, unknown>>;
}

/** Tells what a client would receive of an account: the same claims, by the same code, as its userinfo. */
export type PreviewClaims = (
  client: ClientMetadata,
  account: Account,
  frozen: Siret | undefined,
  open: readonly Establishment[],
) => readonly ScopeClaims[];

/** @param secret what pairwise subjects are derived from, the provider's own */
export function createClaimsPreview(secret: Buffer): PreviewClaims {
  return (client, account, frozen, open) => {
    const claims = {
      ...accountClaims(account, frozen, open),
      sub: subjectFor(client, account.sub, secret),
    };
    // Without scopes of its own it may ask for every one of an identity.
    const scopes = client.scope?.split(" ") ?? Object.keys(claimsByScope);
    return scopes.flatMap((scope) => {
      const names = claimsByScope[scope];
      if (!names) return [];
      const told = Object.entries(claims).filter(([name]) => names.includes(name));
      return [{ scope, claims: Object.fromEntries(told) }];
    });
  };
}

/**
 * The subject as a client sees it: each sector has its own of a pairwise one (OpenID Connect Core §8.1).
 * @param sectorIdentifier the host of its sector
 */
export function pairwiseSubject(secret: Buffer, sectorIdentifier: string, sub: string): string {
  return keyedDigest(secret, `${sectorIdentifier} ${sub}`);
}

/** Who a person is to a client: the `sub` of its ID tokens. @param secret as of {@link createClaimsPreview} */
export function subjectFor(client: ClientMetadata, sub: string, secret: Buffer): string {
  if (client.subject_type !== "pairwise") return sub;
  const address = client.sector_identifier_uri ?? client.redirect_uris[0];
  return address === undefined ? sub : pairwiseSubject(secret, new URL(address).host, sub);
}
