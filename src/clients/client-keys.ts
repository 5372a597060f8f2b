import { createPublicKey } from "node:crypto";
import type { MetadataPath } from "./client-problem.ts";

/** Public keys of a client, with which it proves who it is (`private_key_jwt`). */
export interface PublicKeySet {
  keys: Record<string, unknown>[];
}

/** What is wrong with a key set, and where below it. */
export interface KeyProblem {
  readonly path: MetadataPath;
  readonly rule: string;
}

/** What may stand at a `jwks_uri`: somebody else's server is read no further. */
export const mostKeySetBytes = 100 * 1024;

const mostKeys = 20;
/** Far more than any member of a key has: what is nested deeper can be read, and not be written again. */
const deepest = 20;
/** 8192 bits of RSA, in base64url: no key takes long to read. */
const longestNumber = 1400;

/** The members of a private key by its type: none of them may be published (RFC 7518 §6). */
const privateMembers: Readonly<Record<string, readonly string[]>> = {
  EC: ["d"],
  OKP: ["d"],
  RSA: ["d", "p", "q", "dp", "dq", "qi", "oth"],
};

/** Every problem of a client's `jwks` (RFC 7517 §5); none when it is a {@link PublicKeySet}. */
export function keySetProblems(jwks: unknown): readonly KeyProblem[] {
  if (!isObject(jwks) || !Array.isArray(jwks["keys"])) {
    return [{ path: [], rule: 'must be a JSON Web Key Set: { "keys": [ ... ] }' }];
  }
  if (isDeeper(jwks, deepest)) {
    return [{ path: [], rule: `must not be nested deeper than ${deepest} levels` }];
  }
  const keys: readonly unknown[] = jwks["keys"];
  if (keys.length === 0 || keys.length > mostKeys) {
    return [{ path: ["keys"], rule: `must hold from 1 to ${mostKeys} keys` }];
  }
  return keys.flatMap((key, index) => [
    ...keyProblems(key).map(({ path, rule }) => ({ path: ["keys", index, ...path], rule })),
    ...doubledKeyId(keys, key, index),
  ]);
}

/** Level by level: to call itself for each would end as writing it does. */
function isDeeper(value: unknown, levels: number): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; depth <= levels; depth += 1) {
    level = level.flatMap((each) =>
      typeof each === "object" && each !== null ? (Object.values(each) as unknown[]) : [],
    );
  }
  return level.length > 0;
}

function keyProblems(key: unknown): readonly KeyProblem[] {
  if (!isObject(key)) return [{ path: [], rule: "must be a JSON Web Key" }];
  const type = typeof key["kty"] === "string" ? key["kty"] : "";
  const privateOnes = Object.hasOwn(privateMembers, type) ? privateMembers[type] : undefined;
  if (!privateOnes) return [{ path: ["kty"], rule: "must be RSA, EC or OKP: a public key" }];
  const problems = [...published(key, privateOnes), ...descriptionProblems(key)];
  const readable = problems.length > 0 ? undefined : readingRule(key);
  return readable ? [{ path: [], rule: readable }] : problems;
}

function published(key: Record<string, unknown>, members: readonly string[]): KeyProblem[] {
  return members
    .filter((member) => key[member] !== undefined)
    .map((member) => ({
      path: [member],
      rule: "must be absent, being part of a private key: make a new pair, and give its public key only",
    }));
}

function descriptionProblems(key: Record<string, unknown>): KeyProblem[] {
  const texts = ["kid", "alg", "use"]
    .filter((name) => key[name] !== undefined && !isText(key[name]))
    .map((name) => ({ path: [name], rule: "must be a text, not empty" }));
  const chain = key["x5c"];
  const sound = chain === undefined || (Array.isArray(chain) && chain.every(isText));
  return sound ? texts : [...texts, { path: ["x5c"], rule: "must be a list of texts" }];
}

function readingRule(key: Record<string, unknown>): string | undefined {
  const unreadable = `must be a public key with all its members (RFC 7518 §6), of 2048 to 8192 bits for RSA`;
  const numbers = ["n", "e", "x", "y"].map((name) => key[name] ?? "");
  if (numbers.some((each) => typeof each !== "string" || each.length > longestNumber)) {
    return unreadable;
  }
  try {
    const { asymmetricKeyDetails } = createPublicKey({ key, format: "jwk" });
    const bits = asymmetricKeyDetails?.modulusLength ?? 2048;
    return bits >= 2048 && bits <= 8192 && isServedCurve(key) ? undefined : unreadable;
  } catch {
    return unreadable;
  }
}

function isServedCurve(key: Record<string, unknown>): boolean {
  return (
    key["kty"] === "RSA" ||
    ["P-256", "P-384", "P-521", "Ed25519", "X25519"].some((curve) => curve === key["crv"])
  );
}

function doubledKeyId(keys: readonly unknown[], key: unknown, index: number): KeyProblem[] {
  if (!isObject(key) || !isText(key["kid"])) return [];
  const first = keys.findIndex((each) => isObject(each) && each["kid"] === key["kid"]);
  if (first === index) return [];
  return [{ path: ["keys", index, "kid"], rule: `must be unique: keys[${first}] has it already` }];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}
