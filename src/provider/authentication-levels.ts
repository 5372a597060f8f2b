import { type KoaContextWithOIDC, errors, interactionPolicy } from "oidc-provider";
import type { FactorMethod } from "../second-factors/index.ts";

const { Check } = interactionPolicy;

/** Signed in with the password alone. */
export const oneFactor = "https://auth.lopcommerce.com/acr/one-factor";

/**
 * Signed in with two factors: the password and a second one, or a passkey alone, which is held and has recognised its
 * person by what they know or are. It contains {@link oneFactor}.
 */
export const twoFactors = "https://auth.lopcommerce.com/acr/two-factors";

/** How well a person proved who they are (OpenID Connect Core §2, `acr`), the weakest first. */
export const authenticationLevels = [oneFactor, twoFactors] as const;

/** How somebody signed in, as a session and its ID tokens say it. */
export interface AuthenticationMethods {
  readonly acr: string;
  /** In the words of RFC 8176. */
  readonly amr: string[];
}

/** What a password alone says. */
export const byPassword: AuthenticationMethods = { acr: oneFactor, amr: ["pwd"] };

/** What a password and a second factor say. */
export function byTwoFactors(method: FactorMethod): AuthenticationMethods {
  return { acr: twoFactors, amr: ["pwd", method, "mfa"] };
}

/** What a passkey alone says: two factors, and no password. */
export function byPasskey(method: FactorMethod): AuthenticationMethods {
  return { acr: twoFactors, amr: [method, "mfa"] };
}

/** Whether the password was given. */
export function hasPassword(amr: readonly string[] | undefined): boolean {
  return amr?.includes("pwd") === true;
}

/** Whether a session was signed in with two factors. */
export function hasTwoFactors(amr: readonly string[] | undefined): boolean {
  return amr?.includes("mfa") === true;
}

/**
 * Whether a request asks for a second factor: the first level it names that we know is that one. `acr_values`
 * and `claims.id_token.acr` name levels in the order of preference.
 * @see OpenID Connect Core §3.1.2.1, §5.5.1.1
 */
export function asksTwoFactors(ctx: KoaContextWithOIDC): boolean {
  return requestedLevels(ctx).find(isKnown) === twoFactors;
}

/**
 * An essential level that is none of ours can be reached by no answer: it fails at once, and nobody signs
 * in for nothing (OpenID Connect Core Unmet Authentication Requirements 1.0). In the place of the
 * library's checks, to which two factors are no proof of one.
 */
export function levelAttainable(): interactionPolicy.Check {
  return new Check("level_unattainable", "the requested acr cannot be obtained", (ctx) => {
    const requested = requestedLevels(ctx);
    if (isEssential(ctx) && requested.length > 0 && !requested.some(isKnown)) {
      throw new errors.UnmetAuthenticationRequirements("none of the requested acr is known");
    }
    return false;
  });
}

function requestedLevels(ctx: KoaContextWithOIDC): readonly unknown[] {
  const { value, values = [] } = requestedAcr(ctx);
  if (!Array.isArray(values)) {
    throw new errors.InvalidRequest("invalid claims.id_token.acr.values type");
  }
  return value === undefined ? values : [value, ...(values as unknown[])];
}

function isEssential(ctx: KoaContextWithOIDC): boolean {
  return requestedAcr(ctx).essential === true;
}

interface RequestedAcr {
  readonly essential?: unknown;
  readonly value?: unknown;
  readonly values?: unknown;
}

function requestedAcr(ctx: KoaContextWithOIDC): RequestedAcr {
  const members = ctx.oidc.claims as { id_token?: { acr?: RequestedAcr | null } } | undefined;
  return members?.id_token?.acr ?? {};
}

function isKnown(level: unknown): boolean {
  return authenticationLevels.some((known) => known === level);
}
