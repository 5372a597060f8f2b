import type { Grant, KoaContextWithOIDC } from "oidc-provider";
import { type Account, stillCounts } from "../accounts/index.ts";
import type { ArtifactStore } from "../artifacts/index.ts";
import type { Establishment, Siret } from "../establishments/index.ts";
import { type Clock, days } from "../foundation/index.ts";
import { carriedBy, carry } from "./carried-credentials.ts";
import type { ArtifactReads } from "./grant-reads.ts";
import { decideEstablishment } from "./establishment-choice.ts";

/** How long a grant lives; no token made under it outlives it. */
export const grantLifeSeconds = days(30);

/** A session's grant is used again for new authorizations while it is younger than this. */
const reusedForSeconds = days(1);

/** What the grants are kept with. */
export interface GrantParts {
  readonly artifacts: ArtifactStore;
  readonly artifactReads: ArtifactReads;
  readonly clock: Clock;
  readonly findAccount: (sub: string) => Promise<Account | undefined>;
  readonly openEstablishments: (sub: string) => Promise<readonly Establishment[]>;
  /** Remembers that an establishment was used: the page of the choice shows the last one first. */
  readonly establishmentChosen: (sub: string, siret: Siret) => Promise<void>;
}

/**
 * The grant of an authorization request (`loadExistingGrant`): the session's own for this client when
 * it is for the same establishment, else a new one. A new choice makes a new grant and leaves the
 * earlier one alone: what earlier tokens say never changes (contract §5).
 * @returns undefined when the person must first choose, or consent
 */
export async function loadGrant(
  ctx: KoaContextWithOIDC,
  parts: GrantParts,
): Promise<Grant | undefined> {
  const { account, client, session } = ctx.oidc;
  if (!account || !client || !session) return undefined;
  const held = await heldGrant(ctx, parts, client.clientId, account.accountId);
  const decision = await decideEstablishment(ctx, account, held?.siret, parts.openEstablishments);
  if (decision.kind === "choice-needed") return undefined;
  if (decision.kind === "none-open" && client["establishment_required"] === true) return undefined;
  const siret =
    decision.kind === "decided" ? decision.siret : await stillOpen(account.accountId, held, parts);
  const fitting = held?.siret === siret ? held : undefined;
  const isFirstParty = client["first_party"] === true;
  if (fitting && mayServe(ctx, fitting, isFirstParty, parts.clock)) {
    return isFirstParty ? topUp(ctx, fitting.grant) : fitting.grant;
  }
  if (!fitting && !isFirstParty) return undefined;
  const grant = new ctx.oidc.provider.Grant({
    accountId: account.accountId,
    clientId: client.clientId,
  });
  carry(grant, carriedBy(session));
  if (isFirstParty) grantEverything(ctx, grant);
  else if (fitting) grantAsConsented(grant, fitting.grant);
  await saveFrozen(parts.artifacts, grant, { siret, sessionUid: session.uid });
  if (decision.kind === "decided" && decision.isHinted)
    await parts.establishmentChosen(account.accountId, decision.siret);
  return grant;
}

/**
 * Saves the grant that a person gave on the consent page. With `offline_access` it outlives the sign-out: that is what the
 * page said, and what the person allowed.
 */
export function saveConsented(
  artifacts: ArtifactStore,
  grant: Grant,
  frozen: FrozenWith,
): Promise<string> {
  const outlives = grant.getOIDCScope().split(" ").includes("offline_access");
  return saveFrozen(artifacts, grant, outlives ? { ...frozen, sessionUid: undefined } : frozen);
}

interface FrozenWith {
  readonly siret: Siret | undefined;
  /** The session it ends with. */
  readonly sessionUid: string | undefined;
}

/** Saves a new grant with the establishment it is frozen to, and the session it dies with, whatever its scope. */
async function saveFrozen(
  artifacts: ArtifactStore,
  grant: Grant,
  frozen: FrozenWith,
): Promise<string> {
  const grantId = await grant.save();
  await artifacts.freezeEstablishment(
    grantId,
    {
      accountId: grant.accountId ?? "",
      clientId: grant.clientId ?? "",
      sessionUid: frozen.sessionUid,
      siret: frozen.siret,
    },
    grantLifeSeconds,
  );
  return grantId;
}

