import type { Grant } from "oidc-provider";
import type { ArtifactStore } from "../artifacts/index.ts";
import type { ClientMetadata, ResourceServer } from "../clients/index.ts";
import type { Siret } from "../establishments/index.ts";
import type { RecordEvent } from "../operations/index.ts";
import { formFields, renderPage, requestEvent } from "../web/index.ts";
import { carriedBy, carry } from "./carried-credentials.ts";
import { denyAccess } from "./denial.ts";
import { wordedData } from "./granted-data.ts";
import { keepResourceScopes, saveConsented } from "./grants.ts";
import { type Interaction, type InteractionState, subOf } from "./interaction.ts";
import { type InteractionSessionParts, interactionSession } from "./interaction-session.ts";
import { type Question, startOver } from "./interactions.ts";
import type { LibrarySession } from "./library.ts";
import { goOnWithout, showSettled } from "./settled-questions.ts";
import { askedServices } from "./used-services.ts";

/** What the consent page is served with. */
export interface ConsentQuestionParts extends InteractionSessionParts {
  readonly artifacts: ArtifactStore;
  readonly record: RecordEvent;
  readonly resources: readonly ResourceServer[];
  /** Where a client's logo is served from. */
  readonly logoUrl: (client: ClientMetadata) => Promise<string | undefined>;
}

/** Who asks for which data; for clients that are not l'Opcommerce's own. */
export function consentQuestion(parts: ConsentQuestionParts): Question {
  return {
    show: async (ctx, state) => {
      const { interaction, client, journey } = state;
      if (await isSettled(parts, state)) return showSettled(ctx, state, "consent");
      const account = await parts.findAccount(subOf({ interaction }));
      const scopes = askableScopes(state);
      await renderPage(ctx, 200, "provider/consent", {
        form: { action: journey.base, values: {}, problems: [] },
        clientName: client.client_name ?? client.client_id,
        clientUri: client.client_uri,
        policyUri: client.policy_uri,
        termsUri: client.tos_uri,
        logoUrl: await parts.logoUrl(client),
        scopes: wordedData(scopes, requestedClaims(interaction)),
        services: askedServices(parts.resources, interaction.params["resource"], scopes),
        email: account?.email ?? "",
      });
    },
    answer: async (ctx, state) => {
      const { action } = formFields(ctx.request.body, ["action"]);
      if (await needsNoAnswer(parts, state, action)) return goOnWithout(ctx, parts.library);
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

/** One of l'Opcommerce's own by now: its people are asked nothing. */
function isOurs({ client, interaction }: InteractionState): boolean {
  return client.first_party && !interaction.prompt.reasons.includes("consent_prompt");
}

/** A refusal always stands; a consent, or the button of a settled page, where there was something to consent to. */
async function needsNoAnswer(
  parts: ConsentQuestionParts,
  state: InteractionState,
  action: string,
): Promise<boolean> {
  if (action === "refuse") return false;
  return isOurs(state) || (action !== "allow" && (await isSettled(parts, state)));
}

/** Allowed meanwhile, in another tab, for all that is asked here and for the same establishment; or asked no more. */
async function isSettled(parts: ConsentQuestionParts, state: InteractionState): Promise<boolean> {
  if (isOurs(state)) return true;
  const { reasons, details } = state.interaction.prompt;
  if (!reasons.every((reason) => reason.endsWith("_missing"))) return false;
  const session = await interactionSession(parts, state);
  const grantId = session?.grantIdFor(state.client.client_id);
  const held = grantId ? await parts.library.now().Grant.find(grantId) : undefined;
  if (!grantId || !held || held.accountId !== session?.accountId) return false;
  if (carriedBy(held) !== carriedBy(session)) return false;
  const frozen = await parts.artifacts.frozenEstablishment(grantId);
  return frozen?.siret === details["establishment"] && holdsAll(held, details);
}

function holdsAll(held: Grant, missing: Readonly<Record<string, unknown>>): boolean {
  const resources = Object.entries((missing["missingResourceScopes"] ?? {}) as ResourceScopes);
  return (
    isWithin(missing["missingOIDCScope"], held.getOIDCScopeEncountered().split(" ")) &&
    isWithin(missing["missingOIDCClaims"], held.getOIDCClaimsEncountered()) &&
    resources.every(([indicator, scopes]) =>
      isWithin(scopes, held.getResourceScopeEncountered(indicator).split(" ")),
    )
  );
}

type ResourceScopes = Readonly<Record<string, readonly string[]>>;

function isWithin(missing: unknown, held: readonly string[]): boolean {
  return ((missing ?? []) as readonly string[]).every((each) => held.includes(each));
}

/** What is asked and what the client may ask for still: its registration may have changed since. */
function askableScopes({ interaction, client }: InteractionState): string[] {
  const may = client.scope?.split(" ");
  return askedScopes(interaction).filter((scope) => may?.includes(scope) ?? true);
}

function askedScopes(interaction: Interaction): string[] {
  const { scope } = interaction.params;
  return typeof scope === "string" ? scope.split(" ") : [];
}

/** A new grant for exactly what was shown, frozen to the establishment that was decided before. */
async function grant(
  parts: ConsentQuestionParts,
  state: InteractionState,
  session: LibrarySession,
): Promise<string> {
  const { interaction, client } = state;
  const { details } = interaction.prompt;
  const { accountId, uid } = session;
  const made = new (parts.library.now().Grant)({ accountId, clientId: client.client_id });
  carry(made, carriedBy(session));
  const may = askableScopes(state);
  made.addOIDCScope(may);
  // Answered, or the library would ask for it without end.
  made.rejectOIDCScope(askedScopes(interaction).filter((scope) => !may.includes(scope)));
  made.addOIDCClaims(requestedClaims(interaction));
  const isAskable = (scope: string) => may.includes(scope);
  // Only what is new there is missing: a grant without what was allowed before would be asked for that, and for this again.
  const before = interaction.grantId;
  const held = before === undefined ? undefined : await parts.library.now().Grant.find(before);
  if (held) keepResourceScopes(made, held, isAskable);
  const missing = (details["missingResourceScopes"] ?? {}) as ResourceScopes;
  for (const [indicator, scopes] of Object.entries(missing)) {
    made.addResourceScope(indicator, scopes.filter(isAskable));
    made.rejectResourceScope(
      indicator,
      scopes.filter((scope) => !isAskable(scope)),
    );
  }
  const siret = details["establishment"] as Siret | undefined;
  return saveConsented(parts.artifacts, made, { siret, sessionUid: uid });
}

function requestedClaims(interaction: Interaction): string[] {
  const { claims } = interaction.params;
  if (typeof claims !== "string") return [];
  const members = JSON.parse(claims) as Record<string, Record<string, unknown> | undefined>;
  return Object.values(members).flatMap((requested) => Object.keys(requested ?? {}));
}
