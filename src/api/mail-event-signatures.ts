import { createHmac, createPublicKey, timingSafeEqual, verify } from "node:crypto";
import { type Clock, digest, minutes } from "../foundation/index.ts";
import type { MailEventSettings } from "../operations/index.ts";

/** A report as it came. */
export interface SignedReport {
  /** Headers by lower-case name, "" where there is none. */
  readonly header: (name: string) => string;
  readonly text: string;
  /** The same as JSON. */
  readonly said: unknown;
}

/** How far a report's instant may be from our clock. */
export const signatureSeconds = minutes(5);

/**
 * Judges by whichever of the usual signatures a report bears: Standard Webhooks (ours), Mailgun's or SendGrid's.
 * @returns what names this one report, so that it counts once; undefined when nobody we know signed it, or too long ago
 */
export function judgeReport(
  report: SignedReport,
  settings: MailEventSettings,
  clock: Pick<Clock, "epochSeconds">,
): string | undefined {
  const isNow = (timestamp: string) =>
    /^\d{1,12}$/.test(timestamp) &&
    Math.abs(clock.epochSeconds() - Number(timestamp)) <= signatureSeconds;
  for (const judge of [byStandardWebhooks, bySendGrid, byMailgun]) {
    const judged = judge(report, settings);
    if (judged && isNow(judged.timestamp)) return digest(`mail event ${judged.name}`);
  }
  return undefined;
}

interface Judged {
  readonly timestamp: string;
  readonly name: string;
}

/** @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
function byStandardWebhooks(
  { header, text }: SignedReport,
  { secrets }: MailEventSettings,
): Judged | undefined {
  const [id, timestamp] = [header("webhook-id"), header("webhook-timestamp")];
  const given = header("webhook-signature").split(" ");
  const isOurs = secrets.some((secret) => {
    const made = createHmac("sha256", secret).update(`${id}.${timestamp}.${text}`);
    const expected = `v1,${made.digest("base64")}`;
    return given.some((each) => isEqual(each, expected));
  });
  return id !== "" && isOurs ? { timestamp, name: id } : undefined;
}

/** ECDSA on P-256 over the instant and the body; the key as SendGrid shows it, SPKI in base64. */
function bySendGrid(
  { header, text }: SignedReport,
  { sendgridKey }: MailEventSettings,
): Judged | undefined {
  const signature = header("x-twilio-email-event-webhook-signature");
  const timestamp = header("x-twilio-email-event-webhook-timestamp");
  if (sendgridKey === undefined || signature === "") return undefined;
  const key = createPublicKey({
    ...{ key: Buffer.from(sendgridKey, "base64"), format: "der", type: "spki" },
  });
  const signed = Buffer.from(timestamp + text);
  const isOurs = verify("sha256", signed, key, Buffer.from(signature, "base64"));
  return isOurs ? { timestamp, name: `${timestamp}.${digest(text)}` } : undefined;
}

/** HMAC over the instant and a token that is used once; it stands in the body, which it does not cover. */
function byMailgun({ said }: SignedReport, { mailgunKey }: MailEventSettings): Judged | undefined {
  if (mailgunKey === undefined) return undefined;
  const report = said as { signature?: Readonly<Record<string, unknown>> } | null;
  const { timestamp, token, signature: given } = report?.signature ?? {};
  if (typeof timestamp !== "string" || typeof token !== "string" || typeof given !== "string")
    return undefined;
  const expected = createHmac("sha256", mailgunKey)
    .update(timestamp + token)
    .digest("hex");
  return isEqual(given, expected) ? { timestamp, name: token } : undefined;
}

function isEqual(given: string, expected: string): boolean {
  const [one, two] = [Buffer.from(given), Buffer.from(expected)];
  return one.length === two.length && timingSafeEqual(one, two);
}
