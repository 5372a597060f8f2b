import { type KeyObject, generateKeyPairSync } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { SignJWT } from "jose";
import { startPortal } from "../../src/portal/index.ts";
import { type Portal, type PortalSettings } from "../../src/portal/portal.ts";
import { type BareProvider, signingKey, startBareProvider } from "../support/bare-provider.ts";
import { BrowserAgent } from "../support/browser-agent.ts";
import { freePort } from "../support/free-port.ts";

const client = { clientId: "portail-partenaire", clientSecret: "a secret for tests only" };
const camille = {
  name: "Camille Moulin",
  email: "camille@cfa.test",
  siret: "13002526500013",
  establishment_name: "DINUM",
};

let issuer: string;
let portal: Portal;
let provider: BareProvider;
let now: number;
const log: string[] = [];

beforeAll(async () => {
  issuer = `http://127.0.0.1:${await freePort()}`;
  portal = await startPortal(settings());
  provider = await startProvider();
});

beforeEach(() => {
  now = Date.now();
  provider.answer = { claims: camille };
  provider.asked.length = 0;
});

afterAll(async () => {
  await portal.close();
  await provider.close();
});

function settings(): PortalSettings {
  return {
    host: "127.0.0.1",
    port: 0,
    issuer,
    ...client,
    log: (line) => log.push(line),
    now: () => now,
  };
}

function startProvider(): Promise<BareProvider> {
  return startBareProvider(Number(new URL(issuer).port), [
    {
      client_id: client.clientId,
      client_secret: client.clientSecret,
      redirect_uris: [`${portal.url}/callback`],
      post_logout_redirect_uris: [`${portal.url}/`],
      backchannel_logout_uri: `${portal.url}/backchannel-logout`,
      backchannel_logout_session_required: true,
    },
  ]);
}

async function signedIn(): Promise<BrowserAgent> {
  const browser = new BrowserAgent();
  await browser.open(portal.url);
  await browser.click("Se connecter");
  return browser;
}

