import { mkdtemp, rm } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A mail catcher that runs: it takes every mail, shows it on a web page and sends none on. */
export interface MailCatcher {
  /** Its web page; `/api/email` is the mails as JSON. */
  readonly webUrl: string;
  /** What `SMTP_URL` says to send to it. */
  readonly smtpUrl: string;
  /** Stops it and forgets the mails. */
  readonly close: () => Promise<void>;
}

/**
 * Starts MailDev on loopback, for development only. It is a development dependency, loaded when it is
 * started: production never needs it. No relay is configured, so no mail leaves the machine.
 * @param ports where it listens; 0 for any free port
 * @throws Error when a port is taken
 */
export async function startMailCatcher(ports: {
  readonly webPort: number;
  readonly smtpPort: number;
}): Promise<MailCatcher> {
  const { MailDev } = await import("maildev");
  await assertFree(ports.webPort);
  const mailDirectory = await mkdtemp(join(tmpdir(), "lopauth-mails-"));
  const catcher = new MailDev({
    web: ports.webPort,
    webIp: "127.0.0.1",
    smtp: ports.smtpPort,
    ip: "127.0.0.1",
    // Its certificate is self-signed: a client that upgrades when it can would refuse it.
    hideExtensions: ["STARTTLS"],
    mailDirectory,
    maxEmails: 1000,
    mcp: false,
    silent: true,
  });
  const { smtp, api } = await withoutConsoleInfo(() => catcher.start());
  api?.server.server.prependListener("request", civilise);
  return {
    webUrl: `http://localhost:${api?.getPort() ?? ports.webPort}`,
    smtpUrl: `smtp://127.0.0.1:${smtp.getPort()}`,
    close: async () => {
      await catcher.stop();
      await rm(mailDirectory, { recursive: true, force: true });
    },
  };
}

// MailDev's web server announces itself on the console even when it is told to be silent.
async function withoutConsoleInfo<Value>(start: () => Promise<Value>): Promise<Value> {
  const { info } = console;
  console.info = () => undefined;
  try {
    return await start();
  } finally {
    console.info = info;
  }
}

// MailDev cannot stop its SMTP server again when its web server finds the port taken.
async function assertFree(port: number): Promise<void> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once("error", reject);
    probe.listen(port, "127.0.0.1", resolve);
  });
  await new Promise<unknown>((resolve) => probe.close(resolve));
}

// MailDev shows its page only to who names text/html, and lets the page of any origin read the mails.
function civilise({ headers, url }: IncomingMessage): void {
  if (url === "/") headers.accept = "text/html";
  delete headers.origin;
}
