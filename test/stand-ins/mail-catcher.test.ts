import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import nodemailer from "nodemailer";
import { startMailCatcher } from "../../src/stand-ins/index.ts";
import { type MailCatcher } from "../../src/stand-ins/mail-catcher.ts";
import { waitFor } from "../support/wait-for.ts";

let catcher: MailCatcher;

beforeAll(async () => {
  catcher = await startMailCatcher({ webPort: 0, smtpPort: 0 });
});

afterAll(() => catcher.close());

describe("the mail catcher", () => {
  it("shows a mail that was sent to it, and has nowhere to send it on", async () => {
    const transport = nodemailer.createTransport(catcher.smtpUrl);
    await transport.sendMail({
      from: "ne-pas-repondre@lopcommerce.test",
      to: "camille@cfa.test",
      subject: "Validation de création de compte",
      text: "Madame, Monsieur,",
    });
    transport.close();
    const mails = await waitFor("the mail", async () => {
      const answer = await fetch(`${catcher.webUrl}/api/email`);
      const found = (await answer.json()) as Record<string, unknown>[];
      return found.length > 0 && found;
    });
    expect(mails).toMatchObject([
      { subject: "Validation de création de compte", to: [{ address: "camille@cfa.test" }] },
    ]);
    const configuration = await fetch(`${catcher.webUrl}/api/config`);
    expect(await configuration.json()).toMatchObject({ isOutgoingEnabled: false });
    const page = await fetch(`${catcher.webUrl}/`);
    expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/html"]);
  });

  it("lets no page of another origin read the mails", async () => {
    const headers = { origin: "http://evil.test" };
    const answer = await fetch(`${catcher.webUrl}/api/email`, { headers });
    expect(answer.headers.get("access-control-allow-origin")).not.toBe("http://evil.test");
    expect(answer.headers.get("access-control-allow-origin")).not.toBe("*");
  });

  it("listens on loopback only, and tells when a port is taken", async () => {
    expect(catcher.smtpUrl).toMatch(/^smtp:\/\/127\.0\.0\.1:\d+$/);
    const webPort = Number(new URL(catcher.webUrl).port);
    await expect(startMailCatcher({ webPort, smtpPort: 0 })).rejects.toThrow("EADDRINUSE");
  });
});
