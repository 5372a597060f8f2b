import { createHmac, hash, timingSafeEqual } from "node:crypto";

/**
 * What is stored in place of a secret of high entropy (token, cookie value, client secret): its
 * SHA-256 as base64url. Passwords have their own way (`accounts/password`).
 */
export function digest(secret: string): string {
  return hash("sha256", secret, "base64url");
}

/** Compares a presented secret with a stored digest without telling by its time where they differ. */
export function matchesDigest(presented: string, stored: string): boolean {
  const left = Buffer.from(digest(presented));
  const right = Buffer.from(stored);
  return left.length === right.length && timingSafeEqual(left, right);
}

/** A keyed digest for values of low entropy (an e-mail address in a counter's key), base64url. */
export function keyedDigest(key: string | Buffer, value: string): string {
  return createHmac("sha256", key).update(value).digest("base64url");
}
