import type { Context } from "koa";
import type { ClientProblem } from "../clients/index.ts";
import type { Problem } from "../foundation/index.ts";
import { formFields, refusedStatus, seeOther } from "../web/index.ts";
import type { BackofficeParts } from "./backoffice-parts.ts";
import { clientSecret, clientUrl, secretOnce } from "./secret-once.ts";
import type { StaffMember } from "./staff-member.ts";
import { renderStaffPage } from "./staff-page.ts";
import type { StaffRouter } from "./staff-router.ts";

/** `/admin/clients/new`: registers a client from its metadata; its page shows the secret that was made, once. */
export function clientRegistrationRoutes(routes: StaffRouter, parts: BackofficeParts): void {
  const fresh = { role: "admin", fresh: "proven" } as const;
  const secrets = secretOnce(parts, clientSecret);
  routes.page("/admin/clients/new", fresh, (ctx, staff) => showForm(ctx, staff, example, [], []));
  routes.act("/admin/clients/new", fresh, async (ctx, staff) => {
    const { metadata } = formFields(ctx.request.body, ["metadata"]);
    const early = earlyProblems(metadata);
    if (early.length > 0) return showForm(ctx, staff, metadata, early, []);
    const made = await parts.clientRegistry.register("JSON", metadata, staff.account.sub);
    if (made.problems) {
      const problems = [{ field: "metadata", reason: "client-refused" }];
      return showForm(ctx, staff, metadata, problems, made.problems);
    }
    const [client] = made.registered;
    if (!client) throw new Error("a registration was accepted and registered nothing");
    const { clientId } = client.entry;
    if (client.secret !== undefined) secrets.leave(ctx, staff, clientId, client.secret);
    seeOther(ctx, clientUrl(clientId), { done: "registered" });
  });
}

/** What a new client begins with: the least, for who knows no metadata by heart. */
const example = `{
  "client_id": "",
  "client_name": "",
  "client_uri": "https://",
  "redirect_uris": ["https://"],
  "grant_types": ["authorization_code", "refresh_token"],
  "scope": "openid profile email siret"
}
`;

/** One at a time, for one secret is shown. */
function earlyProblems(metadata: string): Problem[] {
  const field = "metadata";
  if (metadata.trim() === "") return [{ field, reason: "metadata-missing" }];
  return metadata.trim().startsWith("[") ? [{ field, reason: "one-client-at-a-time" }] : [];
}

async function showForm(
  ctx: Context,
  staff: StaffMember,
  metadata: string,
  problems: readonly Problem[],
  found: readonly ClientProblem[],
): Promise<void> {
  const status = problems.length > 0 ? refusedStatus(ctx, problems) : 200;
  await renderStaffPage(ctx, staff, status, "backoffice/staff-client-new", {
    form: { action: "/admin/clients/new", values: { metadata }, problems },
    found: found.map(({ field, rule, found }) => ({ field: field ?? "client", rule, found })),
    backUrl: "/admin/clients",
  });
}
