import { createHmac } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { cookieSignatures } from "../../src/foundation/index.ts";

const value = "session=abc";
const older = cookieSignatures(["the older key"]);
const newer = cookieSignatures(["the newer key", "the older key"]);

describe("signatures of cookies", () => {
  it("are the HMAC-SHA-256 of the cookie under the first key, behind the name of the form", () => {
    const expected = createHmac("sha256", "the newer key").update(value).digest("base64url");
    expect(newer.sign(value)).toBe(`v1.${expected}`);
  });

  it("hold under each key, and tell which", () => {
    expect(newer.index(value, newer.sign(value))).toBe(0);
    expect(newer.index(value, older.sign(value))).toBe(1);
    expect(newer.verify(value, older.sign(value))).toBe(true);
    expect(older.index(value, newer.sign(value))).toBe(-1);
  });

  it("hold bare, as builds before 0.3.0 sign, and in the form of no other build", () => {
    const bare = older.sign(value).slice("v1.".length);
    expect(newer.index(value, bare)).toBe(1);
    expect(newer.index(value, `v2.${bare}`)).toBe(-1);
  });

  const good = newer.sign(value);
  const other = good.endsWith("A") ? "B" : "A";
  it.each([
    "",
    "a",
    "v1.",
    good.slice(1),
    `${good}a`,
    good.slice(0, -2) + other + other,
    "é".repeat(43),
    "\0",
  ])("refuse %j", (signature) => {
    expect(newer.verify(value, signature)).toBe(false);
  });

  it("refuse another cookie's", () => {
    expect(newer.verify("session=abd", good)).toBe(false);
  });

  it("need a key", () => {
    expect(() => cookieSignatures([])).toThrow("found none");
  });
});
