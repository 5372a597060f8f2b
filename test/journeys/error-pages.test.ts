import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { errors } from "oidc-provider";
import { BrowserAgent } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { plainClient } from "../support/plain-client.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

/** Errors of features that this provider does not have: device flow, CIBA, credentials, attestation, registration. */
const neverAnswered =
  /^(?:authorization_pending|slow_down|expired_|.*user_(?:code|id)|.*binding_message|.*authorization_details|.*credential|invalid_nonce|invalid_proof|.*software_statement|transaction_failed|.*attestation)/;

describe.each(databases)("errors that help an integrator, on $name", (kind) => {
  let provider: TestProvider;

  beforeAll(async () => {
    provider = await startTestProvider(kind, {
      clients: {
        portal: {
          redirect_uris: ["https://rp.test/callback", "https://rp.test/espace/callback"],
        },
      },
    });
  });
  afterAll(async () => {
    await provider.stop();
  });

  const refused = (redirect_uri: string, more: Readonly<Record<string, string>> = {}) =>
    plainClient(provider, "portal").authorize(new BrowserAgent(), { redirect_uri, ...more });

  /** The log lines under the reference that an answer showed. */
  const linesOf = (reference: unknown) =>
    provider.log.filter((line) => line.includes(String(reference)));

  it("show what was received, what is registered, the nearest first, and where they differ", async () => {
    const { text } = await refused("https://rp.test/espace/cal1back");
    expect(text).toContain("redirect_uri n'est aucune des adresses enregistrées :");
    expect(text).toContain("Reçu https://rp.test/espace/cal1back");
    expect(text).toContain(
      "Enregistré https://rp.test/espace/callback Premier caractère qui diffère, à la position 27 : reçu U+0031 1, attendu U+006C l",
    );
    expect(text.indexOf("Enregistré https://rp.test/espace/callback")).toBeLessThan(
      text.indexOf("Enregistré https://rp.test/callback"),
    );
  });

  it.each([
    ["https://rp.test/callback\t", "à la position 25 : reçu U+0009, attendu la fin"],
    ["https://rp.test/call", "à la position 21 : reçu la fin, attendu U+0062 b"],
    ["https://rp.test/c\u0430llback", "à la position 18 : reçu U+0430 \u0430, attendu U+0061 a"],
  ])("name a character that cannot be seen: %j", async (uri, sentence) => {
    expect((await refused(uri)).text).toContain(sentence);
  });

  it("show text of the request escaped, bounded and never as a link", async () => {
    const { html, text } = await refused(`https://x.test/"><script>${"a".repeat(3_000)}`);
    expect(html).not.toContain('"><script>a');
    expect(html).not.toContain('href="https://x.test');
    expect(text).toContain(`https://x.test/"><script>${"a".repeat(475)}…`);
    expect(text).not.toContain("a".repeat(500));
  });

  it("show no secret, neither on the page nor in the log, which has the same detail", async () => {
    const uri =
      "https://me:s3cret-a@rp.test/callback?code=s3cret-b&client_secret=s3cret-c#id_token=s3cret-d";
    const page = await refused(uri, { state: "s3cret-e", nonce: "s3cret-f" });
    const reference = page.find(".reference code")?.text;
    const lines = linesOf(reference);
    expect(lines.some((line) => line.includes('"position":9'))).toBe(true);
    expect(lines.some((line) => line.includes("https://rp.test/espace/callback"))).toBe(true);
    expect(page.headers["x-error-reference"]).toBe(reference);
    for (const shown of [page.html, ...lines]) expect(shown).not.toContain("s3cret");
  });

  it("show the other parameters of a client that does not exist", async () => {
    const page = await refused("https://rp.test/callback", { client_id: "portail" });
    expect(page.text).toContain("invalid_client");
    expect(page.text).toContain("client_id portail");
  });

  it("lead to their entry in /docs/errors", async () => {
    const browser = new BrowserAgent();
    await plainClient(provider, "portal").authorize(browser, { redirect_uri: "x" });
    await browser.click("Cause et correction de cette erreur");
    expect(new URL(browser.page.url).hash).toBe("#invalid_redirect_uri");
    expect([browser.page.status, browser.page.lang]).toEqual([200, "fr"]);
    expect(browser.page.find("#invalid_redirect_uri")?.text).toContain("caractère pour caractère");
    await browser.open(`${provider.issuer}/docs/errors?ui_locales=en`);
    expect([browser.page.lang, browser.page.h1]).toEqual([
      "en",
      "Errors of a sign-in and how to correct them",
    ]);
  });

  it("are all explained in /docs/errors", async () => {
    const page = await new BrowserAgent().open(`${provider.issuer}/docs/errors`);
    const codes = Object.values(errors)
      .map((Type) => new (Type as new (text: string) => Error)("x").message)
      .filter((code) => code !== "x" && !neverAnswered.test(code));
    expect(codes).toContain("invalid_grant");
    expect(codes.filter((code) => !page.find(`#${code}`))).toEqual([]);
  });

  it("of the token endpoint stay JSON, with a reference of the log and their explanation", async () => {
    const wrong = {
      grant_type: "authorization_code",
      code: "unknown",
      redirect_uri: "https://rp.test/callback",
    };
    const response = await fetch(`${provider.issuer}/token`, {
      method: "POST",
      headers: { authorization: `Basic ${btoa(`portal:${provider.clientSecret}`)}` },
      body: new URLSearchParams(wrong),
    });
    expect([response.status, await response.json()]).toEqual([
      400,
      {
        error: "invalid_grant",
        error_description: "the authorization code is unknown: used before, or long expired",
        error_uri: `${provider.issuer}/docs/errors#invalid_grant`,
      },
    ]);
    const lines = linesOf(response.headers.get("x-error-reference"));
    expect(lines.some((line) => line.includes("authorization code not found"))).toBe(true);
  });
});
