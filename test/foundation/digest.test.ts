import { describe, expect, it } from "@jest/globals";
import { digest, keyedDigest, matchesDigest, systemRandom } from "../../src/foundation/index.ts";

describe("the digest of a secret", () => {
  it("is its SHA-256 in base64url (FIPS 180-4, « abc »)", () => {
    expect(digest("abc")).toBe(
      Buffer.from(
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "hex",
      ).toString("base64url"),
    );
  });

  it("matches its own secret alone", () => {
    const secret = systemRandom.secret();
    expect(matchesDigest(secret, digest(secret))).toBe(true);
    expect(matchesDigest(systemRandom.secret(), digest(secret))).toBe(false);
    expect(matchesDigest("", digest(secret))).toBe(false);
  });

  it.each([[""], ["short"], ["é".repeat(43)], ["x".repeat(100)]])(
    "is compared with a stored %j without a fault",
    (stored) => {
      expect(matchesDigest("secret", stored)).toBe(false);
    },
  );
});

describe("a keyed digest", () => {
  it("is HMAC-SHA-256 in base64url (RFC 4231, test case 2)", () => {
    expect(keyedDigest("Jefe", "what do ya want for nothing?")).toBe(
      Buffer.from(
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        "hex",
      ).toString("base64url"),
    );
  });

  it("differs by key and by value", () => {
    expect(
      new Set([keyedDigest("a", "x"), keyedDigest("b", "x"), keyedDigest("a", "y")]).size,
    ).toBe(3);
  });
});
