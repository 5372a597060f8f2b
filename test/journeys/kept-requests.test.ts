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
import { plainClient } from "../support/plain-client.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

const kilobyte = 1024;
const bound = 16 * kilobyte;

/** What a stranger can have us write down by authorization requests. */
describe.each(databases)("what authorization requests have us keep, on $name", (kind) => {
  let provider: TestProvider;

  beforeAll(async () => {
    provider = await startTestProvider(kind, {
      clients: { portal: {}, other: {}, third: {} },
      environment: { TRUSTED_PROXIES: "1" },
    });
  });
  beforeEach(() => {
    fakeDate(Math.floor(Date.now() / 1000) * 1000);
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  afterAll(async () => {
    await provider.stop();
  });

  let last = 0;
  const newAddress = () => `198.51.100.${(last += 1)}`;
  const client = (id = "portal") => plainClient(provider, id);
  /** What the parameters of the usual request weigh, with this nonce. */
  const weighed = (nonce: string) =>
    [...client().authorizationUrl({ nonce }).searchParams].reduce(
      (sum, [name, value]) => sum + name.length + value.length,
      0,
    );
  /** A nonce that makes a request weigh so many bytes. */
  const fill = (bytes: number) => "n".repeat(bytes - weighed(""));
  const opened = (parameters: Record<string, string>, id = "portal", from = newAddress()) => {
    const stopBefore = [new URL(client(id).redirectUri).origin];
    const browser = new BrowserAgent({ stopBefore, headers: { "x-forwarded-for": from } });
    return client(id).authorize(browser, parameters);
  };

  it("is 16 kB of each at most, by address, form and push; what is beyond is told", async () => {
    const within = await opened({ nonce: fill(bound) });
    expect([within.location?.slice(0, 300), within.h1]).toEqual([undefined, "Connexion"]);
    const told = client().answer(await opened({ nonce: fill(bound + 1) }));
    expect(told.get("error")).toBe("invalid_request");
    expect(told.get("error_description")).toContain(
      "at most 16384 bytes in all; this one holds 16385",
    );
    const fields = Object.fromEntries(
      client().authorizationUrl({ nonce: fill(bound + 1) }).searchParams,
    );
    const stopBefore = [new URL(client().redirectUri).origin];
    const browser = new BrowserAgent({ stopBefore });
    await browser.post(`${provider.issuer}/auth`, fields, client().redirectUri);
    expect(client().answer(browser.page).get("error")).toBe("invalid_request");
    const pushed = await client().post("/request", fields);
    expect([pushed.status, pushed.body["error"]]).toEqual([400, "invalid_request"]);
    expect(pushed.body["error_description"]).toContain("at most 16384 bytes");
  });

  /** What was counted until now counts as so many kB more: a limit is near without its thousand requests. */
  const nearer = (kilobytes: number) =>
    provider.application.database.knex("rate_limits").increment("hits", kilobytes);
  /** Asks so often, all at once. @returns how many were let through */
  const passing = async (count: number, ask: () => Promise<number>): Promise<number> => {
    const answers = await Promise.all(Array.from({ length: count }, ask));
    return answers.filter((status) => status !== 429).length;
  };
  const headersOf = (from: string) => ({ "x-forwarded-for": from, accept: "text/html" });
  const statusOf = async (url: string | URL, init: RequestInit): Promise<number> => {
    const answer = await fetch(url, { redirect: "manual", ...init });
    await answer.arrayBuffer();
    return answer.status;
  };
  const authorize = (id: string, from: string) => () =>
    statusOf(client(id).authorizationUrl({ nonce: fill(bound) }), { headers: headersOf(from) });

  it("is 12 MB an hour of one client and 24 MB of all at one address, and nobody else's", async () => {
    const from = newAddress();
    expect(await authorize("portal", from)()).toBe(303);
    await nearer(12 * kilobyte - 100);
    // 17 kB each, of what is left of the 128 kB that the first one had counted.
    expect(await passing(12, authorize("portal", from))).toBe(6);
    expect(await passing(3, authorize("other", from))).toBe(3);
    await nearer(12 * kilobyte - 150);
    expect(await passing(12, authorize("other", from))).toBeLessThan(8);
    expect(await passing(3, authorize("third", from))).toBe(0);
    expect(await authorize("portal", newAddress())()).toBe(303);
    const browser = new BrowserAgent({ headers: headersOf(from) });
    await client().authorize(browser);
    expect(browser.page).toMatchObject({ status: 429, h1: "Trop de demandes" });
    // The whole hour: it began at this instant, at which the test stands still.
    expect(browser.page.headers["retry-after"]).toBe("3600");
  });

  it("is counted of pushed requests, in JSON, and of sign-outs", async () => {
    const from = newAddress();
    const basic = Buffer.from(`portal:${provider.clientSecret}`).toString("base64");
    const body = client()
      .authorizationUrl({ nonce: fill(bound) })
      .searchParams.toString();
    const headers = {
      ...headersOf(from),
      authorization: `Basic ${basic}`,
      "content-type": "application/x-www-form-urlencoded",
    };
    const push = { method: "POST", headers, body };
    expect(await statusOf(`${provider.issuer}/request`, push)).toBe(201);
    await nearer(12 * kilobyte - 100);
    expect(await passing(12, () => statusOf(`${provider.issuer}/request`, push))).toBeLessThan(8);
    const refused = await fetch(`${provider.issuer}/request`, push);
    expect(refused.status).toBe(429);
    expect(await refused.json()).toMatchObject({
      error: "temporarily_unavailable",
      error_description: "too many requests from this address; try again later",
    });
    expect(refused.headers.get("retry-after")).toMatch(/^\d+$/);
    await nearer(12 * kilobyte - 250);
    const signOut = `${provider.issuer}/session/end?state=${"s".repeat(8000)}`;
    const leave = () => statusOf(signOut, { headers: headersOf(from) });
    expect(await passing(50, leave)).toBeLessThan(40);
  });
});
