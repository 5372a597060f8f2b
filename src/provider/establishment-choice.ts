import type { Account, KoaContextWithOIDC } from "oidc-provider";
import { type Establishment, type Siret, parseSiret } from "../establishments/index.ts";

/** For which establishment an authorization is, as far as is known now. */
export type EstablishmentDecision =
  | { readonly kind: "not-asked" }
  | { readonly kind: "none-open" }
  | { readonly kind: "choice-needed"; readonly current: Siret | undefined }
  | { readonly kind: "decided"; readonly siret: Siret; readonly isHinted?: boolean };

/** The scopes and claims that name **the** establishment of an authorization (contract §5). */
const askingScopes = ["siret", "establishment"];
const askingClaims = ["siret", "siren", "establishment_name"];

/** The decision of each authorization request under way, for the prompts that follow it. */
const decisions = new WeakMap<KoaContextWithOIDC, EstablishmentDecision>();

/** What {@link decideEstablishment} found for this request; nobody is signed in yet when there is none. */
export function decisionOf(ctx: KoaContextWithOIDC): EstablishmentDecision {
  return decisions.get(ctx) ?? { kind: "not-asked" };
}

/**
 * Decides for which establishment this authorization is, and remembers it for the prompts: what the
 * person just chose, else the client's `siret_hint`, else what this session chose for this client
 * before, else the only one open. Nothing that is not open to the account is ever taken.
 * @param remembered the establishment of the grant that the session holds for this client
 */
export async function decideEstablishment(
  ctx: KoaContextWithOIDC,
  account: Account,
  remembered: Siret | undefined,
  openEstablishments: (sub: string) => Promise<readonly Establishment[]>,
): Promise<EstablishmentDecision> {
  const decision = await decide(ctx, account, remembered, openEstablishments);
  decisions.set(ctx, decision);
  return decision;
}

async function decide(
  ctx: KoaContextWithOIDC,
  account: Account,
  remembered: Siret | undefined,
  openEstablishments: (sub: string) => Promise<readonly Establishment[]>,
): Promise<EstablishmentDecision> {
  const asked = asksForEstablishment(ctx);
  if (!asked && !ctx.oidc.client?.["establishment_required"]) return { kind: "not-asked" };
  const open = await openEstablishments(account.accountId);
  const [only] = open;
  if (!only) return { kind: "none-open" };
  if (!asked) return { kind: "not-asked" };
  const find = (siret: unknown) => open.find((each) => each.siret === siret)?.siret;
  const chosen = find(chosenSiret(ctx.oidc.result));
  if (chosen) return { kind: "decided", siret: chosen };
  const anew = ctx.oidc.promptPending("select_establishment");
  const hinted = anew ? undefined : find(hintedSiret(ctx.oidc.params));
  if (hinted) return { kind: "decided", siret: hinted, isHinted: open.length > 1 };
  const known = anew ? undefined : find(remembered);
  if (known) return { kind: "decided", siret: known };
  return open.length === 1
    ? { kind: "decided", siret: only.siret }
    : { kind: "choice-needed", current: find(remembered) };
}

/** Whether the request asks for the establishment, by a scope or by the `claims` parameter. */
function asksForEstablishment(ctx: KoaContextWithOIDC): boolean {
  return (
    askingScopes.some((scope) => ctx.oidc.requestParamOIDCScopes.has(scope)) ||
    askingClaims.some((claim) => ctx.oidc.requestParamClaims.has(claim))
  );
}

function chosenSiret(result: unknown): unknown {
  return (result as { select_establishment?: { siret?: unknown } } | undefined)
    ?.select_establishment?.siret;
}

function hintedSiret(parameters: unknown): Siret | undefined {
  const hint = (parameters as { siret_hint?: unknown } | undefined)?.siret_hint;
  const parsed = typeof hint === "string" ? parseSiret(hint) : undefined;
  return parsed?.accepted ? parsed.value : undefined;
}