describe("the portal", () => {
  it("says what it is and how to sign in", async () => {
    const page = await new BrowserAgent().open(portal.url);
    expect([page.status, page.lang, page.h1]).toEqual([
      200,
      "fr",
      "Votre espace Web Services Partenaire",
    ]);
    expect(page.find("#primary")?.text).toBe("Se connecter");
    expect(page.headers).toMatchObject({
      "content-security-policy": `default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'; form-action 'self' ${issuer}`,
      "x-content-type-options": "nosniff",
      "referrer-policy": "same-origin",
      "cache-control": "no-store",
    });
    const style = await new BrowserAgent().open(`${portal.url}/style.css`);
    expect(style.headers["content-type"]).toBe("text/css; charset=utf-8");
  });

  it("shows who is signed in and each claim received, the SIRET by 3-3-3-5", async () => {
    const { page } = await signedIn();
    expect([page.url, page.h1]).toEqual([`${portal.url}/`, "Bonjour Camille Moulin"]);
    expect(page.find('tr[data-claim="siret"] td')?.text).toBe("130 025 265 00013");
    expect(page.find('tr[data-claim="siret"] data')?.attribute("value")).toBe(camille.siret);
    expect(page.find('tr[data-claim="email"] td')?.text).toBe(camille.email);
    expect(page.find(".establishment")?.text).toBe("Établissement : 130 025 265 00013, DINUM");
    expect(page.findAll("tr[data-claim]").map((row) => row.attribute("data-claim"))).toEqual([
      "sub",
      ...Object.keys(camille),
    ]);
  });

  it("asks by code with PKCE, state and nonce for the scopes it needs", async () => {
    await signedIn();
    expect(provider.asked[0]).toMatchObject({
      response_type: "code",
      scope: "openid profile email establishment establishments",
      code_challenge_method: "S256",
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
    });
  });

  it("signs out at the provider too, and comes back", async () => {
    const browser = await signedIn();
    await browser.submit("Se déconnecter");
    const [hop] = browser.page.hops;
    const query = new URL(hop?.location ?? "").searchParams;
    expect(query.get("post_logout_redirect_uri")).toBe(`${portal.url}/`);
    expect(query.get("id_token_hint")).toMatch(/^ey/);
    await browser.submit("Sign out");
    expect([browser.page.url, browser.page.find("#primary")?.text]).toEqual([
      `${portal.url}/`,
      "Se connecter",
    ]);
  });

  it("ends its session when the provider's ends elsewhere", async () => {
    const browser = await signedIn();
    await browser.open(`${issuer}/session/end`);
    await browser.submit("Sign out");
    await browser.open(portal.url);
    expect(browser.page.find("#primary")?.text).toBe("Se connecter");
  });

  it("believes no logout token but one of the provider, for it, of now, about a logout", async () => {
    const browser = await signedIn();
    const sub = browser.page.find('tr[data-claim="sub"] td')?.text ?? "";
    const event = { "http://schemas.openid.net/event/backchannel-logout": {} };
    const iat = Math.floor(Date.now() / 1000);
    const good = { iss: issuer, aud: client.clientId, iat, jti: "1", sub, events: event };
    const post = async (claims: object, key: KeyObject = signingKey) => {
      const token = await new SignJWT({ ...claims }).setProtectedHeader({ alg: "RS256" }).sign(key);
      const body = new URLSearchParams({ logout_token: token });
      const answer = await fetch(`${portal.url}/backchannel-logout`, { method: "POST", body });
      return answer.status;
    };
    const { privateKey: stranger } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    for (const [claims, key] of [
      [good, stranger],
      [{ ...good, iss: "https://evil.test" }],
      [{ ...good, aud: "another" }],
      [{ ...good, iat: iat - 400 }],
      [{ ...good, events: {} }],
      [{ ...good, nonce: "n" }],
      [{ ...good, sub: undefined }],
    ] as const) {
      expect(await post(claims, key)).toBe(400);
    }
    const nothing = await fetch(`${portal.url}/backchannel-logout`, { method: "POST" });
    expect(nothing.status).toBe(400);
    expect((await browser.open(portal.url)).h1).toBe("Bonjour Camille Moulin");
    expect(await post({ ...good, sub: "another person" })).toBe(200);
    expect((await browser.open(portal.url)).h1).toBe("Bonjour Camille Moulin");
    expect(await post(good)).toBe(200);
    expect((await browser.open(portal.url)).find("#primary")?.text).toBe("Se connecter");
  });

  it("lets nobody be signed out by another site", async () => {
    const browser = await signedIn();
    await browser.post(`${portal.url}/logout`, {}, "http://evil.test/");
    expect((await browser.open(portal.url)).h1).toBe("Bonjour Camille Moulin");
  });

  it("ends a session after eight hours", async () => {
    const browser = await signedIn();
    now += 8 * 3600 * 1000 - 60_000;
    expect((await browser.open(portal.url)).h1).toBe("Bonjour Camille Moulin");
    now += 120_000;
    expect((await browser.open(portal.url)).find("#primary")?.text).toBe("Se connecter");
  });

  it("answers an unknown address and a wrong method with a page", async () => {
    const browser = new BrowserAgent();
    const missing = await browser.open(`${portal.url}/nowhere`);
    expect([missing.status, missing.h1]).toEqual([404, "Page introuvable"]);
    const wrong = await browser.post(portal.url, {}, portal.url);
    expect([wrong.status, wrong.h1, wrong.headers["allow"]]).toEqual([
      405,
      "Demande impossible",
      "HEAD, GET",
    ]);
  });
});

describe("a login begun elsewhere (OpenID Connect Core §4)", () => {
  it.each(["GET", "POST"])("is taken by %s with its login_hint", async (method) => {
    const fields = { iss: issuer, login_hint: camille.email };
    const browser = new BrowserAgent();
    const address = `${portal.url}/login`;
    if (method === "POST") await browser.post(address, fields, issuer);
    else await browser.open(`${address}?${new URLSearchParams(fields).toString()}`);
    expect(browser.page.h1).toBe("Bonjour Camille Moulin");
    expect(provider.asked[0]).toMatchObject({ login_hint: camille.email });
  });

  it("is refused from another issuer", async () => {
    const page = await new BrowserAgent().open(`${portal.url}/login?iss=https%3A%2F%2Fevil.test`);
    expect([page.status, page.find("code")?.text]).toEqual([400, "unknown_issuer"]);
    expect(provider.asked).toEqual([]);
  });

  it("is refused with a body over 10 kB", async () => {
    const fields = { login_hint: "a".repeat(11_000) };
    const page = await new BrowserAgent().post(`${portal.url}/login`, fields, issuer);
    expect(page.status).toBe(413);
  });
});

