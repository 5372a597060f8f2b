import { type EmailAddress, parseEmailAddress, parsedJson } from "../foundation/index.ts";

/** An address that cannot be reached, as whoever delivers our mail reports it. */
export interface Bounce {
  readonly email: EmailAddress;
  /** An enhanced status code (RFC 3463), `5.1.1`, or "" where none was told. */
  readonly status: string;
}

type Members = Readonly<Record<string, unknown>>;

/** What one provider says of an address that is refused for good; nothing of everything else. */
type Shape = (event: Members) => readonly { readonly email: unknown; readonly status?: unknown }[];

/**
 * The lasting bounces of a report, in whichever of the usual shapes it is. What passes by itself (a full mailbox, a
 * greylisting), what was delivered and what a person complained of is none of them.
 */
export function bouncesOf(report: unknown): readonly Bounce[] {
  const events = [report].flat().flatMap(unwrapped).filter(isMembers);
  return events.flatMap((event) =>
    shapes.flatMap((shape) =>
      shape(event).flatMap(({ email, status }) => {
        const parsed = typeof email === "string" ? parseEmailAddress(email) : undefined;
        return parsed ? [{ email: parsed, status: statusOf(status) }] : [];
      }),
    ),
  );
}

/** Envelopes: Amazon SNS puts JSON into a text, Mailgun and our own form put events into a member. */
function unwrapped(event: unknown): unknown[] {
  if (!isMembers(event)) return [];
  const { Message: message, "event-data": data, events } = event;
  if (typeof message === "string" && event["Type"] === "Notification") return [parsedJson(message)];
  if (Array.isArray(events)) return events as unknown[];
  return [data ?? event];
}

const shapes: readonly Shape[] = [
  // Ours: { "type": "bounced", "email", "status", "permanent" }.
  (event) =>
    event["type"] === "bounced" && event["permanent"] !== false && event["event"] === undefined
      ? [{ email: event["email"], status: event["status"] }]
      : [],
  // Amazon SES, by SNS or event publishing.
  (event) => {
    const { bounce } = event;
    const isBounce = (event["notificationType"] ?? event["eventType"]) === "Bounce";
    if (!isBounce || !isMembers(bounce) || bounce["bounceType"] !== "Permanent") return [];
    return [bounce["bouncedRecipients"]]
      .flat()
      .filter(isMembers)
      .map(({ emailAddress, status }) => ({ email: emailAddress, status }));
  },
  // Mailgun.
  (event) => {
    const { "delivery-status": delivery } = event;
    const status = isMembers(delivery)
      ? (delivery["enhanced-code"] ?? delivery["code"])
      : undefined;
    return event["event"] === "failed" && event["severity"] === "permanent"
      ? [{ email: event["recipient"], status }]
      : [];
  },
  // Postmark.
  (event) =>
    event["RecordType"] === "Bounce" && lastingAtPostmark.has(event["Type"])
      ? [{ email: event["Email"] }]
      : [],
  // SendGrid: « blocked » passes.
  (event) =>
    event["event"] === "bounce" && event["type"] === "bounce"
      ? [{ email: event["email"], status: event["status"] }]
      : [],
  // Brevo.
  (event) =>
    event["event"] === "hard_bounce" || event["event"] === "invalid_email"
      ? [{ email: event["email"], status: event["reason"] }]
      : [],
  // Mailjet.
  (event) =>
    event["event"] === "bounce" && event["hard_bounce"] === true ? [{ email: event["email"] }] : [],
];

const lastingAtPostmark: ReadonlySet<unknown> = new Set(["HardBounce", "BadEmailAddress"]);

/** The code alone: what a server wrote may repeat the address. */
function statusOf(told: unknown): string {
  return /\b5\.\d{1,3}\.\d{1,3}\b/.exec(typeof told === "string" ? told : "")?.[0] ?? "";
}

function isMembers(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
