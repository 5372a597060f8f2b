import { createHmac } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { cookieSignatures } from "../../src/foundation/index.ts";

const value = "session=abc";
const older = cookieSignatures(["the older key"]);
const newer = cookieSignatures(["the newer key", "the older key"]);

describe("signatures of cookies", () => {
  it("are the HMAC-SHA-256 of the cookie under the first key", () => {
    const expected = createHmac("sha256", "the newer key").update(value).digest("base64url");
    expect(newer.sign(value)).toBe(expected);
  });

  it("hold under each key, and tell which", () => {
    expect(newer.index(value, newer.sign(value))).toBe(0);
    expect(newer.index(value, older.sign(value))).toBe(1);
    expect(newer.verify(value, older.sign(value))).toBe(true);
    expect(older.index(value, newer.sign(value))).toBe(-1);
  });

  it("hold behind the name of their form, which a newer build writes, and of no other", () => {
    expect(newer.index(value, `v1.${older.sign(value)}`)).toBe(1);
    expect(newer.index(value, `v2.${older.sign(value)}`)).toBe(-1);
  });

  const good = newer.sign(value);
  it.each(["", "a", good.slice(1), `${good}a`, `${good.slice(1)}A`, "é".repeat(43), "\0"])(
    "refuse %j",
    (signature) => {
      expect(newer.verify(value, signature)).toBe(false);
    },
  );

  it("refuse another cookie's", () => {
    expect(newer.verify("session=abd", good)).toBe(false);
  });

  it("need a key", () => {
    expect(() => cookieSignatures([])).toThrow("found none");
  });
});
