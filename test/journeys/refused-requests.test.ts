import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { newAddress, signUpFields } from "../support/account-journey.ts";
import { BrowserAgent, type Page } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

/** Every address that takes a form of ours; UID is an open interaction of the browser. */
const forms = [
  "/interaction/UID",
  "/interaction/UID/signup",
  "/interaction/UID/signup/resend",
  "/interaction/UID/recovery",
  "/signup",
  "/signup/resend",
  "/recovery",
  "/recovery/some-token",
  "/validate/some-token",
];

describe.each(databases)("requests that are refused, on $name", (kind) => {
  let provider: TestProvider;

  beforeAll(async () => {
    provider = await startTestProvider(kind, {
      clients: { portal: {} },
      environment: { SIGN_UPS_PER_ADDRESS_PER_HOUR: "3", TRUSTED_PROXIES: "1" },
    });
  });
  afterAll(async () => {
    await provider.stop();
  });

  /** A French page with a reference that the log has too, which leads to the relying party. */
  function expectFrenchPage(page: Page, status: number, heading: string): void {
    expect(page).toMatchObject({ status, h1: heading, lang: "fr" });
    const reference = page.find(".reference code")?.text ?? "";
    expect(reference).toMatch(/^[\w-]{20,}$/);
    expect(page.text).toContain(`Référence à communiquer en cas de besoin : ${reference}`);
    expect(provider.log.some((line) => line.includes(reference))).toBe(true);
    expect(page.findAll("#primary").map(({ text }) => text)).toEqual(["Revenir au service"]);
    expect(page.find("#primary")?.attribute("href")).toBe(provider.party("portal").origin);
    expect(page.headers["cache-control"]).toBe("no-store");
  }

  /** A browser with an open interaction that says what `headers` say, and the form's address in it. */
  async function at(form: string, headers: Record<string, string> = {}) {
    const own = new BrowserAgent();
    await provider.party("portal").login(own);
    const url = provider.issuer + form.replace("/interaction/UID", new URL(own.page.url).pathname);
    return { url, browser: new BrowserAgent({ cookies: own.cookies, headers }) };
  }

  describe.each(forms)("at %s", (form) => {
    it.each<[string, Record<string, string>]>([
      ["Sec-Fetch-Site: cross-site", { "sec-fetch-site": "cross-site" }],
      ["Sec-Fetch-Site: same-site", { "sec-fetch-site": "same-site" }],
      ["the Origin of another site", { "sec-fetch-site": "", origin: "https://autre.test" }],
      ["Origin: null", { "sec-fetch-site": "", origin: "null" }],
    ])("answer 403 to %s", async (_what, headers) => {
      const { url, browser } = await at(form, headers);
      expectFrenchPage(await browser.post(url, {}, url), 403, "Demande refusée");
      browser.cookies.clear();
      expectFrenchPage(await browser.post(url, {}, url), 403, "Demande refusée");
    });

    it("answer 413 to a body over 100 kB", async () => {
      const { url, browser } = await at(form);
      const page = await browser.post(url, { email: "x".repeat(100_001) }, url);
      expectFrenchPage(page, 413, "Envoi trop volumineux");
    });
  });

  it("answer 400 to a field that is given twice", async () => {
    const browser = new BrowserAgent();
    await browser.open(`${provider.issuer}/recovery`);
    const form = browser.page.form().fill({ email: "un@partenaire.test" });
    const page = await form.forge({ email: "deux@partenaire.test" }).submit();
    expectFrenchPage(page, 400, "Demande incomplète ou incorrecte");
  });

  it("answer 404 for an address that is no page", async () => {
    const browser = new BrowserAgent();
    for (const path of ["/nowhere", "/signup/nowhere", "/validate", "/interaction"]) {
      expectFrenchPage(await browser.open(provider.issuer + path), 404, "Page introuvable");
    }
  });

  it("answer 429 beyond a limit of the client's address, with Retry-After, and nobody else", async () => {
    const signUpFrom = async (address: string): Promise<Page> => {
      const browser = new BrowserAgent({ headers: { "x-forwarded-for": address } });
      await browser.open(`${provider.issuer}/signup`);
      return browser.fill(signUpFields(newAddress())).submit();
    };
    for (let count = 1; count <= 3; count += 1) {
      expect((await signUpFrom("192.0.2.1")).h1).toBe("Validation de compte");
    }
    const page = await signUpFrom("192.0.2.1");
    expectFrenchPage(page, 429, "Trop de demandes");
    const seconds = Number(page.headers["retry-after"]);
    expect(seconds).toBeGreaterThan(3500);
    expect(seconds).toBeLessThanOrEqual(3600);
    expect(page.text).toMatch(/Réessayez dans (60 minutes|59 minutes|1 heure)\./);
    expect((await signUpFrom("192.0.2.2")).h1).toBe("Validation de compte");
  });
});
