import { decodeJwt } from "jose";
import { type Client, type KoaContextWithOIDC, errors } from "oidc-provider";
import { type Clock, hours, minutes, seconds } from "../foundation/index.ts";

/**
 * What a JWT that a client makes may say of time and of whom it is for. Every bound is by our own clock: what its sender
 * says of when it was made (`iat`) bounds nothing, for whoever stole a key writes there what they like.
 * @see FAPI 2.0 Security Profile §5.3.2.1, RFC 7523 §3, RFC 9449 §11.1
 */
export interface JwtBounds {
  readonly clientAssertion: (
    ctx: KoaContextWithOIDC,
    claims: Record<string, unknown>,
    header: Record<string, unknown>,
    client: Client,
  ) => void;
  readonly requestObject: JwtBounds["clientAssertion"];
  /** Whether a proof of possession must hold a nonce of ours, because its own time says too little. */
  readonly proofNeedsNonce: (ctx: KoaContextWithOIDC) => boolean;
}

/** How far two honest clocks may be apart; the library's `clockTolerance`. */
export const clockToleranceSeconds = seconds(10);

/** The longest life of an assertion: what stock libraries ask for, and what FAPI 2.0 clients agreed to. */
const assertionLifeSeconds = { fapi2: minutes(5), others: hours(1) } as const;

/** How long a request object of a FAPI 2.0 client may be good (FAPI 2.0 Message Signing §5.3.1). */
const requestObjectLifeSeconds = minutes(60);

/** What is left of a request object when it is pushed. */
const leastPushedSeconds = seconds(2);

/** How old a proof without a nonce may be. */
const proofAgeSeconds = seconds(60);

/** The bounds, by this clock. */
export function createJwtBounds(clock: Clock): JwtBounds {
  const ahead = (instant: unknown) =>
    typeof instant === "number" ? instant - clock.epochSeconds() : 0;
  const assertNotOfTheFuture = (claims: Record<string, unknown>, refuse: Refuse) => {
    for (const name of ["nbf", "iat"]) {
      if (ahead(claims[name]) > clockToleranceSeconds) {
        throw refuse(`${name} is ${String(Math.ceil(ahead(claims[name])))} s ahead of our clock`);
      }
    }
  };
  return {
    clientAssertion: (ctx, claims, _header, client) => {
      const isFapi = client["profile"] === "fapi2";
      const refuse: Refuse = (rule) => new errors.InvalidClientAuth(`client_assertion: ${rule}`);
      assertAudience(ctx, claims["aud"], isFapi, refuse);
      assertNotOfTheFuture(claims, refuse);
      const life = isFapi ? assertionLifeSeconds.fapi2 : assertionLifeSeconds.others;
      // Its mark is kept until it ends: a number without bound never reaches the store.
      if (ahead(claims["exp"]) > life + clockToleranceSeconds) {
        throw refuse(`exp must be at most ${String(life / 60)} minutes ahead of our clock`);
      }
    },
    requestObject: (ctx, claims, _header, client) => {
      const refuse: Refuse = (rule) => new errors.InvalidRequestObject(`Request Object: ${rule}`);
      assertNotOfTheFuture(claims, refuse);
      if (ctx.oidc.route === "pushed_authorization_request") {
        assertLeft(claims["exp"], ahead, refuse);
      }
      if (client["profile"] === "fapi2") assertLife(claims, refuse);
    },
    proofNeedsNonce: (ctx) => {
      const difference = ahead(issuedAt(ctx.get("DPoP")));
      return difference > clockToleranceSeconds || difference < -proofAgeSeconds;
    },
  };
}

type Refuse = (rule: string) => Error;

/** Until its end it is kept: the library would give a reference that is over as soon as it is made (RFC 9126 §2.2). */
function assertLeft(exp: unknown, ahead: (instant: unknown) => number, refuse: Refuse): void {
  if (typeof exp !== "number" || ahead(exp) >= leastPushedSeconds) return;
  throw refuse(`exp must be at least ${String(leastPushedSeconds)} s ahead of our clock`);
}

function assertLife(claims: Record<string, unknown>, refuse: Refuse): void {
  for (const name of ["exp", "nbf", "aud"]) {
    if (claims[name] === undefined) throw refuse(`${name} is missing`);
  }
  const life = Number(claims["exp"]) - Number(claims["nbf"]);
  if (!(life > 0 && life <= requestObjectLifeSeconds)) {
    throw refuse("exp must be after nbf, by at most 60 minutes");
  }
}

function assertAudience(
  { oidc }: KoaContextWithOIDC,
  aud: unknown,
  isFapi: boolean,
  refuse: Refuse,
): void {
  const { issuer } = oidc.provider;
  if (isFapi) {
    if (aud !== issuer) throw refuse(`aud must be ${issuer}, a string`);
    return;
  }
  const endpoints = ["token", "pushed_authorization_request"].map((name) => oidc.urlFor(name));
  const [only, ...others] = Array.isArray(aud) ? (aud as unknown[]) : [aud];
  if (others.length > 0 || ![issuer, ...endpoints].some((each) => each === only)) {
    throw refuse(
      `aud must be one value: ${issuer}, or the address of the token or the PAR endpoint`,
    );
  }
}

/** Read only to ask for more: what it proves is judged by the library. */
function issuedAt(proof: string): unknown {
  try {
    return decodeJwt(proof).iat;
  } catch {
    return undefined;
  }
}
