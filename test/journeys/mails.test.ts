import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import {
  askRecovery,
  mailTo,
  mailsTo,
  newAddress,
  recoveryLink,
  signUp,
  signUpFields,
  validationLink,
} from "../support/account-journey.ts";
import { BrowserAgent } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { fakeDate } from "../support/fake-date.ts";
import { parseHtml, textOf } from "../support/html.ts";
import type { ReceivedMessage } from "../support/smtp.ts";
import { type TestProvider, goodPassword, startTestProvider } from "../support/test-provider.ts";

describe.each(databases)("the mails of an account, on $name", (kind) => {
  let provider: TestProvider;

  beforeAll(async () => {
    provider = await startTestProvider(kind, { clients: { portal: {} } });
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  afterAll(async () => {
    await provider.stop();
  });

  /** Both parts say it, to exactly this recipient, and every link of theirs leads to an address of ours. */
  function expectLetter(mail: ReceivedMessage, email: string, ...sentences: string[]): void {
    expect(mail.envelope.to).toEqual([email]);
    expect(mail.header("to")).toBe(email);
    const text = mail.text.replace(/\s+/g, " ");
    expect(text.startsWith(sentences[0] ?? "")).toBe(true);
    for (const sentence of sentences) {
      expect(text).toContain(sentence);
      expect(textOf(parseHtml(mail.html))).toContain(sentence);
    }
    expect(mail.links.length).toBeGreaterThan(0);
  }

  it("« Validation de création de compte » says the guide's words, to the address in lower case", async () => {
    await signUp(provider, "Jeanne.Mails@Partenaire.TEST");
    const email = "jeanne.mails@partenaire.test";
    const mail = await mailTo(provider, email, "Validation de création de compte");
    expectLetter(
      mail,
      email,
      "Madame, Monsieur,",
      "Merci de cliquer sur ce lien pour valider la création de votre compte Web services :",
      "Valider la création de mon compte.",
      "Ce lien est valable 24 heures.",
    );
    const [link = ""] = mail.links;
    expect(mail.text).toContain(link);
    expect(link).toMatch(new RegExp(`^${provider.issuer}/validate/[\\w-]{43}$`));
    expect(new Set(mail.links)).toEqual(new Set([link]));
  });

  it("« Vous avez déjà un compte » leads to sign-in and to recovery", async () => {
    const email = newAddress();
    await provider.addAccount(email);
    await signUp(provider, email);
    const mail = await mailTo(provider, email, "Vous avez déjà un compte");
    expectLetter(
      mail,
      email,
      "Madame, Monsieur,",
      "Vous avez déjà un compte Web services : il vous suffit de vous connecter.",
    );
    const { origin } = provider.party("portal");
    expect(new Set(mail.links)).toEqual(new Set([origin, `${provider.issuer}/recovery`]));
  });

  it("« Récupération de votre mot de passe » and « Votre mot de passe a été modifié » follow a recovery", async () => {
    const email = newAddress();
    await provider.addAccount(email);
    await askRecovery(provider, email);
    const mail = await mailTo(provider, email, "Récupération de votre mot de passe");
    expectLetter(mail, email, "Madame, Monsieur,", "Ce lien est valable 30 minutes");
    const [link = ""] = mail.links;
    expect(link).toMatch(new RegExp(`^${provider.issuer}/recovery/[\\w-]{43}$`));
    const fields = { password: goodPassword, password_confirmation: goodPassword };
    await new BrowserAgent().post(link, fields, link);
    const changed = await mailTo(provider, email, "Votre mot de passe a été modifié");
    expectLetter(
      changed,
      email,
      "Madame, Monsieur,",
      "Le mot de passe de votre compte Web services vient d'être modifié.",
    );
  });

  it("are in the language the account was made in, whatever a later request asks", async () => {
    const email = newAddress();
    const english = new BrowserAgent({ language: "en-GB,en;q=0.9" });
    await english.open(`${provider.issuer}/signup`);
    await english.fill(signUpFields(email)).submit("Create the account");
    const mail = await mailTo(provider, email, "Account creation validation");
    expectLetter(mail, email, "Dear Sir or Madam,", "Validate the creation of my account.");
    await english.open(mail.links[0] ?? "");
    await english.submit("Validate the creation of my account");
    await askRecovery(provider, email);
    await mailTo(provider, email, "Recovering your password");
    await signUp(provider, email);
    await mailTo(provider, email, "You already have an account");
  });

  it("never lead where a poisoned Host says", async () => {
    const email = newAddress();
    const headers = {
      host: "mechant.test",
      "x-forwarded-host": "mechant.test",
      "x-forwarded-proto": "https",
      forwarded: "host=mechant.test",
    };
    const poisoned = new BrowserAgent({ headers });
    await signUp(provider, email, { browser: poisoned });
    const link = await validationLink(provider, email);
    expect(link.startsWith(`${provider.issuer}/validate/`)).toBe(true);
    const page = await poisoned.open(link);
    await poisoned.submit("Valider la création de mon compte");
    await askRecovery(provider, email, poisoned);
    expect(await recoveryLink(provider, email)).toContain(`${provider.issuer}/recovery/`);
    for (const mail of await mailsTo(provider, email)) {
      expect(mail.raw).not.toContain("mechant.test");
    }
    expect(page.html).not.toContain("mechant.test");
    expect(JSON.stringify(poisoned.page.headers)).not.toContain("mechant.test");
  });

  it("are sent within five seconds, by the job alone", async () => {
    const email = newAddress();
    await signUp(provider, email);
    await provider.smtp.waitForMessage(({ envelope }) => envelope.to.includes(email), 5000);
  });

  it("are sent for recoveries at most once a minute and five times an hour, and the page never tells", async () => {
    const begin = Math.floor(Date.now() / 1000) * 1000;
    const email = newAddress();
    await provider.addAccount(email);
    const mailsAt = async (second: number): Promise<number> => {
      fakeDate(begin + second * 1000);
      expect((await askRecovery(provider, email)).page.h1).toBe("Consultez votre messagerie");
      return (await mailsTo(provider, email)).length;
    };
    expect(await mailsAt(0)).toBe(1);
    expect(await mailsAt(59)).toBe(1);
    expect(await mailsAt(60)).toBe(2);
    expect(await mailsAt(120)).toBe(3);
    expect(await mailsAt(180)).toBe(4);
    expect(await mailsAt(240)).toBe(5);
    expect(await mailsAt(300)).toBe(5);
    expect(await mailsAt(3599)).toBe(5);
    expect(await mailsAt(3600)).toBe(6);
  });
});
