import type {
  AccessToken,
  Account as ProviderAccount,
  AccountClaims,
  ClaimsParameterMember,
  FindAccount,
  KoaContextWithOIDC,
  RefreshToken,
} from "oidc-provider";
import { type Account, stillCounts } from "../accounts/index.ts";
import type { Establishment, Siret } from "../establishments/index.ts";
import type { Clock } from "../foundation/index.ts";
import { carriedBy } from "./carried-credentials.ts";
import type { ArtifactReads } from "./grant-reads.ts";
import { accountClaims, idTokenClaims, mayTell, needsEstablishments } from "./claims.ts";

/** Single look-ups by key, the hot path of every token request. */
export interface AccountFinderParts {
  readonly clock: Clock;
  readonly artifactReads: ArtifactReads;
  readonly findAccount: (sub: string) => Promise<Account | undefined>;
  readonly openEstablishments: (sub: string) => Promise<readonly Establishment[]>;
  /** Notes that a client used what a person granted it. */
  readonly noteUse?: ((sub: string, clientId: string) => void) | undefined;
}

/** What a token is checked by. */
type HeldToken = Pick<AccessToken | RefreshToken, "accountId" | "clientId" | "grantId" | "iat">;

/** Finds accounts for the library, and says whether a token may still be used. */
export interface AccountFinder {
  readonly find: FindAccount;
  /** Introspection never asks for the account, so its policy asks here. */
  readonly isTokenUsable: (token: HeldToken) => Promise<boolean>;
}

/**
 * The register decides at each use: an account that is disabled, credentials that are others since, an access
 * closed since make a session or token void at once, even before its row is gone from the artifacts.
 */
export function createAccountFinder(parts: AccountFinderParts): AccountFinder {
  const stillOpen = async (sub: string, frozen: Frozen): Promise<boolean> => {
    const siret = (await frozen)?.siret;
    if (!siret) return true;
    const open = await parts.openEstablishments(sub);
    return open.some((each) => each.siret === siret);
  };
  /** The account, when it is active and the token may still be used. Both are asked at the same time. */
  const accountOf = async (
    sub: string,
    token: HeldToken,
    frozen: Frozen,
  ): Promise<Account | undefined> => {
    const [account, isOpen] = await Promise.all([parts.findAccount(sub), stillOpen(sub, frozen)]);
    if (account?.state !== "active" || !isOpen) return undefined;
    const issued = { credentials: carriedBy(token), at: token.iat };
    if (!stillCounts(issued, account, parts.clock)) return undefined;
    if (token.clientId !== undefined) parts.noteUse?.(sub, token.clientId);
    return account;
  };
  return {
    find: async (ctx, sub, token) => {
      const held = token as HeldToken | undefined;
      // A grant's establishment never changes: one look-up a request serves the check and the claims.
      const frozen = frozenOf(parts, held?.grantId);
      const account = held ? await accountOf(sub, held, frozen) : await parts.findAccount(sub);
      if (account?.state !== "active") return undefined;
      if (!held && isSessionVoid(ctx, account, parts.clock)) return undefined;
      return providerAccount(ctx, account, parts, held?.grantId ? frozen : undefined);
    },
    isTokenUsable: async (token) =>
      (await accountOf(token.accountId, token, frozenOf(parts, token.grantId))) !== undefined,
  };
}

/** What a grant is for, being looked up; undefined when there is no grant. */
type Frozen = ReturnType<ArtifactReads["frozenEstablishment"]> | undefined;

function frozenOf({ artifactReads }: AccountFinderParts, grantId: string | undefined): Frozen {
  return grantId ? artifactReads.frozenEstablishment(grantId) : undefined;
}

function isSessionVoid(ctx: KoaContextWithOIDC, account: Account, clock: Clock): boolean {
  const { session } = ctx.oidc;
  if (session?.accountId !== account.sub) return false;
  return !stillCounts(
    { credentials: carriedBy(session), at: session.loginTs ?? 0 },
    account,
    clock,
  );
}

function providerAccount(
  ctx: KoaContextWithOIDC,
  account: Account,
  parts: AccountFinderParts,
  tokensFrozen: Frozen,
): ProviderAccount {
  return {
    accountId: account.sub,
    claims: async (use, scope, requested: Record<string, ClaimsParameterMember | null>) => {
      let claims = accountClaims(account, undefined, []);
      if (needsEstablishments(scope, Object.keys(requested))) {
        const frozen = await (tokensFrozen ?? frozenOf(parts, ctx.oidc.entities.Grant?.jti));
        const open = await parts.openEstablishments(account.sub);
        claims = accountClaims(account, frozen?.siret as Siret | undefined, open);
      }
      // A token of before may carry what was asked when the client had more scopes.
      const told = Object.fromEntries(
        Object.entries(claims).filter(([name]) => mayTell(ctx.oidc.client?.scope, name)),
      ) as AccountClaims;
      return use === "id_token" ? idTokenClaims(ctx, told, requested) : told;
    },
  };
}
