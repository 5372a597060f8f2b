import type { NodemailerError } from "nodemailer";
import { type Outcome, accepted, refused } from "../foundation/index.ts";
import { smtpSockets } from "./smtp-sockets.ts";
import { readSmtpUrl } from "./smtp-url.ts";

/** How the SMTP server was reached. */
export interface ReachedSmtp {
  /** Host and port, without credentials. */
  readonly server: string;
  readonly signedIn: boolean;
}

/**
 * Connects as the mailer would: EHLO, TLS where it is asked, sign-in where credentials are given. Sends no mail.
 * @returns when refused, `details.cause` in machine words that quote neither credentials nor the server
 */
export async function checkSmtp(
  smtpUrl: string,
  waitSeconds: number,
): Promise<Outcome<ReachedSmtp, "not-reachable">> {
  const options = readSmtpUrl(smtpUrl);
  const timeout = waitSeconds * 1000;
  const { createTransport } = await import("nodemailer");
  const transport = createTransport({
    ...options,
    getSocket: smtpSockets(),
    connectionTimeout: timeout,
    greetingTimeout: timeout,
    socketTimeout: timeout,
  });
  try {
    await transport.verify();
    return accepted({
      server: `${options.host}:${options.port ?? (options.secure ? 465 : 587)}`,
      signedIn: options.auth !== undefined,
    });
  } catch (error) {
    const { command, responseCode, originalCode, code, name } = error as NodemailerError;
    const cause = [command, responseCode ?? originalCode ?? code ?? name].filter(Boolean).join(" ");
    return refused({ reason: "not-reachable", details: { cause } });
  } finally {
    transport.close();
  }
}
