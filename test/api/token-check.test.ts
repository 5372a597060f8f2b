import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { BrowserAgent } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { fakeDate } from "../support/fake-date.ts";
import { plainClient } from "../support/plain-client.ts";
import { dpopProof, newKey, signedJwt } from "../support/signed-jwt.ts";
import { type TestProvider, goodPassword } from "../support/test-provider.ts";
import {
  answerOf,
  apiClient,
  apiToken,
  callerWith,
  problemCode,
  startApiProvider,
} from "./api-client.ts";

describe.each(databases)("who may call the management API, on $name", (kind) => {
  let provider: TestProvider;

  beforeAll(async () => {
    provider = await startApiProvider(kind);
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  afterAll(async () => {
    await provider.stop();
  });

  const ask = async (headers: Record<string, string>) =>
    answerOf(await fetch(`${provider.issuer}/api/v1/accesses`, { headers }));
  const claims = () => {
    const now = Math.floor(Date.now() / 1000);
    const aud = `${provider.issuer}/api/v1`;
    return { iss: provider.issuer, aud, sub: "crm", client_id: "crm", iat: now, exp: now + 60 };
  };

  it("answers 401 with a bare challenge when there is no token (RFC 6750 §3)", async () => {
    for (const path of ["/accesses", "/accounts", "/accesses/1", "/elsewhere", ""]) {
      const answer = await answerOf(await fetch(`${provider.issuer}/api/v1${path}`));
      expect([path, answer.status, problemCode(answer)]).toEqual([path, 401, "token-required"]);
      expect(answer.headers.get("www-authenticate")).toBe("Bearer");
    }
  });

  it("gives a machine a JWT access token for its resource, which is accepted", async () => {
    const crm = await apiClient(provider);
    const [header, payload] = crm.token
      .split(".")
      .map((part) => Buffer.from(part, "base64url").toString());
    expect(JSON.parse(header ?? "")).toMatchObject({ typ: "at+jwt", alg: "ES256" });
    const aud = `${provider.issuer}/api/v1`;
    expect(JSON.parse(payload ?? "")).toMatchObject({ aud, client_id: "crm", sub: "crm" });
    expect(await crm.get("/accesses")).toMatchObject({ status: 200, body: { items: [] } });
  });

  it("refuses with 403 insufficient_scope what the token's scopes do not cover", async () => {
    const reader = await apiClient(provider, "reader");
    expect((await reader.get("/accesses")).status).toBe(200);
    for (const answer of [
      await reader.get("/accounts"),
      await reader.get("/accounts/somebody"),
      await reader.post("/accesses", {}),
      await reader.post("/accesses/1/close", {}),
    ]) {
      expect([answer.status, problemCode(answer)]).toEqual([403, "scope-missing"]);
      expect(answer.headers.get("www-authenticate")).toMatch(
        /^Bearer error="insufficient_scope", scope="[a-z]+:[a-z]+"$/,
      );
    }
  });

  it("is not for a client whose metadata name no scope of it, though it may ask for any other", async () => {
    expect(await apiToken(provider, "anything")).toMatchObject({ error: "invalid_target" });
    expect(await apiToken(provider, "reader", { scope: "access:write" })).toMatchObject({
      error: "invalid_scope",
    });
  });

  it("refuses what is no token of ours: another key, type, audience, issuer, or none at all", async () => {
    const key = newKey("ES256");
    const typ = "at+jwt";
    const crm = await apiClient(provider);
    const [head = "", body = "", signature = ""] = crm.token.split(".");
    const none = Buffer.from('{"alg":"none","typ":"at+jwt"}').toString("base64url");
    const { access_token: opaque } = await apiToken(provider, "crm", { resource: "", scope: "" });
    for (const token of [
      "rubbish",
      signedJwt(key, { typ }, claims()),
      `${none}.${body}.`,
      `${head}.${Buffer.from(JSON.stringify(claims())).toString("base64url")}.${signature}`,
      String(opaque),
    ]) {
      const answer = await ask({ authorization: `Bearer ${token}` });
      expect([answer.status, problemCode(answer)]).toEqual([401, "token-refused"]);
      expect(answer.headers.get("www-authenticate")).toContain('error="invalid_token"');
      expect(JSON.stringify(answer.body)).not.toContain(token);
    }
    const basic = await ask({ authorization: "Basic Y3JtOnNlY3JldA==" });
    expect(problemCode(basic)).toBe("token-refused");
  });

  it("refuses an ID token, which the same key signed for somebody else", async () => {
    const email = "jeton@partenaire.test";
    await provider.addAccount(email);
    const client = plainClient(provider, "portal");
    const browser = new BrowserAgent({ stopBefore: [provider.party("portal").origin] });
    const signIn = () => browser.fill({ email, password: goodPassword }).submit();
    const { body } = await client.redeem(await client.code(browser, {}, signIn));
    const answer = await ask({ authorization: `Bearer ${String(body["id_token"])}` });
    expect(problemCode(answer)).toBe("token-refused");
  });

  it("refuses a person's token, whatever its scopes: acts are a program's own", async () => {
    const email = "personne@partenaire.test";
    await provider.addAccount(email);
    const client = plainClient(provider, "portal");
    const browser = new BrowserAgent({ stopBefore: [provider.party("portal").origin] });
    const signIn = () => browser.fill({ email, password: goodPassword }).submit();
    const asked = { resource: `${provider.issuer}/api/v1`, scope: "openid access:read" };
    const { body } = await client.redeem(await client.code(browser, asked, signIn));
    const answer = await callerWith(provider, String(body["access_token"])).get("/accesses");
    expect([answer.status, problemCode(answer)]).toEqual([401, "token-refused"]);
    expect(answer.body["detail"]).toContain("a person's");
  });

  it("refuses a DPoP-bound token rather than take it as a bearer (RFC 9449 §7.1)", async () => {
    const dpop = dpopProof(newKey("ES256"), `${provider.issuer}/token`);
    const { access_token: token, token_type: type } = await apiToken(provider, "crm", {}, { dpop });
    expect(type).toBe("DPoP");
    const answer = await ask({ authorization: `Bearer ${String(token)}` });
    expect([answer.status, answer.body["detail"]]).toEqual([
      401,
      "It is bound to a DPoP key: this API takes tokens without.",
    ]);
    expect(problemCode(await ask({ authorization: `DPoP ${String(token)}` }))).toBe(
      "token-refused",
    );
  });

  it("takes a token until its last second and refuses it at the next", async () => {
    const crm = await apiClient(provider);
    const { exp } = JSON.parse(
      Buffer.from(crm.token.split(".")[1] ?? "", "base64url").toString(),
    ) as { exp: number };
    fakeDate((exp - 1) * 1000);
    expect((await crm.get("/accesses")).status).toBe(200);
    fakeDate(exp * 1000);
    const late = await crm.get("/accesses");
    expect([late.status, late.body["detail"]]).toEqual([401, "It has expired: ask for another."]);
  });

  it("refuses a disabled client at once, and its older tokens when it is enabled again", async () => {
    const { clientRegistry } = provider.application;
    const reader = await apiClient(provider, "reader");
    expect((await clientRegistry.disable("reader", "operator")).accepted).toBe(true);
    const refused = await reader.get("/accesses");
    expect([refused.status, refused.body["detail"]]).toEqual([
      401,
      "Its client is not served any more.",
    ]);
    fakeDate(Date.now() + 2000);
    expect((await clientRegistry.enable("reader", "operator")).accepted).toBe(true);
    expect((await reader.get("/accesses")).status).toBe(401);
    expect((await (await apiClient(provider, "reader")).get("/accesses")).status).toBe(200);
  });

  it("never takes a token from the address", async () => {
    const { token } = await apiClient(provider);
    const url = `${provider.issuer}/api/v1/accesses?access_token=${token}`;
    expect((await fetch(url)).status).toBe(401);
  });
});
