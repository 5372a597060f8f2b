import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { BrowserAgent } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { fakeDate } from "../support/fake-date.ts";
import { type Person, newPerson } from "../support/person.ts";
import { enrolSecondFactor, totpCode } from "../support/second-factor.ts";
import { typeEnrolmentCode } from "../support/staff.ts";
import { type TestProvider, goodPassword, startTestProvider } from "../support/test-provider.ts";

const check = "Vérification en deux étapes";
const handedCode = "Votre code d'enrôlement";
const enrolment = "Activer la vérification en deux étapes";

describe.each(databases)("signing in to our own pages, on $name", (kind) => {
  let provider: TestProvider;

  beforeAll(async () => {
    provider = await startTestProvider(kind);
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  afterAll(async () => {
    await provider.stop();
  });

  const signIn = (browser: BrowserAgent, returnTo: string, more = "") =>
    browser.open(`${provider.issuer}/sign-in?return_to=${encodeURIComponent(returnTo)}${more}`);
  const landedAt = ({ page }: BrowserAgent) => page.url.replace(provider.issuer, "");

  async function newStaff(): Promise<Person> {
    const person = await newPerson(provider);
    await provider.application.administration.setRole(person.email, "agent", "operator");
    return person;
  }

  it.each([
    "/admin",
    "/admin/accounts/aB-9_x/open",
    "/admin?q=l%27%C3%A9cole+du+bois&after=a:b",
    "/admin/clients/portail.v2",
    "/admin/clients/https%3A%2F%2Fapp.example%2F",
  ])("leads staff to %s, once they have turned a second factor on", async (page) => {
    const { browser, ...staff } = await newStaff();
    await signIn(browser, page);
    await staff.signIn();
    expect(browser.page.h1).toBe(handedCode);
    await typeEnrolmentCode(provider, staff, browser);
    expect(browser.page.h1).toBe(enrolment);
    await enrolSecondFactor(browser);
    expect(landedAt(browser)).toBe(page);
    await signIn(browser, page);
    expect(landedAt(browser)).toBe(page);
  });

  it("asks staff for it in a session that has none yet, and of each new session", async () => {
    const { browser, ...staff } = await newStaff();
    await signIn(browser, "/account");
    await staff.signIn();
    expect(landedAt(browser)).toBe("/account");
    await signIn(browser, "/admin");
    expect(browser.page.h1).toBe(handedCode);
    await typeEnrolmentCode(provider, staff, browser);
    const { secret } = await enrolSecondFactor(browser);
    expect(landedAt(browser)).toBe("/admin");
    const elsewhere = new BrowserAgent();
    await signIn(elsewhere, "/admin");
    await staff.signIn(elsewhere);
    expect(elsewhere.page.h1).toBe(check);
    await elsewhere.fill({ code: totpCode(secret) }).submit();
    expect(landedAt(elsewhere)).toBe("/admin");
  });

  it("asks a partner who strays to the back office for nothing more than the password", async () => {
    const { browser, ...partner } = await newPerson(provider);
    await signIn(browser, "/admin");
    await partner.signIn();
    expect(landedAt(browser)).toBe("/admin");
  });

  it.each([
    "/administration",
    "/admin/",
    "/admin//evil.example",
    "/admin/../signup",
    "/admin/a?b=c#d",
    "/admin?b=<c>",
    "/admin/..",
    "/admin/.hidden",
    "/admin/%2e%2e",
    "/admin/%2E%2E",
    "/admin/a%0Ab",
    "/admin/a\n",
    "/admin:x",
    "//admin",
    "https://evil.example/admin",
  ])("returns to its own account from %j, which is no page of the back office", async (page) => {
    const { browser, ...person } = await newPerson(provider);
    await signIn(browser, page);
    await person.signIn();
    expect(landedAt(browser)).toBe("/account");
  });

  it("leads each tab where it was asked for, whichever is first, and however many there are", async () => {
    const { browser, ...person } = await newPerson(provider);
    const pages = ["/admin/keys", "/account/security", "/admin/audit", "/account/data"];
    const tabs = pages.map(() => browser.tab());
    for (const [place, tab] of tabs.entries()) await signIn(tab, pages[place] ?? "");
    for (const place of [2, 0, 3, 1]) {
      const [tab, page] = [tabs[place], pages[place]];
      if (!tab) throw new Error("no tab");
      if (tab.page.h1 === "Connexion") await person.signIn(tab);
      expect(landedAt(tab)).toBe(page);
    }
  });

  it("that could not go on is begun anew from its page, and leads where it led", async () => {
    const now = Math.floor(Date.now() / 1000) * 1000;
    fakeDate(now);
    const { browser, ...person } = await newPerson(provider);
    await signIn(browser, "/admin/keys");
    fakeDate(now + 61 * 60_000);
    await person.signIn();
    expect(browser.page.status).toBe(410);
    await browser.click("Reprendre la connexion");
    await person.signIn();
    expect(landedAt(browser)).toBe("/admin/keys");
    await browser.open(`${provider.issuer}/sign-in/again`);
    expect(landedAt(browser)).toBe("/account");
  });

  it("with fresh=1 asks who signed in more than 15 minutes ago for both factors again", async () => {
    const now = Math.floor(Date.now() / 1000) * 1000;
    fakeDate(now);
    const { browser, ...staff } = await newStaff();
    await signIn(browser, "/admin");
    await staff.signIn();
    await typeEnrolmentCode(provider, staff, browser);
    const { secret } = await enrolSecondFactor(browser);
    fakeDate(now + 900_000);
    await signIn(browser, "/admin/keys", "&fresh=1");
    expect(landedAt(browser)).toBe("/admin/keys");
    fakeDate(now + 901_000);
    await signIn(browser, "/admin/keys");
    expect(landedAt(browser)).toBe("/admin/keys");
    await signIn(browser, "/admin/keys", "&fresh=1");
    expect(browser.page.h1).toBe("Confirmez que c'est vous");
    expect(browser.page.find("#email")?.attribute("value")).toBe(staff.email);
    await browser.fill({ password: "faux" }).submit();
    expect(browser.page).toMatchObject({ status: 422, h1: "Confirmez que c'est vous" });
    await browser.fill({ password: goodPassword }).submit();
    expect(browser.page.h1).toBe(check);
    await browser.fill({ code: totpCode(secret) }).submit();
    expect(landedAt(browser)).toBe("/admin/keys");
    await signIn(browser, "/admin/keys", "&fresh=1");
    expect(landedAt(browser)).toBe("/admin/keys");
  });

  it("is not made fresh by a second factor alone", async () => {
    const now = Math.floor(Date.now() / 1000) * 1000;
    fakeDate(now);
    const { browser, ...staff } = await newStaff();
    await signIn(browser, "/account");
    await staff.signIn();
    fakeDate(now + 600_000);
    await signIn(browser, "/admin");
    await typeEnrolmentCode(provider, staff, browser);
    await enrolSecondFactor(browser);
    fakeDate(now + 901_000);
    await signIn(browser, "/admin", "&fresh=1");
    expect(browser.page.h1).toBe("Confirmez que c'est vous");
  });
});
