import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  jest,
} from "@jest/globals";
import { BrowserAgent } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { fakeDate } from "../support/fake-date.ts";
import { newPerson } from "../support/person.ts";
import { type PlainClient, newTokens, plainClient, userinfo } from "../support/plain-client.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

const refused = (description?: string) => ({
  status: 400,
  body: { error: "invalid_grant", ...(description && { error_description: description }) },
});

describe.each(databases)("tokens, on $name", (kind) => {
  let provider: TestProvider;
  let portal: PlainClient;
  let other: PlainClient;
  let spa: PlainClient;

  beforeAll(async () => {
    provider = await startTestProvider(kind, {
      clients: {
        portal: {},
        other: {},
        spa: { token_endpoint_auth_method: "none" },
        third: { first_party: false },
      },
    });
    portal = plainClient(provider, "portal");
    other = plainClient(provider, "other");
    spa = plainClient(provider, "spa", true);
  });
  // However long a step takes: what is good for so many seconds is used at the instant it was made, unless a test says when.
  beforeEach(() => {
    fakeDate(Math.floor(Date.now() / 1000) * 1000);
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  afterAll(async () => {
    await provider.stop();
  });

  describe("a refresh token", () => {
    it("comes without offline_access for a first-party client, and is good again and again", async () => {
      const { refresh_token: token } = await newTokens(provider, portal);
      const answers = await Promise.all(Array.from({ length: 5 }, () => portal.refresh(token)));
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
      expect(answers.every(({ body }) => body["refresh_token"] === token)).toBe(true);
      expect(new Set(answers.map(({ body }) => body["access_token"])).size).toBe(5);
    });

    it("comes for other clients only with offline_access, when their person allowed it on the page", async () => {
      const person = await newPerson(provider);
      const third = provider.party("third");
      const usual = await third.login(person.browser, { scope: "openid" });
      await person.signIn();
      await person.browser.submit("Autoriser");
      const without = (await usual.signedIn()).tokens;
      expect([without.refresh_token, without.scope]).toEqual([undefined, "openid"]);
      const asked = { scope: "openid offline_access" };
      const consented = await third.login(person.browser, asked);
      expect(person.browser.page.text).toContain("L'accès à ces données en votre absence");
      await person.browser.submit("Autoriser");
      const { tokens } = await consented.signedIn();
      expect(tokens.scope).toBe("openid offline_access");
      expect(await third.refresh(tokens.refresh_token ?? "")).toMatchObject({
        scope: tokens.scope,
      });
    });

    it.each([1, 20, 22, 29])(
      "of a confidential client survives five refreshes at once on day %d",
      async (day) => {
        const start = Date.now();
        const { refresh_token: token } = await newTokens(provider, portal);
        fakeDate(start + day * 86_400_000);
        const answers = await Promise.all(Array.from({ length: 5 }, () => portal.refresh(token)));
        expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
        expect(new Set(answers.map(({ body }) => body["refresh_token"]))).toEqual(new Set([token]));
        expect(await portal.refresh(token)).toMatchObject({ status: 200 });
      },
    );

    it("rotates for a public client; the old one used again ends the whole grant", async () => {
      const { refresh_token: first } = await newTokens(provider, spa);
      const { body: second } = await spa.refresh(first);
      expect(second["refresh_token"]).not.toBe(first);
      const { body: third } = await spa.refresh(second["refresh_token"]);
      expect(await userinfo(provider, third["access_token"])).toMatchObject({ status: 200 });
      expect(await spa.refresh(first)).toMatchObject(refused());
      expect(await spa.refresh(third["refresh_token"])).toMatchObject(refused());
      expect(await userinfo(provider, third["access_token"])).toMatchObject({ status: 401 });
    });

    it("ends with its grant, thirty days after it was given, its successors too", async () => {
      const start = Date.now();
      const endOf = async (token: unknown) =>
        (await spa.post("/token/introspection", { token: String(token) })).body["exp"];
      const { refresh_token: first } = await newTokens(provider, spa);
      expect(await endOf(first)).toBe(start / 1000 + 30 * 86_400);
      fakeDate(start + 10 * 86_400_000);
      const { body } = await spa.refresh(first);
      expect(await endOf(body["refresh_token"])).toBe(start / 1000 + 30 * 86_400);
    });

    describe("of a public client, whose answer was lost", () => {
      const replacement = async (token: unknown) =>
        (await spa.refresh(token)).body["refresh_token"];

      it("is taken again within 30 s: another successor, and the first one void", async () => {
        const start = Date.now();
        const { refresh_token: token } = await newTokens(provider, spa);
        const lost = await replacement(token);
        fakeDate(start + 30_000);
        const next = await spa.refresh(token);
        expect(next).toMatchObject({ status: 200, body: { scope: "openid" } });
        expect(new Set([token, lost, next.body["refresh_token"]]).size).toBe(3);
        expect(await spa.isActive(lost)).toBe(false);
        expect(await spa.isActive(next.body["refresh_token"])).toBe(true);
        expect(await spa.refresh(lost)).toMatchObject(refused());
        expect(await spa.refresh(next.body["refresh_token"])).toMatchObject({ status: 200 });
      });

      it("is not taken again after 30 s: the whole grant ends", async () => {
        const start = Date.now();
        const { refresh_token: token } = await newTokens(provider, spa);
        const lost = await replacement(token);
        fakeDate(start + 31_000);
        expect(await spa.refresh(token)).toMatchObject(refused());
        expect(await spa.refresh(lost)).toMatchObject(refused());
      });

      it("whose void successor turns up later was stolen: the whole grant ends", async () => {
        const start = Date.now();
        const { refresh_token: token } = await newTokens(provider, spa);
        const owners = await replacement(token);
        const thiefs = await replacement(token);
        fakeDate(start + 60_000);
        expect(await spa.refresh(owners)).toMatchObject(refused());
        expect(await spa.refresh(thiefs)).toMatchObject(refused());
      });

      it("is used by nobody else, nor once its successor was", async () => {
        const { refresh_token: token } = await newTokens(provider, spa);
        const { body } = await spa.refresh(token);
        expect(await spa.isActive(token)).toBe(false);
        expect(await other.refresh(token)).toMatchObject(refused());
        expect(await spa.refresh(body["refresh_token"])).toMatchObject({ status: 200 });
        expect(await spa.refresh(token)).toMatchObject(refused());
        expect(await userinfo(provider, body["access_token"])).toMatchObject({ status: 401 });
      });
    });

    it("of a public client, sent twenty times at once, has one good successor at most", async () => {
      const { refresh_token: token } = await newTokens(provider, spa);
      const answers = await Promise.all(Array.from({ length: 20 }, () => spa.refresh(token)));
      const successors = answers.flatMap(({ body }) => body["refresh_token"] ?? []);
      expect(successors.length).toBeGreaterThanOrEqual(1);
      const active = await Promise.all(successors.map((each) => spa.isActive(each)));
      expect(active.filter(Boolean).length).toBeLessThanOrEqual(1);
    });

    it("is refused to another client, and still good for its own", async () => {
      const { refresh_token: token } = await newTokens(provider, portal);
      expect(await other.refresh(token)).toMatchObject(refused());
      expect(await spa.refresh(token)).toMatchObject(refused());
      expect(await portal.refresh(token)).toMatchObject({ status: 200 });
    });

    it("is never found as an access token, nor the other way round", async () => {
      const tokens = await newTokens(provider, portal);
      expect(await userinfo(provider, tokens["refresh_token"])).toMatchObject({ status: 401 });
      expect(await portal.refresh(tokens["access_token"])).toMatchObject(refused());
    });
  });

  it("introspects for the client that a token was given to, and for no other", async () => {
    const tokens = await newTokens(provider, portal);
    for (const token of [tokens["access_token"], tokens["refresh_token"]]) {
      expect(await portal.isActive(token)).toBe(true);
      expect(await other.isActive(token)).toBe(false);
    }
    expect(await portal.isActive("unknown")).toBe(false);
    const anybody = await fetch(`${provider.issuer}/token/introspection`, { method: "POST" });
    expect(anybody.status).toBe(400);
  });

  it("revokes for the client that a token was given to, and for no other", async () => {
    const tokens = await newTokens(provider, portal);
    const token = String(tokens["refresh_token"]);
    await other.post("/token/revocation", { token });
    expect(await portal.isActive(token)).toBe(true);
    expect(await portal.post("/token/revocation", { token })).toEqual({ status: 200, body: {} });
    expect(await portal.refresh(token)).toMatchObject(refused());
    expect(await userinfo(provider, tokens["access_token"])).toMatchObject({ status: 401 });
  });

  it("answers a revocation by an empty object, which stock clients read without a fault", async () => {
    const basic = Buffer.from(`portal:${provider.clientSecret}`).toString("base64");
    const answer = await fetch(`${provider.issuer}/token/revocation`, {
      method: "POST",
      headers: { authorization: `Basic ${basic}` },
      body: new URLSearchParams({ token: "unknown" }),
    });
    expect([answer.status, await answer.text()]).toEqual([200, "{}"]);
    expect(answer.headers.get("content-type")).toMatch(/^application\/json/);
  });

  it("gives a refreshed ID token without the nonce, for which nobody waits", async () => {
    const person = await newPerson(provider);
    const browser = new BrowserAgent({ stopBefore: [new URL(portal.redirectUri).origin] });
    const code = await portal.code(browser, { nonce: "n-0S6" }, () => person.signIn(browser));
    const { body: first } = await portal.redeem(code);
    expect(claimsOf(first["id_token"])).toMatchObject({ nonce: "n-0S6", sub: person.sub });
    const { body: refreshed } = await portal.refresh(first["refresh_token"]);
    expect(claimsOf(refreshed["id_token"])).toMatchObject({ sub: person.sub });
    expect(claimsOf(refreshed["id_token"])).not.toHaveProperty("nonce");
  });

  it("lets an access token live for ten minutes, and userinfo ten seconds more for clocks that differ", async () => {
    const start = Math.floor(Date.now() / 1000) * 1000;
    fakeDate(start);
    const { access_token: token } = await newTokens(provider, portal);
    fakeDate(start + 599_000);
    expect(await portal.isActive(token)).toBe(true);
    fakeDate(start + 600_000);
    expect(await portal.isActive(token)).toBe(false);
    fakeDate(start + 609_000);
    expect(await userinfo(provider, token)).toMatchObject({ status: 200 });
    fakeDate(start + 610_000);
    expect(await userinfo(provider, token)).toMatchObject({ status: 401 });
  });
});

function claimsOf(jwt: unknown): Record<string, unknown> {
  const [, claims = ""] = String(jwt).split(".");
  return JSON.parse(Buffer.from(claims, "base64url").toString()) as Record<string, unknown>;
}
