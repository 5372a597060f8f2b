import type { Client, Grant, KoaContextWithOIDC } from "oidc-provider";
import { type Account, stillCounts } from "../accounts/index.ts";
import type { ArtifactStore } from "../artifacts/index.ts";
import type { Establishment, Siret } from "../establishments/index.ts";
import { type Clock, days } from "../foundation/index.ts";
import { carriedBy, carry } from "./carried-credentials.ts";
import type { ArtifactReads } from "./grant-reads.ts";
import { type EstablishmentDecision, decideEstablishment } from "./establishment-choice.ts";
import { assertSessionStillThere } from "./session-still-there.ts";

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
  const asking = askingOf(ctx);
  if (!asking) return undefined;
  const { account, client } = asking;
  const held = await heldGrant(ctx, parts, client.clientId, account.accountId);
  const decision = await decideEstablishment(ctx, account, held?.siret, parts.openEstablishments);
  if (isUnanswered(decision, client)) return undefined;
  const siret = await siretOf(decision, account.accountId, held, parts);
  const fitting = held?.siret === siret ? held : undefined;
  const isFirstParty = client["first_party"] === true;
  if (fitting && mayServe(ctx, fitting, isFirstParty, parts.clock)) {
    return isFirstParty ? topUp(ctx, fitting.grant) : fitting.grant;
  }
  if (!fitting && !isFirstParty) return undefined;
  const grant = newGrant(ctx, asking, fitting?.grant);
  await saveFrozen(parts.artifacts, grant, { siret, sessionUid: asking.session.uid });
  await assertSessionStillThere(asking.session, grant, parts.artifacts);
  await noteHinted(decision, account.accountId, parts);
  return grant;
}

/** The person must choose first, or has nothing open where the client must know one. */
function isUnanswered({ kind }: EstablishmentDecision, client: Client): boolean {
  return (
    kind === "choice-needed" || (kind === "none-open" && client["establishment_required"] === true)
  );
}

async function siretOf(
  decision: EstablishmentDecision,
  sub: string,
  held: HeldGrant | undefined,
  parts: GrantParts,
): Promise<Siret | undefined> {
  return decision.kind === "decided" ? decision.siret : stillOpen(sub, held, parts);
}

/** What the client named is what the person will find first on the page of the choice. */
async function noteHinted(
  decision: EstablishmentDecision,
  sub: string,
  { establishmentChosen }: GrantParts,
): Promise<void> {
  if (decision.kind === "decided" && decision.isHinted)
    await establishmentChosen(sub, decision.siret);
}

/** Who asks, for whom, in which session; undefined while one of them is not known. */
function askingOf({ oidc: { account, client, session } }: KoaContextWithOIDC) {
  return account && client && session ? { account, client, session } : undefined;
}

/** @param consented what another client's person consented to before, which goes on */
function newGrant(
  ctx: KoaContextWithOIDC,
  { account, client, session }: NonNullable<ReturnType<typeof askingOf>>,
  consented: Grant | undefined,
): Grant {
  const grant = new ctx.oidc.provider.Grant({
    accountId: account.accountId,
    clientId: client.clientId,
  });
  carry(grant, carriedBy(session));
  if (client["first_party"] === true) grantEverything(ctx, grant);
  else if (consented) grantAsConsented(grant, consented);
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
  const { oidc } = ctx;
  const grantId = oidc.result?.consent?.grantId ?? oidc.session?.grantIdFor(clientId);
  const grant = grantId ? await oidc.provider.Grant.find(grantId) : undefined;
  if (!grantId || grant?.accountId !== accountId) return undefined;
  if (!(await countsStill(grant, accountId, parts))) return undefined;
  const frozen = await parts.artifactReads.frozenEstablishment(grantId);
  const outlivesSession = frozen?.outlivesSession === true;
  return { grant, siret: frozen?.siret as Siret | undefined, outlivesSession };
}

async function countsStill(
  grant: Grant,
  accountId: string,
  { findAccount, clock }: GrantParts,
): Promise<boolean> {
  const account = await findAccount(accountId);
  const given = { credentials: carriedBy(grant), at: grant.iat };
  return account !== undefined && stillCounts(given, account, clock);
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
  keepResourceScopes(grant, consented);
}

/** Puts on a grant what an earlier one allows at resource servers. */
export function keepResourceScopes(
  grant: Grant,
  before: Grant,
  isKept: (scope: string) => boolean = () => true,
): void {
  for (const indicator of Object.keys(before.resources ?? {})) {
    const scopes = before.getResourceScope(indicator).split(" ").filter(isKept);
    if (scopes.length > 0) grant.addResourceScope(indicator, scopes);
  }
}
