import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { BrowserAgent } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { newPerson } from "../support/person.ts";
import { plainClient } from "../support/plain-client.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

const registered = "https://rp.exemple.test/espace/retour";

/** What attackers and mistakes make of a registered address (RFC 9700 §2.1, OWASP, CVEs of other servers). */
const mutations = [
  "http://rp.exemple.test/espace/retour",
  "HTTPS://rp.exemple.test/espace/retour",
  "https:/rp.exemple.test/espace/retour",
  "https:rp.exemple.test/espace/retour",
  "https:///rp.exemple.test/espace/retour",
  "//rp.exemple.test/espace/retour",
  "/espace/retour",
  "rp.exemple.test/espace/retour",
  "ftp://rp.exemple.test/espace/retour",
  "javascript:alert(1)//rp.exemple.test/espace/retour",
  "data:text/html,rp.exemple.test/espace/retour",
  "view-source:https://rp.exemple.test/espace/retour",
  "https://RP.exemple.test/espace/retour",
  "https://rp.Exemple.test/espace/retour",
  "https://rp.exemple.test./espace/retour",
  "https://rp.exemple.test:443/espace/retour",
  "https://rp.exemple.test:444/espace/retour",
  "https://rp.exemple.test:/espace/retour",
  "https://a.rp.exemple.test/espace/retour",
  "https://exemple.test/espace/retour",
  "https://rp.exemple.test.pirate.example/espace/retour",
  "https://rp.exemple.testpirate.example/espace/retour",
  "https://rp-exemple.test/espace/retour",
  "https://pirate.example/espace/retour",
  "https://pirate.example/https://rp.exemple.test/espace/retour",
  "https://pirate.example?https://rp.exemple.test/espace/retour",
  "https://pirate.example#https://rp.exemple.test/espace/retour",
  "https://rp.exemple.test@pirate.example/espace/retour",
  "https://rp.exemple.test:secret@pirate.example/espace/retour",
  "https://pirate@rp.exemple.test/espace/retour",
  "https://pirate:secret@rp.exemple.test/espace/retour",
  "https://pirate.example\\@rp.exemple.test/espace/retour",
  "https://rp.exemple.test\\.pirate.example/espace/retour",
  "https://pirate.example%00.rp.exemple.test/espace/retour",
  "https://rp.exemple.test%2f@pirate.example/espace/retour",
  "https://rp.exemple.test%09/espace/retour",
  "https:\\\\rp.exemple.test\\espace\\retour",
  "https://rp.exemple.test\\espace/retour",
  "https://rp.exemple.test/espace\\retour",
  "https://rp.exemple.test/espace/retour/",
  "https://rp.exemple.test/espace/retour/suite",
  "https://rp.exemple.test/espace/retour-suite",
  "https://rp.exemple.test/espace/retou",
  "https://rp.exemple.test/espace/",
  "https://rp.exemple.test/",
  "https://rp.exemple.test",
  "https://rp.exemple.test//espace/retour",
  "https://rp.exemple.test/espace//retour",
  "https://rp.exemple.test/./espace/retour",
  "https://rp.exemple.test/espace/../espace/retour",
  "https://rp.exemple.test/espace/retour/../../pirate",
  "https://rp.exemple.test/espace/retour/..;/pirate",
  "https://rp.exemple.test/espace/retour;pirate",
  "https://rp.exemple.test/espace/retour/%2e%2e/pirate",
  "https://rp.exemple.test/espace%2fretour",
  "https://rp.exemple.test/espace%252fretour",
  "https://rp.exemple.test/espace/%72etour",
  "https://rp.exemple.test/Espace/retour",
  "https://rp.exemple.test/espace/RETOUR",
  "https://rp.exemple.test/espace/retour?",
  "https://rp.exemple.test/espace/retour?x=1",
  "https://rp.exemple.test/espace/retour?redirect=https://pirate.example",
  "https://rp.exemple.test/espace/retour#",
  "https://rp.exemple.test/espace/retour#suite",
  "https://rp.exemple.test/espace/retour%23",
  " https://rp.exemple.test/espace/retour",
  "https://rp.exemple.test/espace/retour ",
  "\thttps://rp.exemple.test/espace/retour",
  "https://rp.exemple.test/espace/\tretour",
  "https://rp.exemple.test/espace/retour\t",
  "https://rp.exemple.test/espace/retour\r\nLocation: https://pirate.example",
  "https://rp.exemple.test/espace/retour\0",
  "https://rp.exemple.test/espace/retour%0d%0a",
  "https://rp.ex\u0435mple.test/espace/retour",
  "https://rp\u3002exemple.test/espace/retour",
  "https://rp.exemple.test\uFF0Fespace/retour",
  "https://rp.exemple.test/espace/r\u0435tour",
  "https://rp.exemple.test/espace/retour\u200B",
  "https://xn--rp-exemple.test/espace/retour",
  "https://127.0.0.1/espace/retour",
  "https://localhost/espace/retour",
  "https://*.exemple.test/espace/retour",
  `${registered},https://pirate.example`,
  `${registered} https://pirate.example`,
];

