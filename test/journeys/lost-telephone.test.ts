import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { twoFactors } from "../../src/provider/authentication-levels.ts";
import { expectRefused } from "../support/account-journey.ts";
import { BrowserAgent } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { atOneInstant } from "../support/fake-date.ts";
import { enrolPasskey } from "../support/passkeys.ts";
import { newPerson, sirets } from "../support/person.ts";
import { enrolSecondFactor, shownCodes, shownSecret, totpCode } from "../support/second-factor.ts";
import { newColleague } from "../support/staff.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

/** Where somebody whose telephone is gone is led: a recovery code, then people. */
describe.each(databases)("who has lost their telephone, on $name", (kind) => {
  let provider: TestProvider;

  beforeAll(async () => {
    provider = await startTestProvider(kind, { clients: { portal: {} } });
  });
  afterAll(async () => {
    await provider.stop();
  });

  const portal = () => provider.party("portal");

  /** Somebody with an application, at the page that shows their new codes. */
  async function atTheCodes() {
    const person = await newPerson(provider, sirets[0]);
    const login = await portal().login(person.browser, { acr_values: twoFactors });
    await person.signIn();
    const secret = shownSecret(person.browser.page);
    await atOneInstant(() => person.browser.fill({ code: totpCode(secret, -1) }).submit());
    return { person, login };
  }

  it("is told of recovery codes and of l'Opcommerce, and what they will be asked", async () => {
    const person = await newPerson(provider, sirets[0]);
    await portal().login(person.browser, { acr_values: twoFactors });
    await person.signIn();
    const { recoveryCodes } = await enrolSecondFactor(person.browser);
    const browser = new BrowserAgent();
    const login = await portal().login(browser);
    await person.signIn(browser);
    const help = browser.page.find("details")?.text ?? "";
    expect(browser.page.find("summary")?.text).toBe("Je n'ai plus mon téléphone");
    expect(help).toContain("un des codes de secours de 16 caractères");
    expect(help).toContain("votre nom, l'adresse email de votre compte et le SIRET");
    expect(browser.page.find("details a")?.text).toBe("Contacter l'Opcommerce");
    await browser.fill({ code: recoveryCodes[0] ?? "" }).submit();
    expect((await login.signedIn()).claims["amr"]).toEqual(["pwd", "otp", "mfa"]);
  });

  it("is led to a colleague when they are of the staff", async () => {
    const colleague = await newColleague(provider, "agent");
    const elsewhere = new BrowserAgent();
    await elsewhere.open(`${provider.issuer}/account`);
    await colleague.signIn(elsewhere);
    const help = elsewhere.page.find("details")?.text ?? "";
    expect(help).toContain("Demandez à un administrateur de l'équipe");
    expect(elsewhere.page.find("details a")).toBeUndefined();
  });

  it("who has a passkey alone reads of no code, and gives a recovery code where it is lost", async () => {
    const person = await newPerson(provider, sirets[0]);
    const { recoveryCodes } = await enrolPasskey(provider, person);
    const login = await portal().login(person.browser);
    await person.signIn();
    const { page } = person.browser;
    expect(page.find(".lead")?.text).toBe(
      "Pour prouver que c'est bien vous, utilisez votre clé d'accès en plus de votre mot de passe.",
    );
    expect(page.find("summary")?.text).toBe("Je n'ai plus cet appareil");
    expect(page.findAll("[name=code]")).toHaveLength(1);
    await person.browser.fill({ code: "0000-0000-0000-0000" }).submit();
    expectRefused(person.browser.page, {
      code: "Ce code de secours n'est pas le bon, ou il a déjà servi.",
    });
    await person.browser.fill({ code: recoveryCodes[0] ?? "" }).submit();
    expect((await login.signedIn()).claims["amr"]).toEqual(["pwd", "otp", "mfa"]);
  });

  it("had their codes saved by a link that needs no script and changes nothing", async () => {
    const { person, login } = await atTheCodes();
    const { browser } = person;
    const codes = shownCodes(browser.page);
    const { url } = browser.page;
    for (let time = 0; time < 2; time += 1) {
      const file = await browser.tab().open(`${url}?save=1`);
      expect(file.headers["content-disposition"]).toBe(
        'attachment; filename="codes-de-secours.txt"',
      );
      expect(file.headers["content-type"]).toBe("text/plain; charset=utf-8");
      expect(file.headers["cache-control"]).toBe("no-store");
      const [head = "", blank, ...lines] = file.html.trim().split("\r\n");
      expect(head).toContain(person.email);
      expect([blank, lines]).toEqual(["", codes]);
    }
    await browser.submit();
    await login.signedIn();
  });

  it("had them saved from their own pages, too, and nobody else is given them", async () => {
    const { person } = await atTheCodes();
    const { browser } = person;
    await browser.submit();
    await browser.open(`${provider.issuer}/account/security`);
    await browser.click("Obtenir dix nouveaux codes");
    await browser.submit("Obtenir dix nouveaux codes");
    const codes = shownCodes(browser.page);
    expect(browser.page.text).toContain(`Compte : ${person.email}`);
    const path = `${provider.issuer}/account/security/recovery-codes?save=1`;
    expect((await browser.tab().open(path)).html).toContain(codes[9]);
    expect((await new BrowserAgent().open(path)).html).not.toContain(codes[9]);
    await browser.submit();
    expect((await browser.tab().open(path)).h1).toBe("Ma sécurité");
  });
});
