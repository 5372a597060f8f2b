import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { openDatabase } from "../../src/storage/index.ts";
import { signUpFields } from "../support/account-journey.ts";
import { BrowserAgent } from "../support/browser-agent.ts";
import { type TestDatabase, databases } from "../support/databases.ts";
import { isEndurance, rounds } from "../support/endurance.ts";
import { type ServerProcess, serverProcess } from "../support/server-process.ts";
import { type ReceivedMessage, type SmtpTestServer, startSmtp } from "../support/smtp.ts";
import { goodPassword } from "../support/test-provider.ts";
import { signInAt } from "./process-journey.ts";

const newPassword = "agrafe-cheval-correct-pile";
const siret = "13002526500013";

/** In the short form the process is killed after these steps; in the long one after each. */
const killedAfter = new Set(["sign-up", "validation", "new password"]);

describe.each(databases)(
  "the process killed (-9) after each acknowledged step, on $name",
  (kind) => {
    let home: TestDatabase;
    let smtp: SmtpTestServer;
    let server: ServerProcess;

    beforeAll(async () => {
      home = await kind.create();
      smtp = await startSmtp();
      server = await serverProcess({ databaseUrl: home.url, smtpUrl: smtp.url });
      await server.start();
    }, 30_000);
    afterAll(async () => {
      await server.remove();
      await smtp.close();
      await home.drop();
    });

    it(
      "loses nothing that was acknowledged, and sends nothing twice",
      async () => {
        for (let person = 0; person < rounds(1, 4); person += 1) {
          await journey(`survivant.${person}@partenaire.test`);
        }
        // One that is killed between the mail server's yes and its own note of it is the one exception.
        expect(smtp.messages.length - distinct(smtp.messages).length).toBeLessThanOrEqual(1);
      },
      rounds(60_000, 600_000),
    );

    async function journey(email: string): Promise<void> {
      const browser = new BrowserAgent({ stopBefore: [server.client.origin] });
      const { issuer } = server;
      await browser.open(`${issuer}/signup`);
      await acknowledged("sign-up", () => postForm(browser, signUpFields(email)));
      let mail = await mailTo(email, "Validation de création de compte", 1);

      if (isEndurance) {
        await letTheResendDelayPass(email);
        await browser.open(`${issuer}/signup/sent`);
        await acknowledged("resend", () => browser.submit("Renvoyer à nouveau l'email"));
        mail = await mailTo(email, "Validation de création de compte", 2);
      }
      await browser.open(mail.links.find((link) => link.includes("/validate/")) ?? "");
      await acknowledged("validation", () => browser.submit());
      expect((await signInAt(server, email, goodPassword)).code).toBeTruthy();

      await browser.open(`${issuer}/recovery`);
      await acknowledged("recovery", () => postForm(browser, { email }));
      const recovery = await mailTo(email, "Récupération de votre mot de passe", 1);
      await browser.open(recovery.links.find((link) => link.includes("/recovery/")) ?? "");
      const passwords = { password: newPassword, password_confirmation: newPassword };
      await acknowledged("new password", () => postForm(browser, passwords));
      expect((await signInAt(server, email, newPassword)).code).toBeTruthy();
      await mailTo(email, "Votre mot de passe a été modifié", 1);

      if (isEndurance) {
        await server.commandLine("access", "open", email, siret);
        await server.kill();
        await server.start();
        const opened = await mailTo(email, "Ouverture de votre accès", 1);
        expect(opened.text).toContain("130 025 265 00013");
      }
    }

    /** Waits for the 303 and kills the process in the same moment. */
    async function acknowledged(
      step: string,
      act: () => Promise<{ hops: readonly { status: number }[] }>,
    ): Promise<void> {
      const page = await act();
      expect({ step, status: page.hops[0]?.status }).toEqual({ step, status: 303 });
      if (!isEndurance && !killedAfter.has(step)) return;
      await server.kill();
      await server.start();
    }

    /** The post alone, without the page after it: nothing stands between the answer and the kill. */
    function postForm(browser: BrowserAgent, fields: Readonly<Record<string, string>>) {
      const only = new BrowserAgent({ cookies: browser.cookies, stopBefore: [server.issuer] });
      return only.post(browser.page.url, fields, browser.page.url);
    }

    /** The latest of so many mails; a letter whose sender was killed is sent by another within a minute. */
    async function mailTo(email: string, subject: string, count: number): Promise<ReceivedMessage> {
      const matching = () =>
        distinct(
          smtp.messages.filter((each) => each.envelope.to[0] === email && each.subject === subject),
        );
      await smtp.waitForMessage(() => matching().length >= count, 70_000);
      expect(matching()).toHaveLength(count);
      return matching().at(-1) as ReceivedMessage;
    }

    async function letTheResendDelayPass(email: string): Promise<void> {
      const database = openDatabase(home.url);
      await database.knex("pending_sign_ups").where({ email }).decrement("letter_asked_at", 61);
      await database.close();
    }
  },
);

/** Without those that came again: a letter keeps its Message-ID, by which mail servers know it. */
function distinct(letters: readonly ReceivedMessage[]): ReceivedMessage[] {
  return [...new Map(letters.map((each) => [each.messageId, each])).values()];
}
