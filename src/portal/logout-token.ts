import { createRemoteJWKSet, jwtVerify } from "jose";
import { z } from "zod";

/** Whose session ended: the session of that name at the provider, or all of that person. */
export interface EndedSession {
  readonly sub?: string | undefined;
  readonly sid?: string | undefined;
}

/** Checks a logout token. @throws Error when it is none that this portal believes */
export type ReadLogoutToken = (token: string) => Promise<EndedSession>;

const event = "http://schemas.openid.net/event/backchannel-logout";
const claimsOf = z
  .looseObject({
    sub: z.string().optional(),
    sid: z.string().optional(),
    jti: z.string(),
    nonce: z.never().optional(),
    events: z.looseObject({ [event]: z.looseObject({}) }),
  })
  .refine(({ sub, sid }) => sub !== undefined || sid !== undefined);

/**
 * Reads what the provider posts when a session has ended (OpenID Connect Back-Channel Logout 1.0 §2.6): signed by its
 * keys, meant for this client, of the last minutes, about a logout, and no ID token (it has no `nonce`).
 * @param keysUrl `jwks_uri` of the provider
 */
export function logoutTokenReader(settings: {
  readonly issuer: string;
  readonly clientId: string;
  readonly keysUrl: () => Promise<string>;
}): ReadLogoutToken {
  let keys: ReturnType<typeof createRemoteJWKSet> | undefined;
  return async (token) => {
    keys ??= createRemoteJWKSet(new URL(await settings.keysUrl()));
    const { payload } = await jwtVerify(token, keys, {
      issuer: settings.issuer,
      audience: settings.clientId,
      algorithms: ["RS256"],
      maxTokenAge: "5 minutes",
      clockTolerance: 10,
    });
    const { sub, sid } = claimsOf.parse(payload);
    return { sub, sid };
  };
}
