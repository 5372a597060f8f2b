import { type KeyObject, constants, generateKeyPairSync, randomUUID, sign } from "node:crypto";

/** A key pair and its algorithm. */
export interface TestKey {
  readonly alg: "ES256" | "PS256" | "RS256" | "EdDSA" | "Ed25519";
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** A new key pair. */
export function newKey(alg: TestKey["alg"]): TestKey {
  if (alg === "EdDSA" || alg === "Ed25519") return { alg, ...generateKeyPairSync("ed25519") };
  return alg === "ES256"
    ? { alg, ...generateKeyPairSync("ec", { namedCurve: "P-256" }) }
    : { alg, ...generateKeyPairSync("rsa", { modulusLength: 2048 }) };
}

/** Signs a JWT (RFC 7519). */
export function signedJwt(key: TestKey, header: object, payload: object): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const input = `${encode({ alg: key.alg, ...header })}.${encode(payload)}`;
  const es256 = { key: key.privateKey, dsaEncoding: "ieee-p1363" as const };
  const padding = constants.RSA_PKCS1_PSS_PADDING;
  const ps256 = { key: key.privateKey, padding, saltLength: 32 };
  const plain = { key: key.privateKey };
  const byAlg = { ES256: es256, PS256: ps256, RS256: plain, EdDSA: plain, Ed25519: plain };
  const digest = key.alg.startsWith("Ed") ? null : "sha256";
  return `${input}.${sign(digest, Buffer.from(input), byAlg[key.alg]).toString("base64url")}`;
}

/** A DPoP proof for a POST (RFC 9449 §4.2); `claims` replace the usual ones. */
export function dpopProof(key: TestKey, htu: string, claims: object = {}): string {
  const header = { typ: "dpop+jwt", jwk: key.publicKey.export({ format: "jwk" }) };
  const payload = { jti: randomUUID(), htm: "POST", htu, iat: Math.floor(Date.now() / 1000) };
  return signedJwt(key, header, { ...payload, ...claims });
}

/** What proves a client at the token endpoint and its like (RFC 7523 §2.2); `claims` replace the usual ones. */
export function clientAssertion(
  key: TestKey,
  clientId: string,
  audience: string,
  claims: object = {},
): Record<string, string> {
  const now = Math.floor(Date.now() / 1000);
  const usual = {
    iss: clientId,
    sub: clientId,
    aud: audience,
    jti: randomUUID(),
    iat: now,
    exp: now + 60,
  };
  return {
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    client_assertion: signedJwt(key, {}, { ...usual, ...claims }),
  };
}
