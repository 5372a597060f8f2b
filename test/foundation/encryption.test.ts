import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { createEncryption, systemRandom } from "../../src/foundation/index.ts";

const key = (fill: number) => Buffer.alloc(32, fill);
const encryption = createEncryption([key(1)], systemRandom);

describe("encryption at rest", () => {
  it("gives back any text, and hides it", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 8 }), fc.string(), (clear, place) => {
        const text = clear.toWellFormed();
        const encrypted = encryption.encrypt(text, place);
        expect(encrypted).toMatch(/^v1\.[\w-]{8}\.[\w-]{16}\.[\w-]+$/);
        expect(encrypted).not.toContain(text);
        expect(encryption.decrypt(encrypted, place)).toBe(text);
      }),
    );
    expect(encryption.decrypt(encryption.encrypt("", "here"), "here")).toBe("");
  });

  it("never says the same twice", () => {
    const made = Array.from({ length: 100 }, () => encryption.encrypt("same", "here"));
    expect(new Set(made).size).toBe(100);
  });

  it("is bound to its place: a value moved to another row is refused", () => {
    const encrypted = encryption.encrypt("secret", "outbox:1");
    expect(() => encryption.decrypt(encrypted, "outbox:2")).toThrow();
  });

  it("refuses a value with any character changed", () => {
    const encrypted = encryption.encrypt("secret", "here");
    for (let at = 0; at < encrypted.length - 1; at += 1) {
      const other = encrypted[at] === "A" ? "B" : "A";
      const altered = encrypted.slice(0, at) + other + encrypted.slice(at + 1);
      expect(() => encryption.decrypt(altered, "here")).toThrow();
    }
    const [version, id, nonce, sealed = ""] = encrypted.split(".");
    const cut = [version, id, nonce, sealed.slice(0, 8)].join(".");
    expect(() => encryption.decrypt(cut, "here")).toThrow();
    expect(() => encryption.decrypt("", "here")).toThrow("here: not an encrypted value");
  });

  it.each([4, 8, 12, 13, 14, 15])("takes no tag of %i bytes: it can be guessed", (bytes) => {
    const [version, id, nonce, sealed = ""] = encryption.encrypt("", "here").split(".");
    const short = Buffer.from(sealed, "base64url").subarray(0, bytes).toString("base64url");
    expect(() => encryption.decrypt([version, id, nonce, short].join("."), "here")).toThrow();
  });

  it("rotates its keys: the first encrypts, the others still decrypt, one that is gone is named", () => {
    const old = encryption.encrypt("secret", "here");
    const rotated = createEncryption([key(2), key(1)], systemRandom);
    expect(rotated.decrypt(old, "here")).toBe("secret");
    const renewed = createEncryption([key(2)], systemRandom);
    expect(renewed.decrypt(rotated.encrypt("secret", "here"), "here")).toBe("secret");
    expect(() => renewed.decrypt(old, "here")).toThrow(
      "here: encrypted by a key that ENCRYPTION_KEYS no longer holds",
    );
  });

  it("gives back what release 0.2.0 sealed", () => {
    const sealed = "v1.cs1uhCLE.QSPSwWRvGXUG4jyt.a0-ODYhcEPBIcR8qIKJsGGxPjLuxcNT_xzF9n_-bjSI";
    expect(encryption.decrypt(sealed, "outbox:1")).toBe("écrit par 0.2.0");
  });

  it("names the form of a newer build, which it cannot read", () => {
    const newer = encryption.encrypt("secret", "here").replace(/^v1/, "v2");
    expect(() => encryption.decrypt(newer, "here")).toThrow(
      "here: sealed in the form v2 of a newer build; this one reads v1",
    );
  });

  it.each([[[]], [[Buffer.alloc(31)]], [[key(1), Buffer.alloc(33)]]])(
    "takes keys of 32 bytes, one at least",
    (keys) => {
      expect(() => createEncryption(keys, systemRandom)).toThrow("one or more keys of 32 bytes");
    },
  );
});
