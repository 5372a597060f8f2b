import { createPublicKey } from "node:crypto";
import type { SettingReader } from "./setting-reader.ts";

/** How reports of mail that could not be delivered are known to be signed; none is taken where nothing is set. */
export interface MailEventSettings {
  /** Secrets of Standard Webhooks, our own form. */
  readonly secrets: readonly Buffer[];
  /** Mailgun's « HTTP webhook signing key ». */
  readonly mailgunKey: string | undefined;
  /** SendGrid's verification key: SPKI in base64. */
  readonly sendgridKey: string | undefined;
}

/** Reads them; a wrong one is noted among the reader's problems. */
export function readMailEventSettings(read: SettingReader): MailEventSettings {
  const isGiven = read.given("MAIL_EVENTS_SECRETS") !== undefined;
  const secrets = isGiven ? read.cookieKeys("MAIL_EVENTS_SECRETS") : [];
  return {
    secrets: secrets.map(secretBytes),
    mailgunKey: read.given("MAILGUN_SIGNING_KEY"),
    sendgridKey: read.optional("SENDGRID_PUBLIC_KEY", expectedKey, isPublicKey),
  };
}

/** `whsec_` and base64, as Standard Webhooks writes them, or any other text. */
function secretBytes(secret: string): Buffer {
  const encoded = /^whsec_(.+)$/.exec(secret)?.[1];
  return encoded === undefined ? Buffer.from(secret) : Buffer.from(encoded, "base64");
}

const expectedKey = "a public key of P-256: SPKI in base64, without the lines of PEM";

function isPublicKey(value: string): boolean {
  try {
    const key = Buffer.from(value, "base64");
    return createPublicKey({ key, format: "der", type: "spki" }).asymmetricKeyType === "ec";
  } catch {
    return false;
  }
}
