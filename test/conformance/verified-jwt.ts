import { type JsonWebKey, constants, createPublicKey, verify } from "node:crypto";

/** A JWT whose signature was verified against the provider's published keys. */
export interface VerifiedJwt {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
}

type PublishedKey = JsonWebKey & { readonly kid: string; readonly alg?: string };

/** Verifies by hand, as a client library would. @throws Error when the signature is not the provider's */
export async function verifiedJwt(issuer: string, jwt: unknown): Promise<VerifiedJwt> {
  const [encodedHeader = "", encodedClaims = "", signature = ""] = String(jwt).split(".");
  const header = parsed(encodedHeader);
  const { keys } = (await (await fetch(`${issuer}/jwks`)).json()) as { keys: PublishedKey[] };
  const jwk = keys.find(({ kid }) => kid === header["kid"]);
  const alg = String(header["alg"]);
  // A key of Ed25519 says no alg, for it has two names.
  const named = jwk?.alg ?? (["EdDSA", "Ed25519"].includes(alg) ? alg : undefined);
  if (!jwk || named !== alg) throw new Error(`no key for ${JSON.stringify(header)}`);
  const key = createPublicKey({ key: jwk, format: "jwk" });
  const input = Buffer.from(`${encodedHeader}.${encodedClaims}`);
  const good = verify(
    alg.startsWith("Ed") ? null : "sha256",
    input,
    { key, ...optionsFor(alg) },
    Buffer.from(signature, "base64url"),
  );
  if (!good) throw new Error(`the signature of ${JSON.stringify(header)} is not the provider's`);
  return { header, claims: parsed(encodedClaims) };
}

function optionsFor(alg: string): object {
  if (alg === "ES256") return { dsaEncoding: "ieee-p1363" };
  return alg === "PS256" ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 } : {};
}

function parsed(encoded: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(encoded, "base64url").toString()) as Record<string, unknown>;
}