interface HeldGrant {
  readonly grant: Grant;
  readonly siret: Siret | undefined;
  readonly outlivesSession: boolean;
}

/**
 * The grant just consented to, else the one the session holds for this client; never another person's, nor one of
 * credentials of before: a browser in which a person signs in again keeps the names of its grants.
 */
async function heldGrant(
  ctx: KoaContextWithOIDC,
  parts: GrantParts,
  clientId: string,
  accountId: string,
): Promise<HeldGrant | undefined> {
  const grantId = ctx.oidc.result?.consent?.grantId ?? ctx.oidc.session?.grantIdFor(clientId);
  const grant = grantId ? await ctx.oidc.provider.Grant.find(grantId) : undefined;
  if (!grantId || grant?.accountId !== accountId) return undefined;
  const account = await parts.findAccount(accountId);
  const given = { credentials: carriedBy(grant), at: grant.iat };
  if (!account || !stillCounts(given, account, parts.clock)) return undefined;
  const frozen = await parts.artifactReads.frozenEstablishment(grantId);
  const outlivesSession = frozen?.outlivesSession === true;
  return { grant, siret: frozen?.siret as Siret | undefined, outlivesSession };
}

/** A request that asks for no establishment stays with the one that the session chose before. */
async function stillOpen(
  sub: string,
  held: HeldGrant | undefined,
  { openEstablishments }: GrantParts,
): Promise<Siret | undefined> {
  if (!held?.siret) return undefined;
  const open = await openEstablishments(sub);
  return open.find(({ siret }) => siret === held.siret)?.siret;
}

/**
 * Whether the session's grant serves this request too. Not one that outlives the sign-out when this request did not ask for
 * that, or asked it of a first-party client without the page on which somebody allows it. Nor, where nobody has to consent
 * anew, one that has aged: no token outlives its grant.
 */
function mayServe(
  ctx: KoaContextWithOIDC,
  { grant, outlivesSession }: HeldGrant,
  isFirstParty: boolean,
  clock: Clock,
): boolean {
  const wasConsented = ctx.oidc.result?.consent?.grantId !== undefined;
  if (outlivesSession && !ctx.oidc.requestParamOIDCScopes.has("offline_access")) return false;
  if (outlivesSession && isFirstParty && !wasConsented) return false;
  return !isFirstParty || grant.iat > clock.epochSeconds() - reusedForSeconds;
}

/** Adds what this request asks beyond the grant; tokens say only what their own request asked. */
async function topUp(ctx: KoaContextWithOIDC, grant: Grant): Promise<Grant> {
  const before = JSON.stringify([grant.openid, grant.resources]);
  grantEverything(ctx, grant);
  if (JSON.stringify([grant.openid, grant.resources]) !== before) await grant.save();
  return grant;
}

/** A first-party client gets what it asks: no consent page. */
function grantEverything(ctx: KoaContextWithOIDC, grant: Grant): void {
  grant.addOIDCScope(ctx.oidc.requestParamOIDCScopes);
  grant.addOIDCClaims(ctx.oidc.requestParamClaims);
  for (const [indicator, server] of Object.entries(ctx.oidc.resourceServers ?? {})) {
    const scopes = [...ctx.oidc.requestParamScopes].filter((scope) => server.scopes.has(scope));
    if (scopes.length > 0) grant.addResourceScope(indicator, scopes);
  }
}

/** What the person consented to before, now only for as long as the session lasts. */
function grantAsConsented(grant: Grant, consented: Grant): void {
  const scopes = consented.getOIDCScope().split(" ");
  grant.addOIDCScope(scopes.filter((scope) => scope !== "offline_access"));
  grant.addOIDCClaims(consented.getOIDCClaims());
}
