import {
  type KeyObject,
  createHmac,
  createSecretKey,
  hkdfSync,
  timingSafeEqual,
} from "node:crypto";
import { encryptionKeyId } from "../foundation/index.ts";

/** What a keyed digest says of what it stands beside. */
export type MacCheck = "right" | "wrong" | "unknown-key";

/**
 * Keys that are not in the database: who can write it can make a chain of hashes anew, and not these digests of it.
 * A digest is `m1.<key id>.<HMAC-SHA-256 in base64url>`: its form, then which key made it.
 */
export interface ChainKeys {
  /** Identifiers of the keys, as they stand in what each signed; the first signs. */
  readonly keyIds: readonly string[];
  readonly sign: (text: string) => string;
  readonly check: (text: string, mac: string) => MacCheck;
}

/**
 * @param keys.auditKeys `AUDIT_KEYS`, the one that signs first; usually none
 * @param keys.encryptionKeys `ENCRYPTION_KEYS`: what is derived from them signs when there is no other, and verifies always
 */
export function createChainKeys(keys: {
  readonly auditKeys: readonly Buffer[];
  readonly encryptionKeys: readonly Buffer[];
}): ChainKeys {
  // Made once: for each digest it would cost six times the digest (foundation/digest).
  const ringKey = (id: Buffer, key: Buffer) => [encryptionKeyId(id), createSecretKey(key)] as const;
  const given = keys.auditKeys.map((key) => ringKey(key, key));
  const derived = keys.encryptionKeys.map((key) => ringKey(key, derivedKey(key)));
  const ring = [...given, ...derived];
  const byId = new Map(ring.toReversed());
  const [first] = ring;
  if (!first) throw new Error("the audit needs a key, found none");
  const [firstId, firstKey] = first;
  return {
    keyIds: ring.map(([id]) => id),
    sign: (text) => `m1.${firstId}.${digestOf(firstKey, text).toString("base64url")}`,
    check: (text, mac) => {
      const [form, id = "", presented = ""] = mac.split(".");
      const key = byId.get(id);
      if (form !== "m1" || !key) return "unknown-key";
      const [left, right] = [Buffer.from(presented, "base64url"), digestOf(key, text)];
      return left.length === right.length && timingSafeEqual(left, right) ? "right" : "wrong";
    },
  };
}

function derivedKey(key: Buffer): Buffer {
  return Buffer.from(hkdfSync("sha256", key, "", "audit chain", 32));
}

function digestOf(key: KeyObject, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

/** What the digest of a line is made of; its hash covers the line and all lines before it. */
export function lineText(hash: string): string {
  return `lopauth-audit-line-1 ${hash}`;
}
