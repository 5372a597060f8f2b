import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { walkToSignIn } from "../../src/command-line/doctor-sign-in.ts";
import { type ClientMetadata, validateClients } from "../../src/clients/index.ts";
import type { Settings } from "../../src/operations/index.ts";
import { databases } from "../support/databases.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";
import { doctorParts, examine, findings, now, startImpostor } from "./doctor-patient.ts";

const day = 86_400;
const including = (text: string) => expect.stringContaining(text) as unknown;

describe.each(databases)("the doctor's look at clients on $name", (kind) => {
  let provider: TestProvider;
  const folder = mkdtempSync(join(tmpdir(), "lopauth-doctor-"));

  beforeAll(async () => {
    provider = await startTestProvider(kind, {
      clients: {
        portal: { backchannel_logout_uri: "http://localhost:9/logout" },
        pushing: { require_pushed_authorization_requests: true },
        machine: { grant_types: ["client_credentials"], response_types: [], redirect_uris: [] },
        app: { token_endpoint_auth_method: "none" },
      },
      environment: { PRIVATE_HOSTS: "localhost" },
    });
  });
  afterAll(async () => {
    await provider.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const settings = (): Settings => provider.application.settings;

  /** What `lopauth doctor --client` finds by one check. */
  async function check(
    what: string,
    clientId: string,
    changes: Partial<Settings> = {},
    at = now(),
  ) {
    const changed = () => ({ ...settings(), ...changes });
    const found = await examine(changed, ["--client", clientId, "--json"], at);
    return findings(found, what);
  }

  /** Settings whose declared clients are these. */
  function declaring(name: string, clients: readonly object[]): Partial<Settings> {
    const clientsFile = join(folder, name);
    writeFileSync(clientsFile, JSON.stringify(clients));
    return { clientsFile };
  }

  async function register(clientId: string, metadata: object = {}) {
    const redirect_uris = ["https://registered.example/callback"];
    const text = JSON.stringify({ client_id: clientId, redirect_uris, ...metadata });
    const made = await provider.application.clientRegistry.register("test", text, "operator");
    if (made.problems) throw new Error(JSON.stringify(made.problems));
  }

  it("counts clients that are all valid", async () => {
    expect(await check("clients", "portal")).toMatchObject([
      { state: "ok", found: expect.stringMatching(/^\d+, all valid$/) as unknown },
    ]);
  });

  it("says what a client may ask for, and that without openid nobody is named", async () => {
    expect(await check("client-scope", "portal")).toMatchObject([{ state: "ok" }]);
    await register("alone", { scope: "profile email" });
    expect(await check("client-scope", "alone")).toMatchObject([
      { state: "warning", found: "it may ask for profile email" },
    ]);
  });

  it("names each problem of declared clients, that a start would refuse", async () => {
    const wrong = declaring("wrong.json", [
      { client_id: "a", redirect_uris: ["https://a.example/*"] },
    ]);
    expect(await check("clients", "a", wrong)).toMatchObject([
      { state: "problem", found: including("redirect_uris"), advice: including("does not start") },
      { state: "problem", found: including("client_secret") },
    ]);
  });

  it("names a registered client that this version no longer accepts", async () => {
    await register("outdated");
    const { knex } = provider.application.database;
    await knex("clients")
      .where({ client_id: "outdated" })
      .update({ metadata: JSON.stringify({ client_id: "outdated", redirect_uris: ["nonsense"] }) });
    const found = await check("clients", "outdated");
    const own = await check("client", "outdated");
    await provider.application.clientRegistry.remove("outdated", "operator");
    expect(found).toMatchObject([
      {
        state: "problem",
        found: including('"outdated" is not served'),
        advice: including("lopauth client add"),
      },
    ]);
    expect(own).toMatchObject([
      { state: "problem", found: '"outdated" is not valid', advice: "see the check clients" },
    ]);
  });

  it("finds a registered client that holds one of our secrets from before", async () => {
    await register("leaking", { client_name: settings().cookieKeys.join() });
    const found = await check("client-leak", "leaking");
    await provider.application.clientRegistry.remove("leaking", "operator");
    expect(found).toMatchObject([
      { state: "problem", found: 'the metadata of "leaking" hold the value of COOKIE_KEYS' },
    ]);
    expect(JSON.stringify(found)).not.toContain(settings().cookieKeys[0]);
  });

  it("does not look at clients of a register it cannot read", async () => {
    const databaseUrl = `sqlite:${join(folder, "none.sqlite3")}`;
    expect(await check("clients", "portal", { databaseUrl })).toMatchObject([
      { state: "not-checked" },
    ]);
    expect(await check("client", "portal", { databaseUrl })).toEqual([]);
  });

  it("says that there is no such client", async () => {
    expect(await check("client", "nobody")).toMatchObject([
      {
        state: "problem",
        found: 'there is no client "nobody"',
        advice: including("lopauth client list"),
      },
    ]);
  });

  it("says that a client is disabled, and how it works again", async () => {
    await register("resting");
    await provider.application.clientRegistry.disable("resting", "operator");
    expect(await check("client", "resting")).toMatchObject([
      {
        state: "problem",
        found: '"resting" is disabled',
        advice: including("lopauth client enable resting"),
      },
    ]);
  });

  it("shows what is registered of a client in order", async () => {
    expect(await check("client", "portal")).toMatchObject([
      {
        state: "ok",
        found: `declared, enabled; redirect_uris: ${provider.party("portal").redirectUri}`,
      },
    ]);
    expect(await check("client-calls", "portal")).toEqual([]);
  });

  it("warns of addresses that the provider will not call", async () => {
    expect(await check("client-calls", "portal", { privateHosts: [] })).toMatchObject([
      { state: "warning", found: "localhost (private)", advice: including("PRIVATE_HOSTS") },
    ]);
    await register("unknown-host", { backchannel_logout_uri: "https://logout.invalid/" });
    expect(await check("client-calls", "unknown-host")).toMatchObject([
      { state: "warning", found: including("logout.invalid (") },
    ]);
  });

  it("counts secrets, and warns when the last ends within a fortnight", async () => {
    expect(await check("client-secret", "portal")).toMatchObject([
      { state: "ok", found: "1 valid" },
    ]);
    expect(await check("client-secret", "app")).toMatchObject([
      { state: "ok", found: "none: it has no secret" },
    ]);
    await register("rotating");
    const overlap = now() + day;
    await provider.application.clientRegistry.rotateSecret("rotating", "operator", overlap);
    expect(await check("client-secret", "rotating")).toMatchObject([
      {
        state: "ok",
        found: expect.stringMatching(/^2 valid, one until [\d-]+T\d\d:\d\d\+0[12]:00$/),
      },
    ]);
    const end = now() + 20 * day;
    const secrets = provider.application.database.knex("client_secrets");
    await secrets.where({ client_id: "rotating" }).update({ ends_at: end });
    expect(await check("client-secret", "rotating", {}, end - 14 * day)).toMatchObject([
      { state: "ok" },
    ]);
    expect(await check("client-secret", "rotating", {}, end - 14 * day + 1)).toMatchObject([
      { state: "warning", advice: including("lopauth client rotate-secret rotating") },
    ]);
    expect(await check("client-secret", "rotating", {}, end)).toMatchObject([
      { state: "problem", found: "client_secret_basic, and no secret is valid" },
    ]);
  });

  it("walks a real authorization request to the sign-in page, for a public client too", async () => {
    for (const clientId of ["portal", "app"]) {
      expect(await check("sign-in", clientId)).toMatchObject([
        {
          state: "ok",
          found: expect.stringMatching(
            /^the sign-in page is reached \(step 2, GET \/interaction\//,
          ) as unknown,
        },
      ]);
    }
    expect(provider.log.join("")).not.toContain('"level":50');
  });

  it("does not walk for clients that it cannot stand in for", async () => {
    expect(await check("sign-in", "pushing")).toMatchObject([
      { state: "not-checked", advice: "try it from the client itself" },
    ]);
    expect(await check("sign-in", "machine")).toMatchObject([
      { state: "not-checked", found: "people do not sign in by this client" },
    ]);
  });

  it("finds that the running server knows other clients than these settings", async () => {
    const client = { client_secret: provider.clientSecret, grant_types: ["authorization_code"] };
    const other = declaring("other.json", [
      { ...client, client_id: "portal", redirect_uris: ["https://moved.example/callback"] },
      { ...client, client_id: "newcomer", redirect_uris: ["https://newcomer.example/callback"] },
    ]);
    expect(await check("sign-in", "newcomer", other)).toMatchObject([
      {
        state: "problem",
        found: including("answers 400, invalid_client"),
        advice: including("the running servers know other clients"),
      },
    ]);
    expect(await check("sign-in", "portal", other)).toMatchObject([
      {
        state: "problem",
        found: including("answers 400, invalid_redirect_uri"),
        advice: including("CLIENTS_FILE"),
      },
    ]);
  });

  it("asks by the response mode that a client allows", async () => {
    await register("posted-to", { response_modes: ["form_post"] });
    expect(await check("sign-in", "posted-to")).toMatchObject([{ state: "ok" }]);
  });

  it("passes on the error that is sent to the client, with its correction", async () => {
    await register("without-openid", { scope: "profile" });
    expect(await check("sign-in", "without-openid")).toMatchObject([
      {
        state: "problem",
        found: including("invalid_scope"),
        advice: including("its scope must hold openid"),
      },
    ]);
  });
});

describe("the doctor's walk past something that is not the provider", () => {
  const [client] = validateClients(
    "clients.json",
    [
      {
        client_id: "of",
        redirect_uris: ["https://of.example/callback"],
        token_endpoint_auth_method: "none",
      },
    ],
    { production: true, firstParty: true, makesSecret: false },
  ).clients as [ClientMetadata];
  let close: (() => Promise<void>) | undefined;
  afterEach(async () => {
    await close?.();
  });

  /** Walks past a server whose answer to each request is made from its path. */
  async function walk(
    answer: (path: string, origin: string) => { status: number; location?: string; body?: string },
  ) {
    const impostor = await startImpostor((request, response) => {
      const { status, location, body = "" } = answer(request.url ?? "", impostor.origin);
      response.writeHead(status, location === undefined ? {} : { location }).end(body);
    });
    ({ close } = impostor);
    return walkToSignIn(client, doctorParts({ issuer: impostor.origin }));
  }

  it("says that another origin is redirected to", async () => {
    expect(await walk(() => ({ status: 302, location: "https://www.other.test/" }))).toMatchObject({
      state: "problem",
      found: "step 1, GET /auth redirects to https://www.other.test",
      advice: including("the provider redirects within ISSUER alone"),
    });
  });

  it("says that redirects have no end", async () => {
    expect(await walk((path) => ({ status: 302, location: path }))).toMatchObject({
      state: "problem",
      found: "more than 10 redirects",
      advice: including("proxy's log"),
    });
  });

  it("says that a page is not the sign-in page", async () => {
    expect(await walk(() => ({ status: 200, body: "<h1>Welcome</h1>" }))).toMatchObject({
      state: "problem",
      found: "step 1, GET /auth answers a page without the fields email and password",
    });
  });

  it.each([
    [429, "try again in a minute"],
    [503, "see the error in the provider's log"],
    [404, "see the provider's log"],
  ])("says what to do of a %d", async (status, advice) => {
    expect(await walk(() => ({ status }))).toMatchObject({
      state: "problem",
      found: `step 1, GET /auth answers ${status}`,
      advice: including(advice),
    });
  });

  it.each([
    "?error=login_required&error_description=why",
    "#error=login_required&error_description=why",
  ])("reads the error that a client would be sent, %s", async (sent) => {
    const location = `https://of.example/callback${sent}`;
    expect(await walk(() => ({ status: 303, location }))).toMatchObject({
      state: "problem",
      found: "step 1, GET /auth: login_required why",
      advice: including("see the provider's log"),
    });
  });

  it("says that nobody answers", async () => {
    const found = await walkToSignIn(client, doctorParts({ issuer: "http://127.0.0.1:1" }));
    expect(found).toMatchObject({
      state: "problem",
      found: including("ECONNREFUSED"),
      advice: "see the checks issuer and tls",
    });
  });
});
