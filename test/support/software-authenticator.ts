import { type KeyObject, createHash, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { isoCBOR } from "@simplewebauthn/server/helpers";
import type { PasskeyRequest } from "../../src/second-factors/passkeys.ts";

/** What a device is told to do otherwise than a good one. */
export interface Misbehaviour {
  readonly origin?: string;
  readonly rpId?: string;
  /** False: it did not recognise its person. */
  readonly verifiesPerson?: boolean;
  /** What it says that it counted to. */
  readonly counter?: number;
  /** Whose it says that the passkey is; "" is nothing. */
  readonly userHandle?: string;
  /** Signs with another key than that of the passkey. */
  readonly forged?: boolean;
  /** Which passkey it says that it is. */
  readonly credentialId?: string;
}

/** A passkey in software, whose every part a test may bend (WebAuthn Level 3 §6). */
export interface SoftwareAuthenticator {
  readonly credentialId: string;
  /** Answers a request to make the passkey. @returns the fields of the form */
  readonly create: (request: PasskeyRequest<RequestOptions>, bent?: Misbehaviour) => PasskeyFields;
  /** Answers a request to use it. */
  readonly use: (request: PasskeyRequest<RequestOptions>, bent?: Misbehaviour) => PasskeyFields;
}

interface PasskeyFields {
  readonly credential: string;
  readonly challenge: string;
}

interface RequestOptions {
  readonly challenge: string;
  readonly user?: { readonly id: string };
}

/**
 * @param issuer where it is used, unless it misbehaves
 * @param idBytes how long it calls its passkey
 */
export function softwareAuthenticator(issuer: string, idBytes = 16): SoftwareAuthenticator {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const id = randomBytes(idBytes);
  let used = 0;
  /** Whose it is, as the provider said when the passkey was made. */
  let handle = "";
  const { origin, hostname } = new URL(issuer);
  const answer = (
    fields: Readonly<Record<string, Buffer>>,
    sealed: string,
    rawId = id.toString("base64url"),
  ): PasskeyFields => {
    const response = Object.fromEntries(
      Object.entries(fields).map(([name, value]) => [name, value.toString("base64url")]),
    );
    const credential = {
      id: rawId,
      rawId,
      type: "public-key",
      clientExtensionResults: {},
      response,
    };
    return { credential: JSON.stringify(credential), challenge: sealed };
  };
  const clientData = (type: string, challenge: string, bent: Misbehaviour) =>
    Buffer.from(JSON.stringify({ type, challenge, origin: bent.origin ?? origin }));
  const authenticatorData = (flags: number, bent: Misbehaviour, attested: Buffer) => {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(bent.counter ?? (used += 1));
    const verified = bent.verifiesPerson === false ? 0 : userVerified;
    const head = Buffer.concat([sha256(bent.rpId ?? hostname), Buffer.from([flags | verified])]);
    return Buffer.concat([head, counter, attested]);
  };
  return {
    credentialId: id.toString("base64url"),
    create: ({ options, sealed }, bent = {}) => {
      handle = Buffer.from(options.user?.id ?? "", "base64url").toString();
      const length = Buffer.from([id.length >> 8, id.length & 0xff]);
      const attested = Buffer.concat([Buffer.alloc(16), length, id, coseKey(publicKey)]);
      const authData = authenticatorData(userPresent | attestedData, bent, attested);
      const attestation = new Map<string, unknown>([
        ["fmt", "none"],
        ["attStmt", new Map()],
        ["authData", new Uint8Array(authData)],
      ]);
      const clientDataJSON = clientData("webauthn.create", options.challenge, bent);
      return answer({ clientDataJSON, attestationObject: encode(attestation) }, sealed);
    },
    use: ({ options, sealed }, bent = {}) => {
      const authenticator = authenticatorData(userPresent, bent, Buffer.alloc(0));
      const clientDataJSON = clientData("webauthn.get", options.challenge, bent);
      const signed = Buffer.concat([authenticator, sha256(clientDataJSON)]);
      const key = bent.forged
        ? generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey
        : privateKey;
      const signature = sign("sha256", signed, key);
      const userHandle = bent.userHandle ?? handle;
      const fields = { clientDataJSON, authenticatorData: authenticator, signature };
      const whose = userHandle === "" ? {} : { userHandle: Buffer.from(userHandle) };
      return answer({ ...fields, ...whose }, sealed, bent.credentialId);
    },
  };
}

const userPresent = 0x01;
const userVerified = 0x04;
const attestedData = 0x40;

/** An EC2 key for ES256 (RFC 9053 §7.1.1). */
function coseKey(publicKey: KeyObject): Buffer {
  const { x = "", y = "" } = publicKey.export({ format: "jwk" });
  return encode(
    new Map<number, unknown>([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, new Uint8Array(Buffer.from(x, "base64url"))],
      [-3, new Uint8Array(Buffer.from(y, "base64url"))],
    ]),
  );
}

function encode(value: unknown): Buffer {
  return Buffer.from(isoCBOR.encode(value as Parameters<typeof isoCBOR.encode>[0]));
}

function sha256(value: string | Buffer): Buffer {
  return createHash("sha256").update(value).digest();
}
