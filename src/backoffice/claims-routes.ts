import type { Account } from "../accounts/index.ts";
import { type ClientMetadata, serviceName } from "../clients/index.ts";
import { type Establishment, formatSiret } from "../establishments/index.ts";
import type { PageModels } from "../web/index.ts";
import type { BackofficeParts } from "./backoffice-parts.ts";
import { queryValue, renderStaffPage } from "./staff-page.ts";
import type { StaffRouter } from "./staff-router.ts";
import { accountUrl, seen } from "./subject.ts";

/** `/admin/accounts/:sub/claims`: exactly what a client would receive of an account, scope by scope. */
export function claimsRoutes(routes: StaffRouter, parts: BackofficeParts): void {
  routes.page(
    "/admin/accounts/:sub/claims",
    { role: "reader" },
    seen(parts, async (ctx, staff, account) => {
      const [clientId, siret] = [queryValue(ctx, "client"), queryValue(ctx, "siret")];
      const open = await parts.accesses.openEstablishments(account.sub);
      const chosen = open.find((each) => each.siret === siret) ?? open[0];
      const client = parts.clients.find(clientId);
      const values = { client: client ? clientId : "", siret: chosen?.siret ?? "" };
      await renderStaffPage(ctx, staff, 200, "backoffice/staff-claims", {
        form: { action: `${accountUrl(account)}/claims`, values, problems: [] },
        email: account.email,
        clients: clientOptions(parts),
        establishments: open.length > 1 ? open.map(establishmentOption) : [],
        seen: client && seenBy(parts, client, account, chosen, open),
        backUrl: accountUrl(account),
      });
    }),
  );
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
    scopes: previewClaims(client, account, chosen?.siret, open).map(({ scope, claims }) => ({
      scope,
      claims: Object.keys(claims).length === 0 ? "" : JSON.stringify(claims, undefined, 2),
    })),
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
