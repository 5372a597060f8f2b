import { createCipheriv, createDecipheriv, createHash } from "node:crypto";
import type { Random } from "./random.ts";

/**
 * Encryption at rest: AES-256-GCM under a ring of keys. The first key encrypts, all of them decrypt,
 * so a key is rotated by putting a new one in front (`ENCRYPTION_KEYS`). A value is
 * `v1.<key id>.<nonce>.<ciphertext and tag>` in base64url, bound to the place it stands in.
 * @see NIST SP 800-38D (96-bit nonce, 128-bit tag)
 */
export interface Encryption {
  /** Identifiers of the keys, as they stand in what each sealed; the first seals. */
  readonly keyIds: readonly string[];
  /** @param place what the value is and where it stands, for example `outbox:17`; not secret. */
  readonly encrypt: (clear: string, place: string) => string;
  /** @throws Error when the value was altered, moved, or encrypted by a key no longer given. */
  readonly decrypt: (encrypted: string, place: string) => string;
}

const tagBytes = 16;

/** @param keys one or more keys of 32 bytes, the one that encrypts first. */
export function createEncryption(keys: readonly Buffer[], random: Random): Encryption {
  const ring = new Map(keys.map((key) => [encryptionKeyId(key), key]));
  const [first] = keys;
  if (!first || keys.some((key) => key.length !== 32)) {
    throw new Error("createEncryption needs one or more keys of 32 bytes");
  }
  return {
    keyIds: keys.map(encryptionKeyId),
    encrypt: (clear, place) => {
      const nonce = random.bytes(12);
      const sealed = seal(clear, { key: first, nonce, place });
      return ["v1", encryptionKeyId(first), base64url(nonce), base64url(sealed)].join(".");
    },
    decrypt: (encrypted, place) => {
      const { id, nonce, sealed } = partsOf(encrypted, place);
      const key = ring.get(id);
      if (!key)
        throw new Error(`${place}: encrypted by a key that ENCRYPTION_KEYS no longer holds`);
      return unseal(sealed, { key, nonce, place });
    },
  };
}

const base64url = (bytes: Buffer): string => bytes.toString("base64url");

/** @throws Error when it is none of ours */
function partsOf(encrypted: string, place: string) {
  const [version, id = "", nonce, sealed] = encrypted.split(".");
  if (/^v\d+$/.test(version ?? "") && version !== "v1")
    throw new Error(
      `${place}: sealed in the form ${version ?? ""} of a newer build; this one reads v1`,
    );
  if (version !== "v1" || !nonce || !sealed) throw new Error(`${place}: not an encrypted value`);
  return { id, nonce: Buffer.from(nonce, "base64url"), sealed: Buffer.from(sealed, "base64url") };
}

/** What AES-256-GCM seals under. */
interface Under {
  readonly key: Buffer;
  readonly nonce: Buffer;
  readonly place: string;
}

function seal(clear: string, { key, nonce, place }: Under): Buffer {
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(place));
  return Buffer.concat([cipher.update(clear, "utf8"), cipher.final(), cipher.getAuthTag()]);
}

function unseal(sealed: Buffer, { key, nonce, place }: Under): string {
  // Without a fixed length a tag of four bytes would do, which can be guessed.
  const options = { authTagLength: tagBytes };
  const decipher = createDecipheriv("aes-256-gcm", key, nonce, options)
    .setAAD(Buffer.from(place))
    .setAuthTag(sealed.subarray(-tagBytes));
  const clear = [decipher.update(sealed.subarray(0, -tagBytes)), decipher.final()];
  return Buffer.concat(clear).toString("utf8");
}

/** What a key is called in what it sealed or signed: eight characters of its digest. */
export function encryptionKeyId(key: Buffer): string {
  return createHash("sha256").update(key).digest("base64url").slice(0, 8);
}
