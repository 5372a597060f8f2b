import type { Account } from "../accounts/index.ts";
import { type ClientMetadata, serviceName } from "../clients/index.ts";
import { type Establishment, filtered, formatSiret } from "../establishments/index.ts";
import type { PreviewClaims } from "../provider/index.ts";
import type { PageModels } from "../web/index.ts";
import type { BackofficeParts } from "./backoffice-parts.ts";
import { queryValue, renderStaffPage } from "./staff-page.ts";
import type { StaffRouter } from "./staff-router.ts";
import { accountUrl, seen } from "./subject.ts";

/** How many establishments the page offers, and names in what a client would receive; all are counted. */
const mostShown = 20;

/** `/admin/accounts/:sub/claims`: exactly what a client would receive of an account, scope by scope. */
export function claimsRoutes(routes: StaffRouter, parts: BackofficeParts): void {
  routes.page(
    "/admin/accounts/:sub/claims",
    { role: "reader" },
    seen(parts, async (ctx, staff, account) => {
      const [clientId, siret] = [queryValue(ctx, "client"), queryValue(ctx, "siret")];
      const q = queryValue(ctx, "q").slice(0, 200);
      const open = await parts.accesses.openEstablishments(account.sub);
      const found = filtered(open, q);
      const chosen = found.find((each) => each.siret === siret) ?? found[0] ?? open[0];
      const client = parts.clients.find(clientId);
      const values = { client: client ? clientId : "", siret: chosen?.siret ?? "", q };
      await renderStaffPage(ctx, staff, 200, "backoffice/staff-claims", {
        form: { action: `${accountUrl(account)}/claims`, values, problems: [] },
        email: account.email,
        clients: clientOptions(parts),
        establishments: open.length > 1 ? offered(found, chosen).map(establishmentOption) : [],
        search: open.length > mostShown ? { found: found.length, total: open.length } : undefined,
        seen: client && seenBy(parts, client, account, chosen, open),
        backUrl: accountUrl(account),
      });
    }),
  );
}

/** The first that were found, the chosen one among them. */
function offered(
  found: readonly Establishment[],
  chosen: Establishment | undefined,
): Establishment[] {
  const first = found.slice(0, mostShown);
  return chosen && !first.includes(chosen) ? [chosen, ...first.slice(0, mostShown - 1)] : first;
}

function seenBy(
  { previewClaims }: BackofficeParts,
  client: ClientMetadata,
  account: Account,
  chosen: Establishment | undefined,
  open: readonly Establishment[],
): PageModels["backoffice/staff-claims"]["seen"] {
  return {
    client: serviceName(client),
    refused: client.establishment_required && open.length === 0,
    inIdToken: client.id_token_claims,
    scopes: previewClaims(client, account, chosen?.siret, open).map(shownScope),
  };
}

/** A list of two thousand is shown by its first ones. */
function shownScope({ scope, claims }: ReturnType<PreviewClaims>[number]) {
  const { establishments: all, ...others } = claims;
  const list = Array.isArray(all) ? (all as unknown[]) : undefined;
  const shown = { ...others, ...(list && { establishments: list.slice(0, mostShown) }) };
  return {
    scope,
    claims: Object.keys(shown).length === 0 ? "" : JSON.stringify(shown, undefined, 2),
    more: Math.max(0, (list?.length ?? 0) - mostShown),
    isUserinfoAlone: list !== undefined,
  };
}

/** The clients that people sign in to, for a choice of one. */
export function clientOptions({ clients }: Pick<BackofficeParts, "clients">) {
  return clients
    .list()
    .flatMap(({ served }) => (served && served.redirect_uris.length > 0 ? [served] : []))
    .map((client) => ({ value: client.client_id, label: serviceName(client) }));
}

/** An establishment for a choice of one: its number, and its name where it has one. */
export function establishmentOption({ siret, name }: Establishment) {
  const formatted = formatSiret(siret);
  return { value: siret, label: name === undefined ? formatted : `${formatted} ${name}` };
}
