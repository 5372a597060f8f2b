import type { ArtifactStore } from "../artifacts/index.ts";
import type { ClientMetadata } from "../clients/index.ts";
import type { Siret } from "../establishments/index.ts";
import type { RecordEvent } from "../operations/index.ts";
import { formFields, renderPage, requestEvent } from "../web/index.ts";
import { carriedBy, carry } from "./carried-credentials.ts";
import { claimsByScope } from "./claims.ts";
import { denyAccess } from "./denial.ts";
import { saveConsented } from "./grants.ts";
import { type Interaction, type InteractionState, subOf } from "./interaction.ts";
import { type InteractionSessionParts, interactionSession } from "./interaction-session.ts";
import { type Question, startOver } from "./interactions.ts";
import type { LibrarySession } from "./library.ts";

/** What the consent page is served with. */
export interface ConsentQuestionParts extends InteractionSessionParts {
  readonly artifacts: ArtifactStore;
  readonly record: RecordEvent;
  /** Where a client's logo is served from. */
  readonly logoUrl: (client: ClientMetadata) => Promise<string | undefined>;
}

/** Who asks for which data; for clients that are not l'Opcommerce's own. */
export function consentQuestion(parts: ConsentQuestionParts): Question {
  return {
    show: async (ctx, { interaction, client, journey }) => {
      const account = await parts.findAccount(subOf({ interaction }));
      await renderPage(ctx, 200, "provider/consent", {
        form: { action: journey.base, values: {}, problems: [] },
        clientName: client.client_name ?? client.client_id,
        clientUri: client.client_uri,
        policyUri: client.policy_uri,
        termsUri: client.tos_uri,
        logoUrl: await parts.logoUrl(client),
        scopes: askedData(interaction),
        email: account?.email ?? "",
      });
    },
    answer: async (ctx, state) => {
      const { action } = formFields(ctx.request.body, ["action"]);
      const allowed = action === "allow";
      const session = await interactionSession(parts, state);
      if (session?.accountId === undefined) return startOver(ctx, state);
      const sub = session.accountId;
      const about = { subject: { sub }, clientId: state.client.client_id };
      const event = allowed ? "consent-given" : "consent-refused";
      await parts.record(requestEvent(ctx, event, "accepted", about));
      if (allowed) {
        const consent = { grantId: await grant(parts, state, session) };
        return parts.library.finish(ctx, { consent }, true);
      }
      await denyAccess(ctx, parts.library, "the End-User refused the request");
    },
  };
}

/** Everything asked, as the scopes that word it; the `claims` parameter asks for data that no scope names. */
function askedData(interaction: Interaction): string[] {
  const scopes = askedScopes(interaction).filter(
    (scope) => scope in claimsByScope || scope === "offline_access",
  );
  const said = new Set(scopes.flatMap((scope) => claimsByScope[scope] ?? []));
  const further = requestedClaims(interaction)
    .filter((claim) => !said.has(claim))
    .flatMap(
      (claim) =>
        Object.keys(claimsByScope).find((scope) => claimsByScope[scope]?.includes(claim)) ?? [],
    );
  return [...new Set([...scopes, ...further])];
}

function askedScopes(interaction: Interaction): string[] {
  const { scope } = interaction.params;
  return typeof scope === "string" ? scope.split(" ") : [];
}

/** A new grant for exactly what was shown, frozen to the establishment that was decided before. */
async function grant(
  parts: ConsentQuestionParts,
  { interaction, client }: InteractionState,
  session: LibrarySession,
): Promise<string> {
  const { details } = interaction.prompt;
  const { accountId, uid } = session;
  const made = new (parts.library.now().Grant)({ accountId, clientId: client.client_id });
  carry(made, carriedBy(session));
  made.addOIDCScope(askedScopes(interaction));
  made.addOIDCClaims(requestedClaims(interaction));
  const missing = (details["missingResourceScopes"] ?? {}) as Record<string, string[]>;
  for (const [indicator, scopes] of Object.entries(missing))
    made.addResourceScope(indicator, scopes);
  const siret = details["establishment"] as Siret | undefined;
  return saveConsented(parts.artifacts, made, { siret, sessionUid: uid });
}

function requestedClaims(interaction: Interaction): string[] {
  const { claims } = interaction.params;
  if (typeof claims !== "string") return [];
  const members = JSON.parse(claims) as Record<string, Record<string, unknown> | undefined>;
  return Object.values(members).flatMap((requested) => Object.keys(requested ?? {}));
}
