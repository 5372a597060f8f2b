import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { BrowserAgent } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { freePort } from "../support/free-port.ts";
import { newPerson, sirets } from "../support/person.ts";
import { plainClient, userinfo } from "../support/plain-client.ts";
import { type TestProvider, goodPassword, startTestProvider } from "../support/test-provider.ts";
import { type Exchange, type RecordingProxy, startRecordingProxy } from "./recording-proxy.ts";

const [one, two] = sirets;
const nowhere = () => false;

/** A live secret, and the one place of an answer where it has to stand. */
interface Secret {
  readonly what: string;
  readonly value: string;
  readonly belongs: (part: "header" | "body", name: string, exchange: Exchange) => boolean;
}

describe.each(databases)("every answer of a whole run on $name", (kind) => {
  let provider: TestProvider;
  let proxy: RecordingProxy;
  const secrets: Secret[] = [];

  beforeAll(async () => {
    const providerPort = await freePort();
    provider = await startTestProvider(kind, { environment: { PORT: String(providerPort) } });
    proxy = await startRecordingProxy(Number(new URL(provider.issuer).port), providerPort);
    await run();
  }, 60_000);
  afterAll(async () => {
    await proxy.close();
    await provider.stop();
  });

  it("was written down, the secrets in their places too", () => {
    expect(proxy.exchanges.length).toBeGreaterThan(30);
    expect(new Set(secrets.map(({ value }) => value)).size).toBeGreaterThan(12);
    for (const secret of secrets) {
      expect([secret.what, secret.value.length >= 12]).toEqual([secret.what, true]);
      if (secret.belongs !== nowhere)
        expect([secret.what, placesOf(secret)]).not.toEqual([secret.what, []]);
    }
  });

  it("holds each secret in its one place, and nowhere else", () => {
    for (const secret of secrets) {
      const astray = placesOf(secret)
        .filter(({ part, name, exchange }) => !secret.belongs(part, name, exchange))
        .map(({ name, exchange }) => `${exchange.method} ${exchange.url.slice(0, 40)}: ${name}`);
      expect([secret.what, astray]).toEqual([secret.what, []]);
    }
  });

  it("that holds one is kept by nobody on the way", () => {
    const pages = proxy.exchanges.filter((exchange) =>
      secrets.some(
        ({ value }) =>
          exchange.body.includes(value) || exchange.headers["set-cookie"]?.join().includes(value),
      ),
    );
    expect(pages.length).toBeGreaterThan(5);
    for (const { method, url, status, headers } of pages) {
      const seen = [method, url.replace(/[\w-]{43}/, "SECRET"), headers["cache-control"]];
      // A refused form of a mailed link names its own address, which this browser has in its history anyway.
      const isOwnAddress = status === 422 && /^\/(recovery|validate)\//.test(url);
      const kept = isOwnAddress ? "private, no-cache" : "no-store";
      expect(seen).toEqual([seen[0], seen[1], expect.stringContaining(kept)]);
    }
  });

  it("left none of them in the log, digests and failed requests included", () => {
    for (const { what, value } of secrets) {
      expect([what, provider.log.find((line) => line.includes(value))]).toEqual([what, undefined]);
    }
    expect(provider.log.join("")).not.toMatch(/@partenaire\.test|\$argon2id|eyJ[\w-]{20}/);
  });

  /** Where a secret stands, as it is or as an address writes it. */
  function placesOf({ value }: Secret) {
    const spellings = [value, encodeURIComponent(value), Buffer.from(value).toString("base64url")];
    const holds = (text: string) => spellings.some((spelling) => text.includes(spelling));
    return proxy.exchanges.flatMap((exchange) => [
      ...Object.entries(exchange.headers)
        .filter(([, header]) => holds([header ?? ""].flat().join("\n")))
        .map(([name]) => ({ part: "header" as const, name, exchange })),
      ...(holds(exchange.body) ? [{ part: "body" as const, name: "body", exchange }] : []),
    ]);
  }

  /** Sign-up to sign-out, with what goes wrong on the way. */
  async function run(): Promise<void> {
    const { issuer } = provider;
    const email = "secret@partenaire.test";
    const portal = plainClient(provider, "portal");
    const browser = new BrowserAgent({ stopBefore: [provider.party("portal").origin] });
    const keep = (what: string, value: unknown, belongs: Secret["belongs"]) =>
      secrets.push({ what, value: String(value), belongs });
    keep("the password", goodPassword, nowhere);
    keep("the client's secret", provider.clientSecret, nowhere);
    for (const key of provider.application.settings.cookieKeys) keep("a cookie key", key, nowhere);
    const inCookie: Secret["belongs"] = (part, name) => part === "header" && name === "set-cookie";
    const keepCookies = () => {
      for (const { name, value } of browser.cookies.all()) {
        // An interaction's cookie is its address; the others tell no secret.
        if (["session", "signup", "known-browser"].includes(name))
          keep(`the cookie ${name}`, value, inCookie);
      }
    };
    const ofLink =
      (token: string): Secret["belongs"] =>
      (part, name, { url }) =>
        url.includes(token) && (part === "body" || name === "location");

    await browser.open(`${issuer}/signup`);
    const typed = {
      email,
      email_confirmation: email,
      password: goodPassword,
      given_name: "Jeanne",
      family_name: "Durand",
    };
    await browser.fill({ ...typed, password_confirmation: "something else" }).submit();
    await browser.fill({ password: goodPassword, password_confirmation: goodPassword }).submit();
    keepCookies();
    const validation = await mailed(email, "/validate/");
    keep("the validation's link", tokenOf(validation), ofLink(tokenOf(validation)));
    await new BrowserAgent().open(validation);
    await browser.open(validation);
    await browser.submit();
    await provider.openAccess(email, one, two);

    await portal.authorize(browser, { scope: "openid siret" });
    await browser.fill({ email, password: "not the password" }).submit("Se connecter");
    await browser.fill({ email, password: goodPassword }).submit("Se connecter");
    keepCookies();
    await browser.fill({ siret: two }).submit("Continuer");
    keepCookies();
    const code = portal.answer(browser.page).get("code") ?? "";
    // A redirect says its address in its body too, for a browser that does not follow; and what follows a form is a page
    // that goes on by itself.
    const inRedirect: Secret["belongs"] = (part, name, { url, status }) =>
      (part === "body" || name === "location") &&
      [200, 303].includes(status) &&
      url.startsWith("/auth");
    keep("a code", code, inRedirect);
    await portal.redeem(code, { code_verifier: "w".repeat(43) });
    await portal.authorize(browser, { scope: "openid siret" });
    const second = portal.answer(browser.page).get("code") ?? "";
    const { body } = await portal.redeem(second);
    const inTokens: Secret["belongs"] = (part, _name, { url }) =>
      part === "body" && url === "/token";
    keep("the access token", body["access_token"], inTokens);
    keep("the refresh token", body["refresh_token"], inTokens);
    await userinfo(provider, body["access_token"]);
    await portal.post("/token/introspection", { token: String(body["access_token"]) });
    await portal.refresh(`${String(body["refresh_token"])}x`);
    await fetch(`${issuer}/me?access_token=${String(body["access_token"])}`);
    await fetch(`${issuer}/token`, {
      method: "POST",
      body: new URLSearchParams({ code: second, client_secret: provider.clientSecret }),
    });
    await fetch(`${issuer}/nothing/${second}?password=${goodPassword}`);
    await browser.post(
      `${issuer}/recovery`,
      { email, password: goodPassword, x: "y".repeat(200_000) },
      issuer,
    );
    await browser.post(`${issuer}/signup`, { email, password: goodPassword }, "http://evil.test/");

    await browser.open(`${issuer}/recovery`);
    await browser.fill({ email }).submit();
    const recovery = await mailed(email, "/recovery/");
    keep("the recovery's link", tokenOf(recovery), ofLink(tokenOf(recovery)));
    const renewed = "agrafe-cheval-correct-pile";
    keep("the new password", renewed, nowhere);
    await browser.open(recovery);
    await browser.fill({ password: renewed, password_confirmation: "another" }).submit();
    await browser.fill({ password: renewed, password_confirmation: renewed }).submit();
    await browser.open(recovery);

    const person = await newPerson(provider, one);
    await portal.authorize(person.browser, { scope: "openid siret" }).catch(() => undefined);
    await person.signIn();
    await person.browser.open(`${issuer}/session/end`);
    await person.browser.submit();
  }

  async function mailed(email: string, path: string): Promise<string> {
    const isIt = (link: string) => new URL(link).pathname.startsWith(path);
    const mail = await provider.smtp.waitForMessage(
      ({ envelope, links }) => envelope.to[0] === email && links.some(isIt),
      10_000,
    );
    return mail.links.find(isIt) ?? "";
  }
});

function tokenOf(link: string): string {
  return new URL(link).pathname.split("/").at(-1) ?? "";
}
