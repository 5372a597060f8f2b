import { decodeJwt } from "jose";
import { type KoaContextWithOIDC, interactionPolicy } from "oidc-provider";
import { type Clock, minutes } from "../foundation/index.ts";
import { asksTwoFactors, hasPassword, levelAttainable } from "./authentication-levels.ts";
import { decisionOf } from "./establishment-choice.ts";
import { ownClientId } from "./own-client.ts";
import { provenAt } from "./session-life.ts";
import { type StaffIdleParts, staffIdle } from "./staff-idle.ts";
import { type SecondFactorPromptParts, secondFactorPrompt } from "./second-factor-prompt.ts";

const { Check, Prompt, base } = interactionPolicy;

/** Why who signed in by a passkey alone is asked for the password. */
export const passwordMissingReason = "password_missing";

/**
 * The questions an authorization may ask a person, in order: sign-up when the client asks for it,
 * sign-in, another account, the second factor, no access, the establishment, consent. Without an answer and with
 * `prompt=none` each gives the client its error.
 */
export function interactionPrompts(
  parts: SecondFactorPromptParts & StaffIdleParts,
): interactionPolicy.DefaultPolicy {
  const policy = base();
  policy.add(new Prompt({ name: "create", requestable: true }), 0);
  const login = policy.get("login");
  login?.checks.add(accountUnusable());
  login?.checks.add(staffIdle(parts));
  login?.checks.add(passwordMissing(parts));
  judgeAgeOfAnswers(login, parts.clock);
  holdHint(login);
  for (const name of ["essential_acr", "essential_acrs"]) login?.checks.remove(name);
  login?.checks.add(levelAttainable());
  policy.add(new Prompt({ name: "select_account", requestable: true }), 2);
  policy.add(new Prompt({ name: "no_access", requestable: false }, noAccess()), 3);
  policy.add(selectEstablishment(), 4);
  policy.add(secondFactorPrompt(parts), 3);
  const consent = policy.get("consent");
  // The page says for which establishment, and the grant it makes is frozen to it.
  if (consent) consent.details = (ctx) => ({ establishment: decidedSiret(ctx) });
  spareOwnNativeClients(policy);
  return policy;
}

/**
 * The library asks consent of every native client at each authorization, against impersonation by
 * another application (RFC 8252 §8.6). A client of l'Opcommerce has no consent page (contract §5).
 */
function spareOwnNativeClients(policy: interactionPolicy.DefaultPolicy): void {
  const ask = policy.get("consent")?.checks.get("native_client_prompt");
  if (!ask) throw new Error("the library no longer knows native_client_prompt");
  const { check } = ask;
  ask.check = (ctx) => ctx.oidc.client?.["first_party"] !== true && check(ctx);
}

/** How long after its check a sign-in may still be on its way to its client, whatever `max_age` says. */
const answerSeconds = minutes(5);

/**
 * To the library an answered sign-in has no age. It has: an answer may be held back for as long as its interaction lives.
 * Not the client's own limit alone, for who reads the next page with care would be asked to sign in without end.
 */
function judgeAgeOfAnswers(login: interactionPolicy.Prompt | undefined, clock: Clock): void {
  const age = login?.checks.get("max_age");
  if (!age) throw new Error("the library no longer knows max_age");
  age.check = ({ oidc: { params, session, result } }) => {
    const asked = params?.["max_age"];
    if (asked === undefined) return false;
    const allowed = result?.login ? Math.max(Number(asked), answerSeconds) : Number(asked);
    return (
      session?.accountId === undefined || clock.epochSeconds() - provenAt(session, clock) > allowed
    );
  };
}

/**
 * To the library a hint counts where a request begins, and not behind the sign-in that it asks for: whoever signed in
 * would go back in the place of whom the client named (OpenID Connect Core §3.1.2.1). It was verified where it began.
 */
function holdHint(login: interactionPolicy.Prompt | undefined): void {
  const hint = login?.checks.get("id_token_hint");
  if (!hint) throw new Error("the library no longer knows id_token_hint");
  const { check } = hint;
  hint.check = (ctx) => {
    const { oidc } = ctx;
    const given = oidc.params?.["id_token_hint"];
    if (typeof given === "string" && !oidc.entities.IdTokenHint)
      oidc.entity("IdTokenHint", { header: {}, payload: decodeJwt(given) });
    return check(ctx);
  };
}

/** Why somebody else is asked for than who is signed in. */
export const otherPersonReasons: ReadonlySet<string> = new Set([
  "id_token_hint",
  "claims_id_token_sub_value",
]);

/** The session names an account that is disabled, deleted, or changed its password since. */
function accountUnusable(): interactionPolicy.Check {
  return new Check(
    "account_unusable",
    "End-User authentication is required",
    "login_required",
    (ctx) => ctx.oidc.session?.accountId !== undefined && ctx.oidc.account === undefined,
  );
}

/** The back office asks staff for the password, too, whoever signed in by a passkey alone. */
function passwordMissing({
  findAccount,
}: Pick<StaffIdleParts, "findAccount">): interactionPolicy.Check {
  return new Check(
    passwordMissingReason,
    "End-User authentication is required",
    "login_required",
    async (ctx) => {
      const { accountId, amr } = ctx.oidc.session ?? {};
      const isAsked = ctx.oidc.client?.clientId === ownClientId && asksTwoFactors(ctx);
      if (accountId === undefined || !isAsked || hasPassword(amr)) return false;
      return (await findAccount(accountId))?.role !== undefined;
    },
  );
}

function noAccess(): interactionPolicy.Check {
  return new Check(
    "no_establishment",
    "no establishment is open to this account",
    "access_denied",
    (ctx) =>
      ctx.oidc.client?.["establishment_required"] === true && decisionOf(ctx).kind === "none-open",
  );
}

/** `prompt=select_establishment` asks anew; where nothing can be chosen there is no question to ask. */
function selectEstablishment(): interactionPolicy.Prompt {
  const prompt = new Prompt({ name: "select_establishment", requestable: true }, choiceNeeded());
  prompt.checks.remove("select_establishment_prompt");
  return prompt;
}

function choiceNeeded(): interactionPolicy.Check {
  return new Check(
    "establishment_not_chosen",
    "an establishment must be chosen by the End-User",
    "interaction_required",
    (ctx) => decisionOf(ctx).kind === "choice-needed",
    // The page marks the one that the person had until now.
    (ctx) => {
      const decision = decisionOf(ctx);
      return decision.kind === "choice-needed" ? { current: decision.current } : {};
    },
  );
}

function decidedSiret(ctx: KoaContextWithOIDC): string | undefined {
  const decision = decisionOf(ctx);
  return decision.kind === "decided" ? decision.siret : undefined;
}
