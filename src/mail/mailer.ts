import { checkServerIdentity } from "node:tls";
import type { NodemailerError } from "nodemailer";
import {
  type EmailAddress,
  type Outcome,
  accepted,
  minutes,
  refused,
} from "../foundation/index.ts";
import type { MailGuard } from "../operations/index.ts";
import { type DeliveryReason, longestSendSeconds } from "../outbox/index.ts";
import { Unanswered, createHandOver } from "./hand-over.ts";
import type { RenderedLetter } from "./letter.ts";
import type { Mailbox } from "./mailbox.ts";
import { smtpSockets } from "./smtp-sockets.ts";
import { readSmtpUrl } from "./smtp-url.ts";

/** A mail to one person. */
export interface Mail extends RenderedLetter {
  /** The same for every try, so that a mail sent twice by a crash can be recognised as one. */
  readonly identifier: string;
  readonly to: EmailAddress;
}

/** The port through which mail leaves. */
export interface Mailer {
  /**
   * Hands one mail to the SMTP server. A refusal's `details.cause` is for example `RCPT TO 550 5.1.1`; it never
   * quotes the server, whose answers repeat the address. Ends within {@link longestSendSeconds}, whatever the
   * server does; once the whole mail was said, which `said` is told, after {@link answerSeconds} more. `DATA unanswered` may have
   * been taken all the same.
   */
  readonly send: (mail: Mail, said?: () => void) => Promise<Outcome<undefined, DeliveryReason>>;
  /** Ends every connection; mails under way are reported as not delivered. */
  readonly close: () => void;
  /** When the server's certificate ends, epoch seconds, as it was last seen; undefined before, and without TLS. */
  readonly certificateEndsAt: () => number | undefined;
}

/** How many mails travel at once, each on a connection of the pool. */
export const parallelSends = 4;

/**
 * How long the answer to a whole mail is waited for: servers judge it before they answer. Who hangs up meanwhile has it sent
 * twice, which is why RFC 5321 §4.5.3.2.6 would wait for ten minutes; but as long nothing else is sent in its place.
 */
export const answerSeconds = minutes(2);

/**
 * One pooled SMTP transport. The envelope is explicit and its addresses are values, never texts for the
 * library to parse (five advisories on its parser in 2025 and 2026).
 * @param options.smtpUrl `smtp://` or `smtps://`, with credentials
 * @param options.guard whom letters may go to; everybody unless given
 * @param options.sendSeconds shortens {@link longestSendSeconds}
 * @param options.waitSeconds shortens {@link answerSeconds}
 */
export function createMailer({
  smtpUrl,
  from,
  guard,
  sendSeconds = longestSendSeconds,
  waitSeconds = answerSeconds,
}: {
  readonly smtpUrl: string;
  readonly from: Mailbox;
  readonly guard?: Pick<MailGuard, "allowsLetter">;
  readonly sendSeconds?: number;
  readonly waitSeconds?: number;
}): Mailer {
  let certificateEndsAt: number | undefined;
  const seen = (endsAt: number) => {
    certificateEndsAt = endsAt;
  };
  const transports = openedOnce(() => openTransport(smtpUrl, seen));
  return {
    certificateEndsAt: () => certificateEndsAt,
    send: async (mail, said = () => undefined) => {
      if (guard && !guard.allowsLetter(mail.to)) {
        return refused({ reason: "refused-for-good", details: { cause: "mail-guard" } });
      }
      try {
        const { handOver } = await transports.open();
        await handOver(message(mail, from), { sendSeconds, answerSeconds: waitSeconds, said });
        return accepted(undefined);
      } catch (error) {
        return refusal(error as NodemailerError);
      }
    },
    close: () => transports.ended(({ transport }) => transport.close({ force: true })),
  };
}

/** What is opened by whoever needs it first. What could not be (no file descriptor is left) is tried again by the next one. */
function openedOnce<Opened>(open: () => Promise<Opened>) {
  let opened: Promise<Opened> | undefined;
  return {
    open: () =>
      (opened ??= open().catch((fault: unknown) => {
        opened = undefined;
        throw fault;
      })),
    /** Ends it, where it was opened. */
    ended: (end: (of: Opened) => void) => void opened?.then(end, () => undefined),
  };
}

/** With the first mail: no start waits for the library, nor weighs its 8 MB before. */
async function openTransport(smtpUrl: string, seen: (endsAt: number) => void) {
  const { createTransport } = await import("nodemailer");
  const server = readSmtpUrl(smtpUrl);
  const transport = createTransport({
    ...server,
    getSocket: smtpSockets(),
    tls: { ...server.tls, checkServerIdentity: noticing(seen) },
    pool: true,
    maxConnections: parallelSends,
    // Whether a mail may be said again on another connection is for us to say.
    maxRequeues: 0,
    idleTimeout: 30_000,
    greetingTimeout: 10_000,
    socketTimeout: 2 * answerSeconds * 1000,
    socketCloseTimeout: 1_000,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return { transport, handOver: createHandOver(transport) };
}

/** The usual check of the certificate's name, which every connection makes: what it sees is told. */
function noticing(seen: (endsAt: number) => void): typeof checkServerIdentity {
  return (host, certificate) => {
    seen(Math.floor(Date.parse(certificate.valid_to) / 1000));
    return checkServerIdentity(host, certificate);
  };
}

function message(mail: Mail, from: Mailbox) {
  const domain = from.address.slice(from.address.lastIndexOf("@") + 1);
  return {
    envelope: { from: from.address, to: [mail.to] },
    from,
    to: { name: "", address: mail.to },
    // Templates put no names into subjects; a line feed would still not become a header.
    subject: mail.subject.replaceAll(/\p{Cc}+/gu, " "),
    messageId: `<${mail.identifier}@${domain}>`,
    headers: { "Auto-Submitted": "auto-generated" },
    text: mail.text,
    html: mail.html,
  };
}

function refusal(error: NodemailerError | Unanswered): Outcome<undefined, DeliveryReason> {
  if (error instanceof Unanswered)
    return refused({ reason: "not-delivered", details: { cause: "DATA unanswered" } });
  const status = /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})\b/.exec(error.response ?? "")?.[1];
  const cause = [
    error.command,
    error.responseCode ?? error.originalCode ?? error.code ?? error.name,
    status,
  ]
    .filter((word) => word !== undefined)
    .join(" ");
  const reason = isFinal(error, status) ? "refused-for-good" : "not-delivered";
  return refused({ reason, details: { cause } });
}

/**
 * Only a permanent answer about the recipient is final. 530 (authentication required) and 5.7.x (policy,
 * relay denied) speak of our setup, which an operator can mend while the mail waits; so does a refusal of
 * the sender or of the message.
 */
function isFinal(error: NodemailerError, status: string | undefined): boolean {
  const { command, permanent, responseCode } = error;
  const aboutUs = responseCode === 530 || status?.startsWith("5.7.");
  return command === "RCPT TO" && permanent === true && !aboutUs;
}
