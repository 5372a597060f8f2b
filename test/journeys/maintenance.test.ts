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
import { apiClient } from "../api/api-client.ts";
import { createApplication } from "../../src/application.ts";
import { receiver, receivingClient } from "../signals/receiver.ts";
import { BrowserAgent } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { fakeDate } from "../support/fake-date.ts";
import { newPerson, sirets } from "../support/person.ts";
import { plainClient, userinfo } from "../support/plain-client.ts";
import { newColleague } from "../support/staff.ts";
import { type TestProvider, goodPassword, startTestProvider } from "../support/test-provider.ts";

const api = "access:read access:write accounts:read";

describe.each(databases)("while the register only reads, on $name", (kind) => {
  let provider: TestProvider;
  /** Every statement that would change the register. */
  let writes: string[];

  beforeAll(async () => {
    provider = await startTestProvider(kind, {
      clients: {
        portal: { scope: "openid siret offline_access" },
        crm: {
          ...{ grant_types: ["client_credentials"], response_types: [], redirect_uris: [] },
          scope: api,
        },
        listener: receivingClient,
      },
      environment: { JOBS: "off", SIGNALS: "on", PRIVATE_HOSTS: "127.0.0.1" },
    });
    writes = [];
    provider.application.database.knex.on("query", ({ sql }: { readonly sql: string }) => {
      if (/^\s*(insert|update|delete)/i.test(sql)) writes.push(sql);
    });
  });
  beforeEach(async () => {
    await off();
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  afterAll(async () => {
    await provider.stop();
  });

  const on = async (seconds = 3600) => {
    const { maintenance, database } = provider.application;
    await maintenance.begin(database, Math.floor(Date.now() / 1000) + seconds);
    writes.length = 0;
  };
  const off = () => provider.application.maintenance.end(provider.application.database);
  /** Somebody signed in at the portal, with tokens. */
  async function signedIn() {
    const person = await newPerson(provider, sirets[0]);
    const client = plainClient(provider, "portal");
    const browser = new BrowserAgent({ stopBefore: [provider.party("portal").origin] });
    const wanted = { scope: "openid" };
    const code = await client.code(browser, wanted, () => person.signIn(browser));
    const { body } = await client.redeem(code);
    const again = () => client.code(browser, wanted, () => Promise.resolve());
    return { ...person, browser, client, body, again };
  }
  const get = (path: string, init?: RequestInit) =>
    fetch(`${provider.issuer}${path}`, { redirect: "manual", ...init });

  it("who is signed in is served: single sign-on, codes, tokens, userinfo, introspection, documents", async () => {
    const { client, body, again, browser } = await signedIn();
    const before = await again();
    await on();
    expect((await client.redeem(before)).status).toBe(200);
    const { status, body: fresh } = await client.redeem(await again());
    expect(status).toBe(200);
    expect((await userinfo(provider, fresh["access_token"])).status).toBe(200);
    expect((await client.refresh(body["refresh_token"])).status).toBe(200);
    expect(await client.isActive(fresh["access_token"])).toBe(true);
    for (const path of ["/.well-known/openid-configuration", "/jwks", "/livez", "/readyz"])
      expect([path, (await get(path)).status]).toEqual([path, 200]);
    expect((await browser.open(`${provider.issuer}/account`)).h1).toBe("Mon compte");
    expect(writes).toEqual([]);
  });

  it("single sign-on is served however it is asked: by POST, with a hint, pushed, by many", async () => {
    const person = await newPerson(provider, sirets[0], sirets[1]);
    const client = plainClient(provider, "portal");
    const browser = new BrowserAgent({ stopBefore: [provider.party("portal").origin] });
    await client.code(browser, { scope: "openid" }, () => person.signIn(browser));
    await on();
    const hinted = { scope: "openid siret", siret_hint: sirets[1], prompt: "none" };
    expect(await client.code(browser, hinted)).not.toBe("");
    const posted = Object.fromEntries(client.authorizationUrl({ scope: "openid" }).searchParams);
    await browser.post(`${provider.issuer}/auth`, posted, provider.party("portal").origin);
    expect(client.answer(browser.page).get("code")).toEqual(expect.any(String));
    const large = client.authorizationUrl({ scope: "openid", state: "s".repeat(14_000) });
    for (let count = 0; count < 20; count += 1) {
      const pushed = await client.post("/request", Object.fromEntries(large.searchParams));
      expect(pushed.status).toBe(201);
      if (count < 19) continue;
      const address = new URL("/auth", provider.issuer);
      const uri = String(pushed.body["request_uri"]);
      address.search = new URLSearchParams({ client_id: "portal", request_uri: uri }).toString();
      await browser.open(address);
    }
    expect(client.answer(browser.page).get("code")).toEqual(expect.any(String));
    expect(writes).toEqual([]);
  });

  it("a sign-in is told until when, and goes on where it was when that is over", async () => {
    const person = await newPerson(provider, sirets[0]);
    const client = plainClient(provider, "portal");
    const browser = new BrowserAgent({ stopBefore: [provider.party("portal").origin] });
    await client.authorize(browser);
    const typed = browser.fill({ email: person.email, password: goodPassword });
    await on();
    const refused = await typed.submit("Se connecter");
    expect([refused.status, refused.h1]).toEqual([503, "Maintenance en cours"]);
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(3500);
    expect(refused.text).toMatch(/Jusqu'au .+ \d\d:\d\d\./);
    expect(refused.html).not.toContain(goodPassword);
    expect(refused.html).toContain(person.email);
    expect(writes).toEqual([]);
    await off();
    // Without the password: it is asked for again, beside what was typed.
    const shown = await browser.submit("Envoyer à nouveau");
    expect(shown.status).toBe(422);
    expect(shown.html).toContain(person.email);
    await browser.fill({ password: goodPassword }).submit("Se connecter");
    expect(client.answer(browser.page).get("code")).toEqual(expect.any(String));
  });

  it("a form of the back office that may send a file keeps what was typed, and leads back there", async () => {
    const [agent, { sub }] = [await newColleague(provider, "agent"), await newPerson(provider)];
    await agent.open(`/admin/accounts/${sub}/open`);
    const typed = agent.browser.fill({ siret_list: sirets.join("\n"), reason: "demande écrite" });
    await on();
    const refused = await typed.submit();
    expect([refused.status, refused.h1]).toEqual([503, "Maintenance en cours"]);
    expect(refused.find("a.button-secondary")?.attribute("href")).toBe("/admin");
    await off();
    const preview = await agent.browser.submit("Envoyer à nouveau");
    expect(preview.status).toBe(200);
    await preview.form("#act").submit();
    const open = await provider.application.accesses.openEstablishments(sub);
    expect(open.map(({ siret }) => siret)).toEqual([...sirets].sort());
  });

  it("an entrance says so before anything is typed, in the language of who reads", async () => {
    await on();
    const french = await new BrowserAgent().open(`${provider.issuer}/signup`);
    expect([french.status, french.h1]).toEqual([503, "Maintenance en cours"]);
    const english = await get("/signup", {
      headers: { accept: "text/html", "accept-language": "en" },
    });
    expect(await english.text()).toContain("Maintenance under way");
    const json = await get("/recovery", { headers: { accept: "application/json" } });
    expect([json.status, await json.json()]).toEqual([
      503,
      { error: "maintenance", reference: expect.anything(), until: expect.stringMatching(/Z$/) },
    ]);
    expect(writes).toEqual([]);
  });

  it("staff and a sign-out are refused by a page, and nothing is written", async () => {
    const admin = await newColleague(provider, "admin");
    const { sub, browser } = await signedIn();
    await on();
    expect((await admin.open("/admin")).status).toBe(200);
    const disabling = await admin.post(`/admin/accounts/${sub}/disable`);
    expect(disabling.status).toBe(503);
    expect((await browser.open(`${provider.issuer}/session/end`)).status).toBe(503);
    expect(writes).toEqual([]);
    await off();
    expect((await browser.open(`${provider.issuer}/account`)).h1).toBe("Mon compte");
  });

  it("the API reads, and refuses what would write as the problem « unavailable »", async () => {
    const crm = await apiClient(provider);
    const { email } = await newPerson(provider);
    await on();
    const reading = await crm.get(`/accesses?email=${email}`);
    expect(reading.status).toBe(200);
    const asked = { email, sirets: [sirets[1]], reason: "Convention 2027-118" };
    const opening = await crm.post("/accesses", asked);
    expect(opening).toMatchObject({
      status: 503,
      body: {
        ...{ type: "urn:lopcommerce:problem:unavailable", status: 503 },
        detail: expect.stringContaining("the register only reads until "),
      },
    });
    expect(Number(opening.headers.get("retry-after"))).toBeGreaterThan(3500);
    expect(writes).toEqual([]);
    await off();
    expect((await crm.post("/accesses", asked)).status).toBe(201);
  });

  it("a protocol endpoint that would write says « temporarily_unavailable »; a pushed request and a revocation serve", async () => {
    const { body } = await signedIn();
    const inAnHour = Math.floor(Date.now() / 1000) + 3600;
    const { clientRegistration } = provider.application;
    const { token } = await clientRegistration.invite("operator", inAnHour, 1);
    const post = (path: string, fields: Record<string, string>) =>
      get(path, {
        method: "POST",
        headers: {
          authorization: `Basic ${Buffer.from(`portal:${provider.clientSecret}`).toString("base64")}`,
        },
        body: new URLSearchParams({ client_id: "portal", ...fields }),
      });
    await on();
    const registering = await get("/reg", {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({
        client_name: "Extranet",
        redirect_uris: ["https://extranet.test/callback"],
      }),
    });
    expect([registering.status, await registering.json()]).toEqual([
      503,
      {
        error: "temporarily_unavailable",
        error_description: expect.stringContaining("only reads"),
      },
    ]);
    expect(Number(registering.headers.get("retry-after"))).toBeGreaterThan(3500);
    const pushed = await post("/request", {
      ...{ response_type: "code", scope: "openid", state: "s", code_challenge_method: "S256" },
      redirect_uri: provider.party("portal").redirectUri,
      code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    });
    expect(pushed.status).toBe(201);
    const revoked = await post("/token/revocation", { token: String(body["refresh_token"]) });
    expect(revoked.status).toBe(200);
    expect(writes).toEqual([]);
  });

  it("a receiver of signals reads its stream, and is told to come again with what would write", async () => {
    const party = receiver(provider, "listener");
    const stream = await party.create();
    const id = String(stream["stream_id"]);
    await on();
    const all = await party.call("GET", "/signals/streams");
    expect([all.status, all.body]).toMatchObject([200, [{ stream_id: id }]]);
    const status = await party.call("GET", `/signals/status?stream_id=${id}`);
    expect([status.status, status.body]).toMatchObject([200, { status: "enabled" }]);
    expect((await party.poll(id)).body).toEqual({ sets: {} });
    const pausing = await party.call("POST", "/signals/status", {
      body: { stream_id: id, status: "paused" },
    });
    expect([pausing.status, pausing.body["err"]]).toEqual([503, "unavailable"]);
    expect(writes).toEqual([]);
    await off();
    expect((await party.poll(id)).body).toEqual({ sets: {} });
  });

  it("is so on every node, within two seconds", async () => {
    const { application } = provider;
    const other = await createApplication(application.settings, application);
    try {
      await other.start();
      const job = other.jobs().find(({ name }) => name === "follow-maintenance");
      // A pause is spread by a tenth.
      expect(1.1 * (job?.everySeconds ?? Infinity)).toBeLessThan(2);
      const follow = async () => job?.run(new AbortController().signal);
      const write = () =>
        other.maintenance.reading(() => other.database.transaction(() => Promise.resolve(true)));
      expect(await write()).toBe(true);
      await on();
      await follow();
      await expect(write()).rejects.toMatchObject({ code: "maintenance", status: 503 });
      expect(other.node.has("maintenance")).toBe(true);
      await off();
      await follow();
      expect([other.node.has("maintenance"), await write()]).toEqual([false, true]);
    } finally {
      await other.close();
    }
  });

  it("a form of another site is not offered to be sent as ours", async () => {
    await on();
    const answer = await get("/signup", {
      method: "POST",
      headers: { accept: "text/html", origin: "https://evil.test" },
      body: new URLSearchParams({ email: "evil@evil.test" }),
    });
    expect(answer.status).toBe(503);
    expect(await answer.text()).not.toContain("evil@evil.test");
  });

  it("what was under way when it began is finished", async () => {
    const { maintenance, database } = provider.application;
    const begun = Promise.withResolvers<undefined>();
    const may = Promise.withResolvers<undefined>();
    const underWay = maintenance.reading(async () => {
      begun.resolve(undefined);
      await may.promise;
      await database.knex("maintenance").where({ id: 2 }).delete();
      await database.transaction((transaction) =>
        transaction("maintenance").where({ id: 2 }).delete(),
      );
    });
    await begun.promise;
    await on();
    may.resolve(undefined);
    await underWay;
    expect(writes.length).toBeGreaterThan(1);
  });

  it("refuses each statement that writes, and lets the connection go", async () => {
    const { maintenance, database } = provider.application;
    await on();
    const refused = { code: "maintenance", status: 503 };
    await maintenance.reading(async () => {
      for (let count = 0; count < 20; count += 1) {
        const writing = database.knex("maintenance").where({ id: 2 }).delete();
        await expect(writing).rejects.toMatchObject(refused);
      }
      const within = database.transaction(() => Promise.resolve());
      await expect(within).rejects.toMatchObject(refused);
      expect(await database.knex("maintenance").select("id")).toHaveLength(1);
    });
  });

  it("ends by itself at its time, once in the audit, and says so to who watches", async () => {
    const { maintenance, database, node, audit } = provider.application;
    const run = async (name: string) => {
      const job = provider.application.jobs().find((each) => each.name === name);
      await job?.run(new AbortController().signal);
    };
    await on(60);
    await run("follow-maintenance");
    expect(node.has("maintenance")).toBe(true);
    expect(node.mayWork()).toBe(false);
    expect(await (await get("/readyz")).json()).toMatchObject({
      ...{ status: "ok", reads_only_until: expect.stringMatching(/Z$/) },
    });
    fakeDate(Date.now() + 61_000);
    expect(maintenance.fault()).toBeUndefined();
    await run("follow-maintenance");
    expect(node.has("maintenance")).toBe(false);
    await run("end-maintenance");
    await run("end-maintenance");
    await maintenance.follow(database);
    await run("end-maintenance");
    const { entries } = await audit.page({ name: "maintenance-ended" }, { limit: 5 });
    expect(entries).toMatchObject([{ reason: "time-over" }]);
  });
});
