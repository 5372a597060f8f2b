import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { parseEmailAddress } from "../../src/foundation/index.ts";
import { type Mail, type Mailer, createMailer } from "../../src/mail/mailer.ts";
import { parseMailbox } from "../../src/mail/mailbox.ts";
import { readSmtpUrl } from "../../src/mail/smtp-url.ts";
import { type SmtpBehaviours, type SmtpTestServer, startSmtp } from "../support/smtp.ts";

const from = parseMailbox("l'Opcommerce <ne-pas-repondre@lopcommerce.test>");
const to = parseEmailAddress("jeanne.o'neil+test@exemple.fr");
if (!from || !to) throw new Error("the addresses of this test are not");

const mail: Mail = {
  identifier: "r4nd0m-id_1",
  to,
  subject: "Récupération de votre mot de passe",
  text: "Madame, Monsieur,\n\nVoici : https://auth.test/a?b=1&c=2",
  html: '<p>Madame, Monsieur,</p><a href="https://auth.test/a?b=1&amp;c=2">lien</a>',
};

let smtp: SmtpTestServer;
let mailer: Mailer;
async function start(
  behaviours: SmtpBehaviours = {},
  url?: (port: number) => string,
  waitSeconds = 20,
) {
  smtp = await startSmtp({ behaviours });
  const smtpUrl = url?.(smtp.port) ?? smtp.url;
  mailer = createMailer({ smtpUrl, from: from ?? never(), waitSeconds });
}
function never(): never {
  throw new Error("unreachable");
}
afterEach(async () => {
  mailer.close();
  await smtp.close();
});

describe("a mail", () => {
  beforeEach(() => start());

  it("arrives with explicit envelope, both bodies and the headers of a machine", async () => {
    expect(await mailer.send(mail)).toEqual({ accepted: true, value: undefined });
    const [message] = smtp.messages;
    expect(message?.envelope).toEqual({ from: "ne-pas-repondre@lopcommerce.test", to: [to] });
    expect(message?.subject).toBe("Récupération de votre mot de passe");
    expect(message?.text).toContain("https://auth.test/a?b=1&c=2");
    expect(message?.links).toEqual(["https://auth.test/a?b=1&c=2"]);
    expect(message?.header("auto-submitted")).toBe("auto-generated");
    expect(message?.header("from")).toBe('"l\'Opcommerce" <ne-pas-repondre@lopcommerce.test>');
    expect(message?.header("to")).toBe(to);
  });

  it("has a Message-ID made of its identifier, the same at each try", async () => {
    await mailer.send(mail);
    await mailer.send(mail);
    const id = "<r4nd0m-id_1@lopcommerce.test>";
    expect(smtp.messages.map(({ messageId }) => messageId)).toEqual([id, id]);
  });

  it("travels on a pooled connection", async () => {
    for (let count = 0; count < 5; count += 1) await mailer.send(mail);
    expect(smtp.connectionCount()).toBe(1);
  });

  it("whose transport cannot be opened is tried again, and is no fault of the end", async () => {
    const faults: unknown[] = [];
    const note = (fault: unknown) => void faults.push(fault);
    process.on("unhandledRejection", note);
    const broken = createMailer({ smtpUrl: "smtp://lopauth:100%@127.0.0.1:9", from });
    for (let attempt = 0; attempt < 2; attempt += 1)
      expect(await broken.send(mail)).toMatchObject({ accepted: false });
    broken.close();
    await new Promise(setImmediate);
    process.off("unhandledRejection", note);
    expect(faults).toEqual([]);
  });

  it("gains no header or recipient by line feeds in its subject", async () => {
    const subject = "Bonjour\r\nBcc: victime@exemple.fr\r\n\r\n<script>";
    await mailer.send({ ...mail, subject });
    const [message] = smtp.messages;
    expect(message?.envelope.to).toEqual([to]);
    expect(message?.header("bcc")).toBeUndefined();
    expect(message?.subject).toBe("Bonjour Bcc: victime@exemple.fr <script>");
  });

  it("does not end early by a line with a dot, and reads no file or address", async () => {
    const text = "un\n.\nQUIT\n{path:/etc/passwd}";
    await mailer.send({ ...mail, text });
    expect(smtp.messages[0]?.text.trim()).toBe(text);
    expect(smtp.messages).toHaveLength(1);
  });
});

