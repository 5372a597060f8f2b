import { Secret, TOTP } from "otpauth";
import { type Random, seconds } from "../foundation/index.ts";

/** How long each code is shown (RFC 6238 §5.2); every authenticator application assumes it. */
export const stepSeconds = seconds(30);

/** A code of the step before or after is taken too: clocks differ, and people type slowly (RFC 6238 §5.2). */
const stepsAround = 1;

/** What the application is called in the list of an authenticator. */
const issuer = "l'Opcommerce";

/** A new shared secret of 160 bits (RFC 4226 §4), in base32. */
export function newTotpSecret(random: Random): string {
  const bytes = random.bytes(20);
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  return new Secret({ buffer: buffer as ArrayBuffer }).base32;
}

/** The address that an authenticator reads from the QR code (`otpauth://totp/…`). */
export function totpAddress(secret: string, label: string): string {
  return totpOf(secret, label).toString();
}

/**
 * The time step whose code this is, at `now` or one step around it.
 * @returns undefined when the code is of none of them
 */
export function stepOfCode(secret: string, code: string, now: number): number | undefined {
  // The library throws at six letters of more than six bytes.
  if (!/^[0-9]{6}$/.test(code)) return undefined;
  const timestamp = now * 1000;
  const delta = totpOf(secret, "").validate({ token: code, timestamp, window: stepsAround });
  return delta === null ? undefined : Math.floor(now / stepSeconds) + delta;
}

/** SHA-1, six digits, thirty seconds: what every application knows; several ignore other values silently. */
function totpOf(secret: string, label: string): TOTP {
  const shared = { algorithm: "SHA1", digits: 6, period: stepSeconds };
  return new TOTP({ ...shared, issuer, label, secret: Secret.fromBase32(secret) });
}
