import { request } from "node:http";
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { BrowserAgent } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { fakeDate } from "../support/fake-date.ts";
import { newPerson } from "../support/person.ts";
import { plainClient } from "../support/plain-client.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

describe.each(databases)("a request too large for an address, on $name", (kind) => {
  let provider: TestProvider;

  beforeAll(async () => {
    provider = await startTestProvider(kind, { clients: { portal: {} } });
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  afterAll(() => provider.stop());

  const padding = "x".repeat(60_000);
  const portal = () => plainClient(provider, "portal");
  const browserOf = () => new BrowserAgent({ stopBefore: [new URL(portal().redirectUri).origin] });
  const fields = () => Object.fromEntries(portal().authorizationUrl().searchParams);

  it("signs out by POST, under a reference that may be loaded again for a minute", async () => {
    const person = await newPerson(provider);
    const browser = browserOf();
    const code = await portal().code(browser, {}, () => person.signIn(browser));
    const { body: tokens } = await portal().redeem(code);
    const back = `${new URL(portal().redirectUri).origin}/`;
    const end = `${provider.issuer}/session/end`;
    const page = await browser.post(
      end,
      {
        id_token_hint: String(tokens["id_token"]),
        post_logout_redirect_uri: back,
        state: "of-the-client",
        padding,
      },
      portal().redirectUri,
    );
    expect(page.h1).toMatch(/^Se déconnecter/);
    expect(page.url).toMatch(/\/session\/end\?posted_request=[\w-]{43}$/);
    expect((await browser.open(page.url)).h1).toMatch(/^Se déconnecter/);
    await browser.submit("Se déconnecter");
    expect(browser.page.location).toBe(`${back}?state=of-the-client`);
  });

  it("asks anew whether to sign out, once its reference has expired or was never given", async () => {
    const person = await newPerson(provider);
    const browser = browserOf();
    await portal().code(browser, {}, () => person.signIn(browser));
    const back = `${new URL(portal().redirectUri).origin}/`;
    const sent = { client_id: "portal", post_logout_redirect_uri: back };
    const { url } = await browser.post(`${provider.issuer}/session/end`, sent, back);
    const question = await browser.open(`${provider.issuer}/session/end`);
    fakeDate(Date.now() + 62_000);
    for (const address of [url, `${provider.issuer}/session/end?posted_request=unknown`]) {
      await browser.open(address);
      const { status, h1, text } = browser.page;
      expect([status, h1, text]).toEqual([200, question.h1, question.text]);
    }
    await browser.submit("Se déconnecter");
    expect(browser.page).toMatchObject({ status: 200, h1: "Vous êtes déconnecté" });
  });

  it("authorizes by POST, and leaves its cookies Lax", async () => {
    const person = await newPerson(provider);
    const browser = browserOf();
    const page = await browser.post(
      `${provider.issuer}/auth`,
      { ...fields(), padding },
      portal().redirectUri,
    );
    expect(page.h1).toBe("Connexion");
    const cookies = page.hops.flatMap(({ headers }) => headers["set-cookie"] ?? []);
    expect(cookies.length).toBeGreaterThan(0);
    expect(cookies.filter((cookie) => !/samesite=lax/i.test(cookie))).toEqual([]);
    await person.signIn(browser);
    expect(portal().answer(browser.page).get("code")).toBeTruthy();
  });

  it("is counted of its address by what it weighs, 12 MB an hour", async () => {
    const body = new URLSearchParams({ padding });
    const answer = () =>
      fetch(`${provider.issuer}/session/end`, { method: "POST", body, redirect: "manual" });
    expect((await answer()).status).toBe(303);
    const limits = provider.application.database.knex("rate_limits");
    await limits.clone().increment("hits", 12 * 1024 - 60);
    // Some are let through, of what the first one had counted.
    const statuses = [];
    for (let time = 0; time < 6; time += 1) statuses.push((await answer()).status);
    expect(statuses.at(-1)).toBe(429);
    await limits.clone().delete();
  });

  it("is refused beyond 64 kB, with a page", async () => {
    const large = { padding: "x".repeat(65_537) };
    const page = await browserOf().post(`${provider.issuer}/session/end`, large, "http://rp.test/");
    expect([page.status, page.h1]).toEqual([413, "Envoi trop volumineux"]);
  });

  it("is not found under another's reference, at another endpoint, nor after a minute", async () => {
    const start = Date.now();
    const answer = await fetch(`${provider.issuer}/auth`, {
      method: "POST",
      body: new URLSearchParams(fields()),
      redirect: "manual",
    });
    const reference = new URL(answer.headers.get("location") ?? "", provider.issuer).search;
    const opened = async (path: string) => {
      const page = await browserOf().open(`${provider.issuer}${path}`);
      return [page.status, page.h1];
    };
    const expired = [410, "Votre demande de connexion a expiré"];
    expect(await opened(`/auth${reference}`)).toEqual([200, "Connexion"]);
    expect(await opened(`/session/end${reference}`)).toEqual([200, "Vous êtes déconnecté"]);
    expect(await opened("/auth?posted_request=unknown")).toEqual(expired);
    fakeDate(start + 62_000);
    expect(await opened(`/auth${reference}`)).toEqual(expired);
  });

  it.each([33_000, 70_000])(
    "in its headers (%d bytes) is told by a page or JSON, never by a bare 431",
    async (size) => {
      const page = await largeHeaders(provider, size, "text/html");
      expect([page.status, page.type]).toEqual([431, "text/html; charset=utf-8"]);
      expect(page.body).toContain("Effacez les cookies de ce site");
      // Beyond 64 kB node has read no header whole: what its sender would like is not known.
      if (size > 65_536) return;
      const json = await largeHeaders(provider, size, "application/json");
      expect(json.status).toBe(431);
      expect(JSON.parse(json.body)).toMatchObject({ error: "headers-too-large" });
    },
  );

  it("in its headers is read up to 32 kB", async () => {
    expect((await largeHeaders(provider, 31_000, "text/html")).status).toBe(200);
  });
});

function largeHeaders({ issuer }: TestProvider, size: number, accept: string) {
  return new Promise<{ status: number | undefined; type: string | undefined; body: string }>(
    (resolve, reject) => {
      const headers = { accept, cookie: `other=${"x".repeat(size)}` };
      request(`${issuer}/privacy`, { headers, agent: false }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => {
          const { statusCode: status, headers: answered } = response;
          const body = Buffer.concat(chunks).toString();
          resolve({ status, type: answered["content-type"], body });
        });
      })
        .on("error", reject)
        .end();
    },
  );
}