const [sqlite] = databases;

describe.each([sqlite])("addresses to come back to, compared by their characters", (kind) => {
  let provider: TestProvider;
  let idToken: string;

  beforeAll(async () => {
    if (!kind) throw new Error("no database");
    provider = await startTestProvider(kind, {
      clients: {
        portal: {},
        exact: { redirect_uris: [registered], post_logout_redirect_uris: [registered] },
      },
    });
    const person = await newPerson(provider);
    const browser = new BrowserAgent({ stopBefore: ["https://rp.exemple.test"] });
    const exact = plainClient(provider, "exact");
    await exact.authorize(browser, { redirect_uri: registered });
    await person.signIn(browser);
    const code = new URL(browser.page.location ?? "").searchParams.get("code") ?? "";
    const tokens = await exact.redeem(code, { redirect_uri: registered });
    idToken = String(tokens.body["id_token"]);
  });
  afterAll(async () => {
    await provider.stop();
  });

  const urlOf = (parameter: string, uri: string): URL => {
    const url = plainClient(provider, "exact").authorizationUrl({ [parameter]: uri });
    if (parameter === "redirect_uri") return url;
    url.pathname = "/session/end";
    url.search = new URLSearchParams({ id_token_hint: idToken, [parameter]: uri }).toString();
    return url;
  };

  it("has about sixty of each to refuse, all different", () => {
    expect(new Set(mutations).size).toBe(mutations.length);
    expect(mutations.length).toBeGreaterThanOrEqual(60);
  });

  describe.each(["redirect_uri", "post_logout_redirect_uri"])("%s", (parameter) => {
    it("is taken as it was registered", async () => {
      const answer = await fetch(urlOf(parameter, registered), { redirect: "manual" });
      expect([200, 303]).toContain(answer.status);
    });

    it.each(mutations.map((uri) => [JSON.stringify(uri), uri]))("refuses %s", async (_as, uri) => {
      const headers = { accept: "text/html" };
      const answer = await fetch(urlOf(parameter, uri), { redirect: "manual", headers });
      const html = await answer.text();
      expect(answer.status).toBe(400);
      expect(answer.headers.get("location")).toBeNull();
      expect(answer.headers.get("refresh")).toBeNull();
      expect(answer.headers.get("content-security-policy")).toContain("form-action 'self';");
      expect(html).toContain('<html lang="fr">');
      expect(html).toContain(`<code>${registered}</code>`);
      expect(html).toContain(
        `/docs/errors#${parameter === "redirect_uri" ? "invalid_" : ""}${parameter}"`,
      );
      expect(html).not.toMatch(/(?:href|src|action|content)="[^"]*(?:pirate|rp\.|secret)/i);
      expect(html).not.toContain("secret");
    });
  });
});
