import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { keySetProblems } from "../../src/clients/client-keys.ts";
import { linesOf, production, publicKey } from "./fixtures.ts";

const rsa = (modulusLength: number) =>
  generateKeyPairSync("rsa", { modulusLength }).publicKey.export({ format: "jwk" });
const edwards = generateKeyPairSync("ed25519");
const privateKey = edwards.privateKey.export({ format: "jwk" });

describe("the keys of a client", () => {
  it.each([
    ["P-256", publicKey],
    ["Ed25519", edwards.publicKey.export({ format: "jwk" })],
    ["RSA of 2048 bits", rsa(2048)],
  ])("may be %s", (_what, key) => {
    expect(keySetProblems({ keys: [key] })).toEqual([]);
  });

  it.each([
    [
      "not an object",
      "keys",
      { path: [], rule: 'must be a JSON Web Key Set: { "keys": [ ... ] }' },
    ],
    ["empty", { keys: [] }, { path: ["keys"], rule: "must hold from 1 to 20 keys" }],
    [
      "more than twenty",
      { keys: Array.from({ length: 21 }, () => publicKey) },
      { path: ["keys"], rule: "must hold from 1 to 20 keys" },
    ],
    ["no key", { keys: [7] }, { path: ["keys", 0], rule: "must be a JSON Web Key" }],
    [
      "a shared secret",
      { keys: [{ kty: "oct", k: "c2VjcmV0" }] },
      { path: ["keys", 0, "kty"], rule: "must be RSA, EC or OKP: a public key" },
    ],
    [
      "of a type every object knows",
      { keys: [{ kty: "constructor" }] },
      { path: ["keys", 0, "kty"], rule: "must be RSA, EC or OKP: a public key" },
    ],
    [
      "of an empty kid",
      { keys: [{ ...publicKey, kid: "" }] },
      { path: ["keys", 0, "kid"], rule: "must be a text, not empty" },
    ],
    [
      "of a chain of certificates that is none",
      { keys: [{ ...publicKey, x5c: [1] }] },
      { path: ["keys", 0, "x5c"], rule: "must be a list of texts" },
    ],
    [
      "nested so deep that it could not be written again",
      { keys: [{ ...publicKey, more: JSON.parse("[".repeat(20_000) + "]".repeat(20_000)) as [] }] },
      { path: [], rule: "must not be nested deeper than 20 levels" },
    ],
    [
      "two of one kid",
      { keys: [publicKey, publicKey] },
      { path: ["keys", 1, "kid"], rule: "must be unique: keys[0] has it already" },
    ],
  ])("may not be %s", (_what, jwks, problem) => {
    expect(keySetProblems(jwks)).toEqual([problem]);
  });

  it.each([
    ["a point that is on no curve", { ...publicKey, x: publicKey.y }],
    ["a curve that is not served", { ...publicKey, crv: "secp256k1" }],
    ["RSA of 1024 bits", rsa(1024)],
    ["a number of a megabyte", { kty: "RSA", e: "AQAB", n: "A".repeat(1_000_000) }],
    ["a missing member", { kty: "RSA", e: "AQAB" }],
  ])("may not have %s", (_what, key) => {
    expect(keySetProblems({ keys: [key] })).toEqual([
      {
        path: ["keys", 0],
        rule: "must be a public key with all its members (RFC 7518 §6), of 2048 to 8192 bits for RSA",
      },
    ]);
  });

  it("may not be private: the problem names the member and hides its value", () => {
    const lines = linesOf(
      {
        client_id: "of",
        token_endpoint_auth_method: "private_key_jwt",
        redirect_uris: ["https://of.example/callback"],
        jwks: { keys: [privateKey] },
      },
      production,
    );
    expect(lines).toEqual([
      "jwks.keys[0].d must be absent, being part of a private key: make a new pair, and give its public key only (found [hidden])",
    ]);
  });
});
