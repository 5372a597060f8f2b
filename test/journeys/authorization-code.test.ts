import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { databases } from "../support/databases.ts";
import { fakeDate } from "../support/fake-date.ts";
import {
  type PlainClient,
  newCode,
  plainClient,
  userinfo,
  verifier,
} from "../support/plain-client.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

const refused = (description?: string) => ({
  status: 400,
  body: { error: "invalid_grant", ...(description && { error_description: description }) },
});

describe.each(databases)("an authorization code (RFC 6749 §4.1), on $name", (kind) => {
  let provider: TestProvider;
  let portal: PlainClient;
  let other: PlainClient;

  beforeAll(async () => {
    provider = await startTestProvider(kind, {
      clients: { portal: {}, other: {} },
    });
    portal = plainClient(provider, "portal");
    other = plainClient(provider, "other");
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  afterAll(async () => {
    await provider.stop();
  });

  it("is good once: the second time everything that it gave dies", async () => {
    const code = await newCode(provider, portal);
    const { status, body } = await portal.redeem(code);
    expect([status, await portal.isActive(body["access_token"])]).toEqual([200, true]);
    expect(await portal.redeem(code)).toMatchObject(refused());
    expect(await userinfo(provider, body["access_token"])).toMatchObject({ status: 401 });
    expect(await portal.refresh(body["refresh_token"])).toMatchObject(refused());
    expect(await portal.isActive(body["access_token"])).toBe(false);
  });

  it("gives tokens to one of twenty requests at once, and those die too", async () => {
    const code = await newCode(provider, portal);
    const answers = await Promise.all(Array.from({ length: 20 }, () => portal.redeem(code)));
    const good = answers.filter(({ status }) => status === 200);
    expect(good).toHaveLength(1);
    expect(answers.filter(({ body }) => body["error"] === "invalid_grant")).toHaveLength(19);
    for (const { body } of good) {
      expect(await portal.refresh(body["refresh_token"])).toMatchObject(refused());
      expect(await userinfo(provider, body["access_token"])).toMatchObject({ status: 401 });
    }
  });

  it("lives for a minute", async () => {
    const start = Math.floor(Date.now() / 1000) * 1000;
    fakeDate(start);
    const early = await newCode(provider, portal);
    const late = await newCode(provider, portal);
    fakeDate(start + 59_000);
    expect(await portal.redeem(early)).toMatchObject({ status: 200 });
    fakeDate(start + 60_000);
    expect(await portal.redeem(late)).toMatchObject(refused());
  });

  it("is refused to another client, and still good for its own", async () => {
    const code = await newCode(provider, portal);
    expect(await other.redeem(code)).toMatchObject(refused());
    expect(await portal.redeem(code)).toMatchObject({ status: 200 });
  });

  it("is refused with another redirect_uri than it was asked with", async () => {
    const code = await newCode(provider, portal);
    const redirect_uri = provider.party("other").redirectUri;
    expect(await portal.redeem(code, { redirect_uri })).toMatchObject(refused());
  });

  // As oauth4webapi sends them (findings/oauth4webapi-encoded-hyphens.sh), and further.
  it("is good for who percent-encodes every character of its name and secret", async () => {
    const encoded = (text: string) =>
      `%${Buffer.from(text).toString("hex").match(/../g)?.join("%")}`;
    const credentials = `${encoded("portal")}:${encoded(provider.clientSecret)}`;
    const post = async (path: string, fields: Record<string, string>) => {
      const headers = { authorization: `Basic ${Buffer.from(credentials).toString("base64")}` };
      const body = new URLSearchParams(fields);
      return fetch(provider.issuer + path, { method: "POST", headers, body });
    };
    const given = await post("/token", {
      grant_type: "authorization_code",
      code: await newCode(provider, portal),
      redirect_uri: portal.redirectUri,
      code_verifier: verifier,
    });
    const { access_token: token } = (await given.json()) as { access_token: string };
    const introspected = await post("/token/introspection", { token });
    expect([given.status, await introspected.json()]).toMatchObject([200, { active: true }]);
    expect((await post("/token/revocation", { token })).status).toBe(200);
    expect(await portal.isActive(token)).toBe(false);
  });

  it("is refused to a client that does not prove who it is", async () => {
    const code = await newCode(provider, portal);
    const body = new URLSearchParams({ client_id: "portal", client_secret: "wrong", code });
    body.set("grant_type", "authorization_code");
    const answer = await fetch(`${provider.issuer}/token`, { method: "POST", body });
    expect([answer.status, await answer.json()]).toEqual([
      401,
      expect.objectContaining({ error: "invalid_client" }),
    ]);
    expect(await portal.redeem(code)).toMatchObject({ status: 200 });
  });
});
