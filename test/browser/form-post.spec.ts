import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import coBody from "co-body";
import type { Browser } from "playwright-core";
import { launchChromium, newPerson } from "../support/chromium.ts";
import { type DatabaseKind, databases } from "../support/databases.ts";
import { type TestProvider, goodPassword, startTestProvider } from "../support/test-provider.ts";
import { type Served, serve } from "../web/serve.ts";

/** OAuth 2.0 Form Post Response Mode: the answer is a form that the browser sends to the relying party. */
describe("response_mode=form_post", () => {
  const email = "jeanne.durand@partenaire.test";
  let browser: Browser;
  let provider: TestProvider;
  let party: Served;
  const received: Record<string, unknown>[] = [];

  beforeAll(async () => {
    browser = await launchChromium();
    party = await serve(async (ctx) => {
      if (ctx.method === "POST") received.push((await coBody.form(ctx)) as Record<string, unknown>);
      ctx.body = "taken";
    });
    provider = await startTestProvider(databases[0] as DatabaseKind, {
      clients: { posted: { redirect_uris: [`${party.url}/callback`] } },
    });
    await provider.addAccount(email);
  });
  afterAll(async () => {
    await browser.close();
    await provider.stop();
    await party.close();
  });

  const address = (parameters: Readonly<Record<string, string>> = {}) => {
    const query = new URLSearchParams({
      client_id: "posted",
      response_type: "code",
      response_mode: "form_post",
      redirect_uri: `${party.url}/callback`,
      scope: "openid",
      code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
      code_challenge_method: "S256",
      ...parameters,
    });
    return `${provider.issuer}/auth?${query.toString()}`;
  };

  it.each([
    { script: true, kind: "with JavaScript" },
    { script: false, kind: "without JavaScript, by a button" },
  ])("brings the code to the relying party $kind", async ({ script, kind }) => {
    const person = await newPerson(browser, { script });
    const page = await person.newPage();
    await page.goto(address({ state: kind }));
    await page.fill("#email", email);
    await page.fill("#password", goodPassword);
    await page.click("#primary");
    if (!script) await page.click("button[type=submit]");
    await page.waitForURL(`${party.url}/callback`);
    expect(received.at(-1)).toMatchObject({
      code: expect.any(String),
      state: kind,
      iss: provider.issuer,
    });
    await person.close();
  });

  it("brings a refusal there too", async () => {
    const person = await newPerson(browser);
    const page = await person.newPage();
    await page.goto(address({ prompt: "none", state: "refused" }));
    await page.waitForURL(`${party.url}/callback`);
    expect(received.at(-1)).toMatchObject({ error: "login_required", state: "refused" });
    await person.close();
  });

  it("lets no form lead to a redirect URI that is not registered", async () => {
    const response = await fetch(address({ redirect_uri: "https://evil.test/callback" }));
    expect(response.status).toBe(400);
    expect(response.headers.get("content-security-policy")).not.toContain("evil.test");
  });
});
