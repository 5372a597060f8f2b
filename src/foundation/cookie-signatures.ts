import { createHmac, createSecretKey, timingSafeEqual } from "node:crypto";

/** Signs cookies for Koa and oidc-provider: what their `keygrip` does, by its three methods. */
export interface CookieSignatures {
  /** @returns `v1.` and the base64url HMAC-SHA-256 of `data` under the first key */
  readonly sign: (data: string) => string;
  /** @param signature bare, or behind the name of its form: `v1.` */
  readonly verify: (data: string, signature: string) => boolean;
  /** @returns which key signed it, -1 for none: what an older key signed is signed anew */
  readonly index: (data: string, signature: string) => number;
}

/** What a signature begins with, since 0.3.0. The bare one of 0.2.0 and before has no dot; 0.2.0 reads both. */
const form = "v1.";

/**
 * `keygrip` compares by two more HMACs under a new random key each time: 24 µs a cookie, a hundredth of
 * the work of a code flow. SHA-256 and `timingSafeEqual` take 2 µs.
 * @param secrets the first signs, the others still verify; at least one
 */
export function cookieSignatures(secrets: readonly string[]): CookieSignatures {
  const keys = secrets.map((secret) => createSecretKey(secret, "utf8"));
  const [first] = keys;
  if (!first) throw new Error("cookies need a key to be signed with, found none");

  const index = (data: string, signature: string): number => {
    const named = signature.startsWith(form) ? signature.slice(form.length) : signature;
    const presented = Buffer.from(named, "base64url");
    return keys.findIndex((key) => {
      const expected = createHmac("sha256", key).update(data).digest();
      return presented.length === expected.length && timingSafeEqual(presented, expected);
    });
  };
  return {
    sign: (data) => form + createHmac("sha256", first).update(data).digest("base64url"),
    verify: (data, signature) => index(data, signature) !== -1,
    index,
  };
}