describe("a mail that is not taken", () => {
  it.each([
    ["550 5.1.1 unknown user", "refused-for-good", "RCPT TO 550 5.1.1"],
    ["553 mailbox name not allowed", "refused-for-good", "RCPT TO 553"],
    ["450 4.2.1 greylisted, try again", "not-delivered", "RCPT TO 450 4.2.1"],
    ["550 5.7.1 relaying denied", "not-delivered", "RCPT TO 550 5.7.1"],
    ["530 5.7.0 authentication required", "not-delivered", "RCPT TO 530 5.7.0"],
  ])("at RCPT TO by %s is %s", async (line, reason, cause) => {
    await start({ refuseRecipient: () => line });
    expect(await mailer.send(mail)).toEqual({
      accepted: false,
      problems: [{ reason, details: { cause } }],
    });
  });

  it("is refused without the words of the server, which repeat the address", async () => {
    await start({ refuseRecipient: (address) => `550 5.1.1 <${address}> is unknown here` });
    expect(JSON.stringify(await mailer.send(mail))).not.toContain("jeanne");
  });

  it.each([
    ["DATA is refused", { refuseMessage: () => "554 5.6.0 spam" }, "DATA 554 5.6.0"],
    [
      "the connection breaks in the middle of DATA",
      { dropDuringData: () => true },
      expect.stringMatching(/^CONN ECONNECTION$|^DATA unanswered$/),
    ],
    ["the server judges it for longer than the limit", { delay: 10_000 }, "DATA unanswered"],
  ])("when %s may be tried again", async (_what, behaviours, cause) => {
    await start(behaviours, undefined, "delay" in behaviours ? 1 : 20);
    expect(await mailer.send(mail)).toMatchObject({
      problems: [{ reason: "not-delivered", details: { cause } }],
    });
  });

  it("when nobody listens may be tried again", async () => {
    await start();
    await smtp.close();
    expect(await mailer.send(mail)).toMatchObject({
      problems: [{ reason: "not-delivered", details: { cause: "CONN ECONNREFUSED" } }],
    });
  });

  it("when the server never greets ends at the limit", async () => {
    await start();
    const mute = createServer((socket) => socket.resume());
    await new Promise<void>((resolve) => mute.listen(0, "127.0.0.1", resolve));
    const smtpUrl = `smtp://127.0.0.1:${(mute.address() as AddressInfo).port}`;
    const other = createMailer({ smtpUrl, from, sendSeconds: 0.2 });
    expect(await other.send(mail)).toMatchObject({
      problems: [{ reason: "not-delivered", details: { cause: "EABORT" } }],
    });
    other.close();
    mute.close();
  });
});

describe("SMTP_URL", () => {
  it("signs in with its credentials, percent-decoded", async () => {
    const credentials = { user: "user@relay", pass: "p:s/s wörd" };
    await start({ credentials }, (port) => {
      const { user, pass } = credentials;
      return `smtp://${encodeURIComponent(user)}:${encodeURIComponent(pass)}@127.0.0.1:${port}`;
    });
    expect(await mailer.send(mail)).toMatchObject({ accepted: true });
    expect(smtp.messages[0]?.user).toBe("user@relay");
  });

  it("with wrong credentials may be mended while the mail waits", async () => {
    await start(
      { credentials: { user: "a", pass: "b" } },
      (port) => `smtp://a:wrong@127.0.0.1:${port}`,
    );
    expect(await mailer.send(mail)).toMatchObject({
      problems: [{ reason: "not-delivered", details: { cause: "AUTH PLAIN 535 5.7.8" } }],
    });
  });
});

describe("readSmtpUrl", () => {
  it.each([
    ["smtps://u:p@relay.test", { secure: true, requireTLS: false, ignoreTLS: false }],
    ["smtp://u:p@relay.test:587", { secure: false, requireTLS: true, port: 587 }],
    ["smtp://relay.test", { secure: false, requireTLS: true, ignoreTLS: false }],
    ["smtp://relay.test?tls=required", { requireTLS: true }],
    ["smtp://relay.test?tls=opportunistic", { requireTLS: false, ignoreTLS: false }],
    ["smtp://localhost:1025", { ignoreTLS: true, requireTLS: false, port: 1025 }],
    ["smtp://u:p@[::1]:25", { host: "::1", ignoreTLS: false, requireTLS: false }],
  ])("of %s never sends credentials in clear over a network", (url, expected) => {
    expect(readSmtpUrl(url)).toMatchObject(expected);
  });

  it("checks certificates but on the loopback interface", () => {
    expect(readSmtpUrl("smtps://relay.test").tls.rejectUnauthorized).toBe(true);
    expect(readSmtpUrl("smtps://127.0.0.1").tls.rejectUnauthorized).toBe(false);
    expect(readSmtpUrl("smtps://127.0.0.1.evil.test").tls.rejectUnauthorized).toBe(true);
  });
});

describe("parseMailbox", () => {
  it.each([
    ["l'Opcommerce <Ne-Pas@Lopcommerce.test>", "l'Opcommerce", "ne-pas@lopcommerce.test"],
    ["Opco, Équipe <a@b.fr>", "Opco, Équipe", "a@b.fr"],
    ["<a@b.fr>", "", "a@b.fr"],
    [" a@b.fr ", "", "a@b.fr"],
  ])("reads %j", (text, name, address) => {
    expect(parseMailbox(text)).toEqual({ name, address });
  });

  it.each([
    "",
    "a",
    "Name",
    "Name <a@b.fr> <c@d.fr>",
    "Name <a@b.fr>, c@d.fr",
    "a@b.fr, c@d.fr",
    '"Name" <a@b.fr>',
    "Name\r\nBcc: x@y.fr <a@b.fr>",
    "Name <a@b.fr\n>",
    "Group: a@b.fr;",
  ])("refuses %j", (text) => {
    expect(parseMailbox(text)).toBeUndefined();
  });
});
