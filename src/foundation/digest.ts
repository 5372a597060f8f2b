import { type KeyObject, createHmac, createSecretKey, hash, timingSafeEqual } from "node:crypto";

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
  return createHmac("sha256", keptKey(key)).update(value).digest("base64url");
}

/** Keys are few, and live as long as the process. */
const mostKept = 100;
const keptTexts = new Map<string, KeyObject>();
const keptBytes = new WeakMap<Buffer, KeyObject>();

/** The key as the library wants it: made for each digest it would cost six times the digest (measured: 36 of 41 µs). */
function keptKey(key: string | Buffer): KeyObject {
  const kept = typeof key === "string" ? keptTexts.get(key) : keptBytes.get(key);
  if (kept) return kept;
  const made = createSecretKey(typeof key === "string" ? Buffer.from(key) : key);
  if (typeof key !== "string") keptBytes.set(key, made);
  else if (keptTexts.size < mostKept) keptTexts.set(key, made);
  return made;
}
