import { generateKeyPairSync } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { BrowserAgent } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { fakeDate } from "../support/fake-date.ts";
import { newPerson } from "../support/person.ts";
import { startRelyingParty } from "../support/relying-party.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

const callback = "https://tiers.example/callback";

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

describe.each(databases)("dynamic client registration (RFC 7591, RFC 7592), on $name", (kind) => {
  let provider: TestProvider;

  beforeAll(async () => {
    provider = await startTestProvider(kind);
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  afterAll(async () => {
    await provider.stop();
  });

  const now = () => Math.floor(Date.now() / 1000);
  const invite = (uses = 1, lifeSeconds = 3600) =>
    provider.application.clientRegistration.invite("operator", now() + lifeSeconds, uses);

  async function call(
    method: string,
    path: string,
    token: string | undefined,
    document?: unknown,
    headers: Record<string, string> = { "content-type": "application/json" },
  ): Promise<Answer> {
    const response = await fetch(new URL(path, provider.issuer), {
      method,
      headers: {
        ...(document !== undefined && headers),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      ...(document !== undefined && {
        body: typeof document === "string" ? document : JSON.stringify(document),
      }),
    });
    const text = await response.text();
    const body = text.startsWith("{") ? (JSON.parse(text) as Answer["body"]) : {};
    return { status: response.status, headers: response.headers, body };
  }

  const register = (token: string | undefined, document: unknown) =>
    call("POST", "/reg", token, document);

  /** A client that has just registered itself. */
  async function registered(metadata: object = {}) {
    const { token } = await invite();
    const { status, body } = await register(token, { redirect_uris: [callback], ...metadata });
    expect({ status, body }).toMatchObject({ status: 201 });
    const id = String(body["client_id"]);
    const own = String(body["registration_access_token"]);
    return { id, own, secret: body["client_secret"], body, path: `/reg/${id}` };
  }

  const discovery = async (document = "openid-configuration") =>
    (await (await fetch(`${provider.issuer}/.well-known/${document}`)).json()) as Record<
      string,
      unknown
    >;

  it("is not there until somebody was invited, and then discovery names it while an invitation is good", async () => {
    expect((await register("x", {})).status).toBe(404);
    expect((await call("GET", "/reg/x", "x")).status).toBe(404);
    expect(await discovery()).not.toHaveProperty("registration_endpoint");
    const { token } = await invite(1, 3600);
    for (const document of ["openid-configuration", "oauth-authorization-server"])
      expect((await discovery(document))["registration_endpoint"]).toBe(`${provider.issuer}/reg`);
    fakeDate((now() + 3600) * 1000);
    expect(await discovery()).not.toHaveProperty("registration_endpoint");
    expect((await register(token, {})).status).toBe(401);
    jest.useRealTimers();
    expect((await register(token, { redirect_uris: [callback] })).status).toBe(201);
    expect(await discovery()).not.toHaveProperty("registration_endpoint");
  });

  it("RFC 7591 §3.2.1: tells the client what was registered, its secret and its token, once", async () => {
    const { id, own, secret, body, path } = await registered({
      client_name: "Agenda",
      software_id: "passed over",
      logo_uri: null,
    });
    expect(body).toMatchObject({
      client_name: "Agenda",
      redirect_uris: [callback],
      token_endpoint_auth_method: "client_secret_basic",
      grant_types: ["authorization_code"],
      scope: "openid profile email siret establishment establishments offline_access",
      first_party: false,
      require_pkce: true,
      client_secret_expires_at: 0,
      registration_client_uri: `${provider.issuer}/reg/${id}`,
    });
    expect(body).not.toHaveProperty("software_id");
    expect(body).not.toHaveProperty("logo_uri");
    expect(String(secret)).toMatch(/^[\w-]{43}$/);
    expect(own).toMatch(/^[\w-]{43}$/);
    const read = await call("GET", path, own);
    expect(read.status).toBe(200);
    expect(read.body).toMatchObject({ client_id: id, client_name: "Agenda" });
    expect(read.body).not.toHaveProperty("client_secret");
    expect(read.headers.get("cache-control")).toBe("no-store");
  });

  it("keeps no token and no secret in clear", async () => {
    const { own, secret } = await registered();
    const { token } = await invite();
    const { knex } = provider.application.database;
    const tables = [
      "clients",
      "client_secrets",
      "client_invitations",
      "client_registration_tokens",
    ];
    const rows = JSON.stringify(await Promise.all(tables.map((table) => knex(table))));
    for (const clear of [own, String(secret), token]) {
      expect(rows).not.toContain(clear);
      expect(provider.log.join("")).not.toContain(clear);
    }
  });

  it("lets people sign in to such a client, who are asked for their consent", async () => {
    const { token } = await invite();
    let identity = { clientId: "", clientSecret: "" };
    const party = await startRelyingParty({
      issuer: () => provider.issuer,
      get clientId() {
        return identity.clientId;
      },
      get clientSecret() {
        return identity.clientSecret;
      },
      scope: "openid email",
    });
    const { body } = await register(token, {
      redirect_uris: [party.redirectUri],
      client_name: "Tiers",
    });
    identity = { clientId: String(body["client_id"]), clientSecret: String(body["client_secret"]) };
    const person = await newPerson(provider);
    const login = await party.login(person.browser);
    await person.signIn();
    expect(person.browser.page.text).toContain("« Tiers »");
    await person.browser.submit("Autoriser");
    expect((await login.signedIn()).userinfo).toMatchObject({ email: person.email });
    await party.close();
  });

  describe("the initial access token (RFC 7591 §1.2)", () => {
    it.each([
      ["without one", undefined],
      ["with one of nobody", "x".repeat(43)],
      ["with an empty one", ""],
    ])("is needed: %s nothing is registered", async (_how, token) => {
      await invite();
      const { status, body, headers } = await register(token, { redirect_uris: [callback] });
      expect([status, body["error"]]).toEqual([401, "invalid_token"]);
      expect(headers.get("www-authenticate")).toContain('error="invalid_token"');
    });

    it("is good as often as it says, however many come at the same time", async () => {
      const { token } = await invite(3);
      const answers = await Promise.all(
        Array.from({ length: 12 }, () => register(token, { redirect_uris: [callback] })),
      );
      const made = answers.filter(({ status }) => status === 201);
      expect(made).toHaveLength(3);
      expect(answers.filter(({ status }) => status === 401)).toHaveLength(9);
      expect(new Set(made.map(({ body }) => body["client_id"])).size).toBe(3);
    });

    it("is not used up by a registration that is refused", async () => {
      const { token } = await invite();
      expect((await register(token, { redirect_uris: ["nonsense"] })).status).toBe(400);
      expect((await register(token, { redirect_uris: [callback] })).status).toBe(201);
    });

    it("ends to the second", async () => {
      const { token, expiresAt } = await invite(5);
      fakeDate((expiresAt - 1) * 1000);
      expect((await register(token, { redirect_uris: [callback] })).status).toBe(201);
      fakeDate(expiresAt * 1000);
      expect((await register(token, { redirect_uris: [callback] })).status).toBe(401);
    });

    it("is refused once it is revoked", async () => {
      const { token, id } = await invite(5);
      expect(await provider.application.clientRegistration.revoke(id, "operator")).toBe(true);
      expect(await provider.application.clientRegistration.revoke(id, "operator")).toBe(false);
      expect((await register(token, { redirect_uris: [callback] })).status).toBe(401);
    });

    it("is no registration access token, nor the other way round", async () => {
      const { token } = await invite();
      const { own, path } = await registered();
      expect((await call("GET", path, token)).status).toBe(401);
      expect((await register(own, { redirect_uris: [callback] })).status).toBe(401);
    });
  });

  describe("metadata (RFC 7591 §3.2.2)", () => {
    it.each<[string, unknown, string, string]>([
      [
        "a wildcard",
        { redirect_uris: ["https://*.example/"] },
        "invalid_redirect_uri",
        "redirect_uris[0]",
      ],
      ["no redirect URI", {}, "invalid_redirect_uri", "redirect_uris"],
      [
        "an unknown method",
        { redirect_uris: [callback], token_endpoint_auth_method: "tls" },
        "invalid_client_metadata",
        "token_endpoint_auth_method",
      ],
      [
        "HS256",
        { redirect_uris: [callback], id_token_signed_response_alg: "HS256" },
        "invalid_client_metadata",
        "id_token_signed_response_alg",
      ],
      [
        "private_key_jwt without keys",
        { redirect_uris: [callback], token_endpoint_auth_method: "private_key_jwt" },
        "invalid_client_metadata",
        "jwks",
      ],
      [
        "first_party",
        { redirect_uris: [callback], first_party: true },
        "invalid_client_metadata",
        "first_party",
      ],
      [
        "SIRETs",
        { redirect_uris: [callback], sirets: ["13002526500013"] },
        "invalid_client_metadata",
        "sirets",
      ],
      [
        "no PKCE",
        { redirect_uris: [callback], require_pkce: false },
        "invalid_client_metadata",
        "require_pkce",
      ],
      [
        "a resource server's scope",
        { redirect_uris: [callback], scope: "openid access:read" },
        "invalid_client_metadata",
        "scope",
      ],
      [
        "the client credentials grant",
        { redirect_uris: [], response_types: [], grant_types: ["client_credentials"] },
        "invalid_client_metadata",
        "grant_types",
      ],
      [
        "a setting's placeholder",
        { redirect_uris: [callback], client_uri: "${PORTAL_URL}" },
        "invalid_client_metadata",
        "client_uri",
      ],
    ])("refuses %s, says what and registers nothing", async (_what, document, error, field) => {
      const { token } = await invite();
      const { knex } = provider.application.database;
      const before = await knex("clients").count({ count: "*" });
      const { status, body } = await register(token, document);
      expect([status, body["error"]]).toEqual([400, error]);
      expect(body["problems"]).toContainEqual(expect.objectContaining({ field }));
      expect(String(body["error_description"])).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
      expect(await knex("clients").count({ count: "*" })).toEqual(before);
    });

    it.each<[string, string, Record<string, string>]>([
      ["that is no JSON", "{", { "content-type": "application/json" }],
      [
        "that is a form",
        "redirect_uris=x",
        { "content-type": "application/x-www-form-urlencoded" },
      ],
      ["that is a list", "[]", { "content-type": "application/json" }],
      ["that is nothing", "null", { "content-type": "application/json" }],
    ])("refuses a body %s", async (_what, text, headers) => {
      const { token } = await invite();
      const { status, body } = await call("POST", "/reg", token, text, headers);
      expect([status, body["error"]]).toEqual([400, "invalid_client_metadata"]);
    });

    it("refuses a body over 100 kB", async () => {
      const { token } = await invite();
      const document = { redirect_uris: [callback], client_name: "x".repeat(100_000) };
      expect((await register(token, document)).status).toBe(413);
    });

    it("chooses the client_id and the secret itself, whatever is asked", async () => {
      const { id, secret } = await registered({
        client_id: "portal",
        client_secret: "s".repeat(43),
      });
      expect(id).not.toBe("portal");
      expect(secret).not.toBe("s".repeat(43));
    });

    it("makes no secret for a client that proves itself by keys, or not at all", async () => {
      const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
      const jwks = { keys: [publicKey.export({ format: "jwk" })] };
      const byKeys = await registered({ token_endpoint_auth_method: "private_key_jwt", jwks });
      expect(byKeys.body).not.toHaveProperty("client_secret");
      const open = await registered({ token_endpoint_auth_method: "none" });
      expect(open.body).not.toHaveProperty("client_secret");
    });
  });

  describe("management (RFC 7592)", () => {
    it("is refused without the client's own token, for every method alike", async () => {
      const { path, id } = await registered();
      const other = await registered();
      for (const token of [undefined, "x".repeat(43), other.own]) {
        for (const method of ["GET", "PUT", "DELETE"]) {
          const document =
            method === "PUT" ? { client_id: id, redirect_uris: [callback] } : undefined;
          const { status, body } = await call(method, path, token, document);
          expect({ method, status, error: body["error"] }).toEqual({
            method,
            status: 401,
            error: "invalid_token",
          });
        }
      }
      expect((await call("GET", "/reg/portal", other.own)).status).toBe(401);
      expect((await call("GET", "/reg/nobody", other.own)).status).toBe(401);
    });

    it("§2.2: replaces everything, and the change is served at once", async () => {
      const { path, own, id, secret } = await registered({ client_name: "Avant" });
      const document = {
        client_id: id,
        client_secret: secret,
        redirect_uris: ["https://tiers.example/other"],
        client_uri: "https://tiers.example/",
      };
      const { status, body } = await call("PUT", path, own, document);
      expect(status).toBe(200);
      expect(body).toMatchObject({
        client_id: id,
        redirect_uris: ["https://tiers.example/other"],
        registration_access_token: own,
      });
      expect(body).not.toHaveProperty("client_name");
      expect(body).not.toHaveProperty("client_secret");
      const old = await new BrowserAgent().open(
        `${provider.issuer}/auth?client_id=${id}&response_type=code&scope=openid&redirect_uri=${encodeURIComponent(callback)}`,
      );
      expect(old.text).toContain("invalid_redirect_uri");
    });

    it("§2.2: refuses another client_id, none, and a wrong secret", async () => {
      const { path, own, id } = await registered();
      for (const identity of [
        { client_id: "portal" },
        {},
        { client_id: id, client_secret: "wrong" },
      ]) {
        const document = { redirect_uris: [callback], ...identity };
        const { status, body } = await call("PUT", path, own, document);
        expect([status, body["error"]]).toEqual([400, "invalid_client_metadata"]);
      }
    });

    it("§2.2: refuses metadata as a registration does, and changes nothing", async () => {
      const { path, own, id } = await registered({ client_name: "Avant" });
      const document = { client_id: id, redirect_uris: ["x"], first_party: true };
      const { status, body } = await call("PUT", path, own, document);
      expect([status, body["error"]]).toEqual([400, "invalid_redirect_uri"]);
      expect((await call("GET", path, own)).body["client_name"]).toBe("Avant");
    });

    it("makes a secret when the client comes to need one, and forgets it when it does not", async () => {
      const { path, own, id } = await registered({ token_endpoint_auth_method: "none" });
      const document = { client_id: id, redirect_uris: [callback] };
      const confidential = await call("PUT", path, own, document);
      const secret = String(confidential.body["client_secret"]);
      expect(provider.application.clients.secretMatches(id, secret)).toBe(true);
      await call("PUT", path, own, { ...document, token_endpoint_auth_method: "none" });
      expect(provider.application.clients.secretMatches(id, secret)).toBe(false);
    });

    it("§2.3: removes the client, and its token is good no more", async () => {
      const { path, own, id } = await registered();
      expect((await call("DELETE", path, own)).status).toBe(204);
      expect(provider.application.clients.find(id)).toBeUndefined();
      expect((await call("GET", path, own)).status).toBe(401);
      expect((await call("DELETE", path, own)).status).toBe(401);
    });

    it("is refused to a disabled client", async () => {
      const { path, own, id } = await registered();
      await provider.application.clientRegistry.disable(id, "operator");
      expect((await call("GET", path, own)).status).toBe(401);
      await provider.application.clientRegistry.enable(id, "operator");
      expect((await call("GET", path, own)).status).toBe(200);
    });
  });

  it("records what was done and what was refused", async () => {
    const { token, id: invitation } = await invite();
    await register("x".repeat(43), {});
    const { body } = await register(token, { redirect_uris: [callback] });
    const lines = provider.log.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toContainEqual(
      expect.objectContaining({
        event: "client-registered",
        outcome: "accepted",
        clientId: body["client_id"],
        actor: `invitation:${invitation}`,
      }),
    );
    expect(lines).toContainEqual(
      expect.objectContaining({
        event: "client-registered",
        outcome: "refused",
        reason: "initial-token-refused",
      }),
    );
  });
});

describe("the limit on dynamic registration", () => {
  const [sqlite] = databases;

  it("answers 429 with Retry-After, in JSON", async () => {
    if (!sqlite) throw new Error("SQLite is always at hand");
    const provider = await startTestProvider(sqlite, {
      environment: { SIGN_INS_PER_ADDRESS_PER_MINUTE: "3" },
    });
    await provider.application.clientRegistration.invite("operator", Date.now() / 1000 + 60, 1);
    // What holds no token costs nothing, and counts nothing.
    for (let count = 0; count < 4; count += 1) {
      const empty = await fetch(`${provider.issuer}/reg`, { method: "POST" });
      expect(empty.status).toBe(401);
    }
    const headers = { authorization: "Bearer of-nobody" };
    const answers = [];
    for (let count = 0; count < 4; count += 1) {
      answers.push(await fetch(`${provider.issuer}/reg`, { method: "POST", headers }));
    }
    await provider.stop();
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 429]);
    expect(Number(answers[3]?.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await answers[3]?.json()).toMatchObject({ error: "temporarily_unavailable" });
  });
});
