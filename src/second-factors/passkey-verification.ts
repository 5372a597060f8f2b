import type { AuthenticationResponseJSON, RegistrationResponseJSON } from "@simplewebauthn/server";
import { digest, minutes, parsedJson } from "../foundation/index.ts";
import type { StoredPasskey } from "./passkey-store.ts";

/** The library, with the first passkey: a start need not weigh its 11 MB. */
export const webAuthn = () => import("@simplewebauthn/server");

/**
 * EdDSA, ES256 and RS256: what devices have (COSE algorithm identifiers). Said each time: the library's own list depends on Node's
 * version (on 24 it begins with ML-DSA-44), and a node of another version could not verify what was made by it.
 */
export const algorithms = [-8, -7, -257] as const;

/** Where passkeys are used: at one origin, bound to its host. */
export interface PasskeyPlace {
  readonly origin: string;
  readonly rpId: string;
}

/** Where the passkeys of a provider are used. */
export function passkeyPlace(issuer: string): PasskeyPlace {
  const { origin, hostname } = new URL(issuer);
  return { origin, rpId: hostname };
}

/** How long a device waits for its person: some need minutes (WCAG 2.2 §2.2.1). */
export const passkeyTimeout = minutes(5) * 1000;

/** What a new passkey says of itself. */
export type NewPasskey = Pick<
  StoredPasskey,
  "credentialId" | "publicKey" | "counter" | "synchronised" | "transports"
>;

/**
 * Reads what a device answers when it makes a passkey (WebAuthn Level 3 §7.1).
 * @param credential the answer as the browser's form sent it, JSON
 * @returns undefined when anything about it is wrong
 */
export function readRegistration(
  credential: string,
  challenge: string,
  { origin, rpId }: PasskeyPlace,
): Promise<NewPasskey | undefined> {
  return orRefused(async () => {
    const { verifyRegistrationResponse } = await webAuthn();
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response: JSON.parse(credential) as RegistrationResponseJSON,
      expectedChallenge: challenge,
      expectedOrigin: origin,
      expectedRPID: rpId,
      requireUserVerification: true,
      supportedAlgorithmIDs: [...algorithms],
    });
    if (!verified) return undefined;
    const { id, publicKey, counter, transports = [] } = registrationInfo.credential;
    // Longer than any may be (WebAuthn Level 3 §7.1, step 25), and so one that no use of it could name.
    if (!credentialIds.test(id)) return undefined;
    return {
      credentialId: id,
      publicKey: Buffer.from(publicKey).toString("base64url"),
      counter,
      synchronised: registrationInfo.credentialDeviceType === "multiDevice",
      transports: transports.filter((each) => /^[a-z-]{1,20}$/.test(each)).slice(0, 10),
    };
  });
}

/**
 * Reads what a device answers when its passkey is used (WebAuthn Level 3 §7.2).
 * @returns the new counter; undefined when anything about it is wrong
 */
export function readAssertion(
  credential: string,
  challenge: string,
  { origin, rpId }: PasskeyPlace,
  passkey: Pick<StoredPasskey, "credentialId" | "publicKey">,
): Promise<number | undefined> {
  return orRefused(async () => {
    const { verifyAuthenticationResponse } = await webAuthn();
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: JSON.parse(credential) as AuthenticationResponseJSON,
      expectedChallenge: challenge,
      expectedOrigin: origin,
      expectedRPID: rpId,
      requireUserVerification: true,
      credential: {
        id: passkey.credentialId,
        publicKey: new Uint8Array(Buffer.from(passkey.publicKey, "base64url")),
        // The library refuses a counter that went back before anybody could say so: the store judges it (`noteUse`).
        counter: 0,
      },
    });
    return verified ? authenticationInfo.newCounter : undefined;
  });
}

/** The most that a device keeps of whose a passkey is, in bytes (WebAuthn Level 3 §5.4.3): browsers refuse to make one of more. */
const mostHandleBytes = 64;

/** Whose a passkey is, as devices keep and say it (`userHandle`): an identifier that was imported may be longer than they take. */
export function userHandleOf(accountSub: string): string {
  return Buffer.byteLength(accountSub) > mostHandleBytes ? digest(accountSub) : accountSub;
}

/** What an answer says of itself, before anything of it is verified; "" where it is no answer at all. */
export interface NamedPasskey {
  readonly credentialId: string;
  /** {@link userHandleOf} its account, which devices say of passkeys that they found by themselves. */
  readonly userHandle: string;
}

/** At most 1023 bytes (WebAuthn Level 3 §4), in base64url. */
const credentialIds = /^[\w-]{1,1364}$/;

/** Reads it. */
export function namedIn(credential: string): NamedPasskey {
  const answer = parsedJson(credential) as
    { readonly id?: unknown; readonly response?: { readonly userHandle?: unknown } } | undefined;
  const { id, response } = answer ?? {};
  const handle = response?.userHandle;
  return {
    credentialId: typeof id === "string" && credentialIds.test(id) ? id : "",
    userHandle: typeof handle === "string" ? Buffer.from(handle, "base64url").toString() : "",
  };
}

/** Whether a field holds what a device wrote, as far as its form tells. */
export function isCredential(credential: string): boolean {
  return namedIn(credential).credentialId !== "";
}

/** The library throws at whatever it does not expect in an answer, which a stranger may have written. */
async function orRefused<Value>(read: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await read();
  } catch {
    return undefined;
  }
}