describe("the way back to the portal", () => {
  it("works for two tabs of one browser, in any order", async () => {
    const first = new BrowserAgent({ stopBefore: [`${portal.url}/callback`] });
    const second = first.tab();
    for (const tab of [first, second]) await tab.open(`${portal.url}/login`);
    for (const tab of [second, first]) {
      const browser = new BrowserAgent({ cookies: first.cookies });
      await browser.open(tab.page.location ?? "");
      expect(browser.page.h1).toBe("Bonjour Camille Moulin");
    }
  });

  it("taken twice leads home who is signed in", async () => {
    const browser = await signedIn();
    const callback = browser.page.hops.find(({ url }) => url.includes("/callback"));
    expect((await browser.open(callback?.url ?? "")).h1).toBe("Bonjour Camille Moulin");
  });

  it("is closed to another browser, and stays open to the one that began", async () => {
    const browser = new BrowserAgent({ stopBefore: [`${portal.url}/callback`] });
    const { location = "" } = await browser.open(`${portal.url}/login`);
    const stranger = await new BrowserAgent().open(location);
    expect([stranger.status, stranger.h1]).toEqual([400, "Connexion interrompue"]);
    expect(stranger.find("#primary")?.attribute("href")).toBe(`${portal.url}/login`);
    const own = await new BrowserAgent({ cookies: browser.cookies }).open(location);
    expect(own.h1).toBe("Bonjour Camille Moulin");
  });

  it("says clearly that no access is open, and how to try again", async () => {
    provider.answer = { error: "access_denied" };
    const { page } = await signedIn();
    expect([page.status, page.title, page.h1]).toEqual([
      403,
      "Accès non ouvert - Web Services Partenaire",
      "Accès non ouvert",
    ]);
    provider.answer = { claims: camille };
    expect((await page.click("Réessayer")).h1).toBe("Bonjour Camille Moulin");
  });

  it("names any other error of the provider, and how to try again", async () => {
    provider.answer = { error: "temporarily_unavailable" };
    const { page } = await signedIn();
    expect([page.status, page.h1, page.find("code")?.text]).toEqual([
      400,
      "La connexion n’a pas abouti",
      "temporarily_unavailable",
    ]);
    expect(page.find("#primary")?.text).toBe("Réessayer");
  });

  it("refuses an answer that names another issuer (RFC 9207)", async () => {
    const browser = new BrowserAgent({ stopBefore: [`${portal.url}/callback`] });
    const location = new URL((await browser.open(`${portal.url}/login`)).location ?? "");
    location.searchParams.set("iss", "https://evil.test");
    const page = await new BrowserAgent({ cookies: browser.cookies }).open(location);
    expect([page.status, page.find("code")?.text]).toEqual([502, "invalid_response"]);
    expect(log.at(-1)).toMatch(/^portal: invalid_response: .*iss/);
  });

  it("keeps who is signed in when a change of establishment is given up", async () => {
    const browser = await signedIn();
    provider.answer = { error: "access_denied" };
    await browser.click("Changer d’établissement");
    // The bare provider knows no prompt=select_establishment: what counts is that it was asked.
    const hop = browser.page.hops.find(({ url }) => url.startsWith(`${issuer}/auth`));
    expect(new URL(hop?.url ?? "").searchParams.get("prompt")).toBe("select_establishment");
    expect((await browser.open(portal.url)).h1).toBe("Bonjour Camille Moulin");
  });
});

describe("the portal without its provider", () => {
  it("starts first, says so with 503 and finds the provider once it is there", async () => {
    await provider.close();
    const early = await startPortal(settings());
    try {
      const page = await new BrowserAgent().open(`${early.url}/login`);
      expect([page.status, page.h1]).toEqual([503, "Connexion momentanément indisponible"]);
      expect(page.headers["retry-after"]).toBe("10");
      expect(log.at(-1)).toMatch(/^portal: provider_unreachable: .*fetch failed/);
      provider = await startProvider();
      const browser = new BrowserAgent({ stopBefore: [issuer] });
      expect((await browser.open(`${early.url}/login`)).status).toBe(303);
    } finally {
      await early.close();
    }
  });

  it("says so when the provider goes away before the code is redeemed", async () => {
    const browser = new BrowserAgent({ stopBefore: [`${portal.url}/callback`] });
    const { location = "" } = await browser.open(`${portal.url}/login`);
    await provider.close();
    const page = await new BrowserAgent({ cookies: browser.cookies }).open(location);
    expect([page.status, page.find("code")?.text]).toEqual([503, "provider_unreachable"]);
    provider = await startProvider();
  });
});
