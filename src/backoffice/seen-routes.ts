import type { Account } from "../accounts/index.ts";
import { type ClientMetadata, serviceName } from "../clients/index.ts";
import type { Establishment } from "../establishments/index.ts";
import type { SeenStep } from "./help-page-models.ts";
import type { BackofficeParts } from "./backoffice-parts.ts";
import { clientOptions, establishmentOption } from "./claims-routes.ts";
import { queryValue, renderStaffPage } from "./staff-page.ts";
import type { StaffRouter } from "./staff-router.ts";
import { accountUrl, seen } from "./subject.ts";

/** How many of the establishments that a person could choose are named. */
const mostNamed = 10;

/** What says which establishment an authorization is for (contract §5). */
const establishmentScopes = ["siret", "establishment"];

/**
 * `/admin/accounts/:sub/seen`: the pages that a person would meet, one after the other, on a browser in which nobody is signed
 * in: of a client, or of their own account where none is chosen.
 */
export function seenRoutes(routes: StaffRouter, parts: BackofficeParts): void {
  routes.page(
    "/admin/accounts/:sub/seen",
    { role: "reader" },
    seen(parts, async (ctx, staff, account) => {
      const client = parts.clients.find(queryValue(ctx, "client"));
      const [open, hasFactor] = await Promise.all([
        parts.accesses.openEstablishments(account.sub),
        parts.secondFactors.has(account.sub),
      ]);
      const steps = stepsOf({ account, client, open, hasFactor });
      const isChoice = steps.some(({ name }) => name === "choice");
      await renderStaffPage(ctx, staff, 200, "backoffice/staff-seen", {
        form: {
          action: `${accountUrl(account)}/seen`,
          values: { client: client?.client_id ?? "" },
          problems: [],
        },
        email: account.email,
        clients: clientOptions(parts),
        client: client && serviceName(client),
        steps,
        establishments: isChoice ? open.slice(0, mostNamed).map(establishmentOption) : [],
        backUrl: accountUrl(account),
      });
    }),
  );
}

function stepsOf(of: {
  readonly account: Account;
  readonly client: ClientMetadata | undefined;
  readonly open: readonly Establishment[];
  readonly hasFactor: boolean;
}): SeenStep[] {
  const { account, client, open, hasFactor } = of;
  if (account.state === "disabled") return [{ name: "disabled" }];
  const signIn: SeenStep[] = [{ name: "password" }, ...(hasFactor ? [{ name: "factor" }] : [])];
  if (!client) {
    const own = { name: open.length > 0 ? "account" : "account-empty", count: open.length };
    return [...signIn, own];
  }
  const service = serviceName(client);
  if (client.establishment_required && open.length === 0)
    return [...signIn, { name: "no-access", service }];
  return [
    ...signIn,
    ...establishmentSteps(client, open),
    ...(client.first_party ? [] : [{ name: "consent", service }]),
    { name: "back", service },
  ];
}

function establishmentSteps(client: ClientMetadata, open: readonly Establishment[]): SeenStep[] {
  // Without scopes of its own it may ask for every one of an identity.
  const asked = client.scope?.split(" ") ?? establishmentScopes;
  if (!establishmentScopes.some((scope) => asked.includes(scope))) return [];
  const [only] = open;
  if (!only) return [{ name: "none" }];
  if (open.length > 1) return [{ name: "choice", count: open.length }];
  return [{ name: "only", establishment: establishmentOption(only).label }];
}
