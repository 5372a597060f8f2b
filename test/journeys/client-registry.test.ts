import { generateKeyPairSync, sign } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import * as openid from "openid-client";
import { createApplication } from "../../src/application.ts";
import { createJobs } from "../../src/operations/index.ts";
import { BrowserAgent } from "../support/browser-agent.ts";
import { type Canary, startCanary } from "../support/canary.ts";
import { databases } from "../support/databases.ts";
import { fakeDate } from "../support/fake-date.ts";
import { newPerson } from "../support/person.ts";
import { newTokens, plainClient, userinfo } from "../support/plain-client.ts";
import { type RelyingParty, startRelyingParty } from "../support/relying-party.ts";
import { type TestProvider, goodPassword, startTestProvider } from "../support/test-provider.ts";
import { waitFor } from "../support/wait-for.ts";

const day = 86_400_000;

describe.each(databases)("clients of both kinds, on $name", (kind) => {
  let provider: TestProvider;
  let canary: Canary;
  const parties: RelyingParty[] = [];

  beforeAll(async () => {
    canary = await startCanary();
    provider = await startTestProvider(kind, {
      clients: { portal: {}, paused: {} },
      environment: { PRIVATE_HOSTS: "localhost" },
    });
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  afterAll(async () => {
    for (const party of parties) await party.close();
    await provider.stop();
    await canary.close();
  });

  const register = async (clientId: string, metadata: object = {}) => {
    const text = JSON.stringify({
      client_id: clientId,
      redirect_uris: [`https://${clientId}.example/callback`],
      first_party: true,
      ...metadata,
    });
    const made = await provider.application.clientRegistry.register("new", text, "operator");
    if (made.problems) throw new Error(JSON.stringify(made.problems));
    return made.registered[0]?.secret ?? "";
  };
  /** What an endpoint that only asks who the client is answers to this secret. */
  const introspection = async (clientId: string, secret: string) => {
    const authorization = `Basic ${Buffer.from(`${clientId}:${secret}`).toString("base64")}`;
    const response = await fetch(`${provider.issuer}/token/introspection`, {
      method: "POST",
      headers: { authorization },
      body: new URLSearchParams({ token: "unknown" }),
    });
    return { status: response.status, body: await response.json() };
  };
  const unknownClient = { status: 401, body: expect.objectContaining({ error: "invalid_client" }) };
  const known = { status: 200, body: { active: false } };

  describe("a registered client", () => {
    it("signs people in as soon as it is registered, with the secret that was shown", async () => {
      const party = await startRelyingParty({
        issuer: provider.issuer,
        clientId: "late",
        authentication: (...about) => openid.ClientSecretBasic(secret)(...about),
      });
      parties.push(party);
      const secret = await register("late", { redirect_uris: [party.redirectUri] });
      const person = await newPerson(provider);
      const login = await party.login(person.browser);
      await person.signIn();
      expect((await login.signedIn()).claims.sub).toBe(person.sub);
    });

    it.each([
      ["while its page is open", "shown"],
      ["behind an answer that is held back", "held"],
    ])("leads nobody back to an address that was taken away %s", async (_, when) => {
      const clientId = `moved-${when}`;
      const gone = `https://${clientId}.example`;
      const metadata = { token_endpoint_auth_method: "none" };
      await register(clientId, metadata);
      const { email } = await newPerson(provider);
      const stopBefore = [gone, ...(when === "held" ? [`${provider.issuer}/auth/`] : [])];
      const browser = new BrowserAgent({ stopBefore });
      const address = plainClient(provider, "portal").authorizationUrl();
      address.searchParams.set("client_id", clientId);
      address.searchParams.set("redirect_uri", `${gone}/callback`);
      await browser.open(address);
      const signIn = () => browser.fill({ email, password: goodPassword }).submit("Se connecter");
      if (when === "held") await signIn();
      await provider.application.clientRegistry.remove(clientId, "operator");
      await register(clientId, { ...metadata, redirect_uris: ["https://new.example/callback"] });
      const answer = when === "held" ? browser.page.location : undefined;
      const page = await (answer === undefined ? signIn() : browser.tab().open(answer));
      const status = when === "held" ? 400 : 410;
      expect([page.status, page.location]).toEqual([status, undefined]);
      expect(page.html).not.toContain("code=");
    });

    it("asks for consent unless it is registered as first-party", async () => {
      const party = await startRelyingParty({ issuer: provider.issuer, clientId: "foreign" });
      parties.push(party);
      await register("foreign", {
        redirect_uris: [party.redirectUri],
        first_party: undefined,
        token_endpoint_auth_method: "none",
      });
      const person = await newPerson(provider);
      const login = await party.login(person.browser);
      await person.signIn();
      await person.browser.submit("Autoriser");
      expect((await login.signedIn()).claims.sub).toBe(person.sub);
    });
  });

  describe("client secrets", () => {
    it("never stand in what the library holds, and its digest is no secret", async () => {
      const secret = await register("guarded");
      const rows = await provider.application.database.knex("client_secrets").select("digest");
      for (const { digest } of rows as { digest: string }[]) {
        expect(await introspection("guarded", digest)).toEqual(unknownClient);
      }
      expect(await introspection("guarded", secret)).toEqual(known);
    });

    it("are both good during a rotation, and the older ends to the second", async () => {
      const older = await register("rotating");
      const begin = Math.ceil(Date.now() / 1000) * 1000;
      fakeDate(begin);
      const rotated = await provider.application.clientRegistry.rotateSecret(
        "rotating",
        "operator",
      );
      if (!rotated.accepted) throw new Error(rotated.problems[0].reason);
      const { secret } = rotated.value;
      fakeDate(begin + day - 1);
      expect(await introspection("rotating", older)).toEqual(known);
      expect(await introspection("rotating", secret)).toEqual(known);
      fakeDate(begin + day);
      expect(await introspection("rotating", older)).toEqual(unknownClient);
      expect(await introspection("rotating", secret)).toEqual(known);
    });

    it("of a declared client come from the environment, and are compared alike", async () => {
      expect(await introspection("portal", provider.clientSecret)).toEqual(known);
      expect(await introspection("portal", `${provider.clientSecret}x`)).toEqual(unknownClient);
    });
  });

  it("a disabled client is refused everything at once, and what it held stays void when it is enabled", async () => {
    const paused = plainClient(provider, "paused");
    const { clientRegistry } = provider.application;
    const held = await newTokens(provider, paused);
    const unused = await paused.code(await signedInBrowser());
    expect(await userinfo(provider, held["access_token"])).toMatchObject({ status: 200 });

    await clientRegistry.disable("paused", "operator");
    const page = await paused.authorize(new BrowserAgent());
    expect([page.status, page.location]).toEqual([400, undefined]);
    const refusal = { status: 401, body: { error: "invalid_client" } };
    expect(await paused.redeem(unused)).toMatchObject(refusal);
    expect(await paused.refresh(held["refresh_token"])).toMatchObject(refusal);
    expect(await userinfo(provider, held["access_token"])).toMatchObject({
      status: 401,
      body: { error: "invalid_token" },
    });
    const token = String(held["access_token"]);
    expect(await paused.post("/token/introspection", { token })).toMatchObject(refusal);
    expect(await paused.post("/token/revocation", { token })).toMatchObject(refusal);

    fakeDate(Date.now() + 2000);
    await clientRegistry.enable("paused", "operator");
    expect(await userinfo(provider, held["access_token"])).toMatchObject({ status: 401 });
    expect(await paused.redeem(unused)).toMatchObject({ body: { error: "invalid_grant" } });
    expect(await paused.refresh(held["refresh_token"])).toMatchObject({
      body: { error: "invalid_grant" },
    });
    expect((await paused.post("/token/introspection", { token })).body).toEqual({ active: false });
    const anew = await newTokens(provider, paused);
    expect(await userinfo(provider, anew["access_token"])).toMatchObject({ status: 200 });
  });

  it("a client_id removed and registered anew inherits nothing", async () => {
    const party = await startRelyingParty({ issuer: provider.issuer, clientId: "phoenix" });
    parties.push(party);
    const metadata = { redirect_uris: [party.redirectUri], token_endpoint_auth_method: "none" };
    await register("phoenix", metadata);
    const person = await newPerson(provider);
    const login = await party.login(person.browser);
    await person.signIn();
    const { tokens } = await login.signedIn();
    await provider.application.clientRegistry.remove("phoenix", "operator");
    expect(await userinfo(provider, tokens.access_token)).toMatchObject({ status: 401 });
    fakeDate(Date.now() + 2000);
    await register("phoenix", metadata);
    expect(await userinfo(provider, tokens.access_token)).toMatchObject({ status: 401 });
  });

  describe("private_key_jwt (RFC 7523, OIDC Core §9)", () => {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const jwk = { ...publicKey.export({ format: "jwk" }), kid: "k1", use: "sig", alg: "ES256" };
    const keyed = { token_endpoint_auth_method: "private_key_jwt" };

    const assertion = (clientId: string, claims: object = {}) => {
      const now = Math.floor(Date.now() / 1000);
      const payload = {
        iss: clientId,
        sub: clientId,
        aud: provider.issuer,
        jti: `jti-${Math.random()}`,
        exp: now + 60,
        ...claims,
      };
      const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");
      const signed = `${encode({ alg: "ES256", kid: "k1" })}.${encode(payload)}`;
      const key = { key: privateKey, dsaEncoding: "ieee-p1363" as const };
      return `${signed}.${sign("sha256", Buffer.from(signed), key).toString("base64url")}`;
    };
    const present = async (clientAssertion: string) => {
      const response = await fetch(`${provider.issuer}/token/introspection`, {
        method: "POST",
        body: new URLSearchParams({
          token: "unknown",
          client_assertion: clientAssertion,
          client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        }),
      });
      return { status: response.status, body: await response.json() };
    };

    const signIn = async (clientId: string, keys: object) => {
      const pkcs8 = privateKey.export({ format: "der", type: "pkcs8" });
      const algorithm = { name: "ECDSA", namedCurve: "P-256" };
      const key = await crypto.subtle.importKey("pkcs8", pkcs8, algorithm, false, ["sign"]);
      const party = await startRelyingParty({
        issuer: provider.issuer,
        clientId,
        authentication: openid.PrivateKeyJwt({ key, kid: "k1" }),
      });
      parties.push(party);
      await register(clientId, { ...keyed, ...keys, redirect_uris: [party.redirectUri] });
      const person = await newPerson(provider);
      const login = await party.login(person.browser);
      await person.signIn();
      expect((await login.signedIn()).claims.sub).toBe(person.sub);
    };

    it("signs people in with keys given as jwks", async () => {
      await signIn("with-jwks", { jwks: { keys: [jwk] } });
    });

    it("signs people in with keys fetched from a jwks_uri whose host PRIVATE_HOSTS names", async () => {
      canary.answer = { json: { keys: [jwk] } };
      await signIn("with-jwks-uri", { jwks_uri: `http://localhost:${canary.port}/jwks` });
    });

    it("reads no more than 100 kB of what stands at a jwks_uri", async () => {
      const jwks_uri = `http://localhost:${canary.port}/long`;
      await register("long-keys", { ...keyed, jwks_uri });
      canary.answer = { json: { keys: [jwk], padding: "x".repeat(101 * 1024) } };
      expect(await present(assertion("long-keys"))).toMatchObject({ status: 401 });
      canary.answer = { json: { keys: [jwk], padding: "x".repeat(90 * 1024) } };
      expect(await present(assertion("long-keys"))).toEqual(known);
    });

    it("refuses an assertion shown twice, one after the other or at the same time", async () => {
      await register("replayed", { ...keyed, jwks: { keys: [jwk] } });
      const once = assertion("replayed");
      expect(await present(once)).toEqual(known);
      expect(await present(once)).toEqual(unknownClient);
      const raced = assertion("replayed");
      const answers = await Promise.all(Array.from({ length: 6 }, () => present(raced)));
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    });

    it.each([
      ["of another audience", { aud: "https://other.example" }],
      ["of another issuer", { iss: "portal" }],
      ["without jti", { jti: undefined }],
      ["without end", { exp: undefined }],
      ["that has ended", { exp: 1_700_000_000 }],
    ])("refuses an assertion %s", async (_case, claims) => {
      expect(await present(assertion("replayed", claims))).toEqual(unknownClient);
    });

    it("reaches no private address that PRIVATE_HOSTS does not name, nor by a redirect", async () => {
      const before = canary.connections();
      for (const host of ["127.0.0.1", "127.1", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]"]) {
        const clientId = `canary-${host.replace(/\W/g, "")}`;
        // The validation takes each in its plain spelling only, which is what URL makes of it.
        const uri = new URL(`http://${host}:${canary.port}/jwks`).href;
        await register(clientId, { ...keyed, jwks_uri: uri });
        expect(await present(assertion(clientId))).toMatchObject({ status: 401 });
      }
      expect(canary.connections()).toBe(before);

      const forbidden = await startCanary();
      canary.answer = { status: 302, headers: { location: `http://127.0.0.1:${forbidden.port}/` } };
      await register("redirected", { ...keyed, jwks_uri: `http://localhost:${canary.port}/` });
      expect(await present(assertion("redirected"))).toMatchObject({ status: 401 });
      expect(forbidden.connections()).toBe(0);
      await forbidden.close();
    });
  });

  it("no address of a client is ever called in private networks: logo, pages, sign-out, request_uri, sector", async () => {
    const before = canary.connections();
    const party = await startRelyingParty({ issuer: provider.issuer, clientId: "curious" });
    parties.push(party);
    const there = `http://127.0.0.1:${canary.port}`;
    const asked = { logo_uri: `${there}/logo.png`, subject_type: "pairwise" };
    const sector = { sector_identifier_uri: `https://127.0.0.1:${canary.port}/sector.json` };
    await expect(register("curious", { ...asked, ...sector })).rejects.toThrow(
      /sector_identifier_uri.*private-address.*logo_uri.*private-address/,
    );
    await register("curious", {
      redirect_uris: [party.redirectUri],
      post_logout_redirect_uris: [`${party.origin}/`],
      token_endpoint_auth_method: "none",
      first_party: undefined,
      client_uri: `${there}/`,
      policy_uri: `${there}/policy`,
      tos_uri: `${there}/terms`,
      backchannel_logout_uri: `${there}/logout`,
      backchannel_logout_session_required: true,
    });
    provider.log.length = 0;
    const person = await newPerson(provider);
    const login = await party.login(person.browser, { request_uri: `${there}/request` });
    expect((await login.refused()).error).toMatch(/request_uri/);
    const plain = await party.login(person.browser);
    await person.signIn();
    await person.browser.submit("Autoriser");
    const { tokens } = await plain.signedIn();
    await person.browser.open(await party.endSessionUrl(tokens.id_token ?? ""));
    await person.browser.submit("Se déconnecter");
    await waitFor("the notice of the sign-out to be refused", () =>
      provider.log.some((line) => line.includes("a call to a private address was refused")),
    );
    expect(canary.connections()).toBe(before);
  });

  it("what a client names is on the page of consent: its logo from here, its policy and its terms", async () => {
    const party = await startRelyingParty({ issuer: provider.issuer, clientId: "branded" });
    parties.push(party);
    const bytes = Buffer.from("\u0089PNG\r\n\u001a\nno more is read of it", "latin1");
    canary.answer = { bytes, headers: { "content-type": "application/octet-stream" } };
    await register("branded", {
      redirect_uris: [party.redirectUri],
      ...{ token_endpoint_auth_method: "none", first_party: undefined },
      logo_uri: `http://localhost:${canary.port}/logo.png`,
      policy_uri: "https://branded.example/policy",
      tos_uri: "https://branded.example/terms",
    });
    const person = await newPerson(provider);
    await party.login(person.browser);
    await person.signIn();
    const links = person.browser.page.findAll("a").map((link) => link.attribute("href"));
    expect(links).toEqual(
      expect.arrayContaining(["https://branded.example/policy", "https://branded.example/terms"]),
    );
    const shown = person.browser.page.find(".client-logo img")?.attribute("src") ?? "";
    const served = await fetch(new URL(shown, provider.issuer));
    expect(served.headers.get("content-type")).toBe("image/png");
    expect(served.headers.get("x-content-type-options")).toBe("nosniff");
    expect(Buffer.from(await served.arrayBuffer())).toEqual(bytes);
    expect((await fetch(`${provider.issuer}/logos/${"x".repeat(43)}`)).status).toBe(404);
  });

  it("a change reaches every node within seconds, without a restart", async () => {
    const { application } = provider;
    const other = await createApplication(application.settings, application);
    await other.start();
    const jobs = createJobs(other);
    for (const job of other.jobs()) jobs.register(job);
    jobs.start();
    try {
      const { registered } = await other.clientRegistry.register(
        "new",
        JSON.stringify({ client_id: "elsewhere", redirect_uris: ["https://elsewhere.example/"] }),
        "operator",
      );
      const secret = registered?.[0]?.secret ?? "";
      await waitFor("the new client at this node", async () => {
        const { status } = await introspection("elsewhere", secret);
        return status === 200;
      });
      await other.clientRegistry.disable("elsewhere", "operator");
      await waitFor("its end at this node", async () => {
        const { status } = await introspection("elsewhere", secret);
        return status === 401;
      });
      await application.clientRegistry.enable("elsewhere", "operator");
      await waitFor("its return at the other node", () => other.clients.find("elsewhere"));
    } finally {
      await jobs.stop();
      await other.close();
    }
  });

  async function signedInBrowser(): Promise<BrowserAgent> {
    const person = await newPerson(provider);
    const browser = new BrowserAgent({ stopBefore: [provider.party("paused").origin] });
    await plainClient(provider, "paused").authorize(browser);
    await person.signIn(browser);
    return browser;
  }
});
