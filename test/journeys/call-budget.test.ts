import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { BrowserAgent } from "../support/browser-agent.ts";
import { type CallCounter, countCalls } from "../support/call-counter.ts";
import { databases } from "../support/databases.ts";
import { type Person, newPerson, sirets } from "../support/person.ts";
import { type PlainClient, plainClient, userinfo } from "../support/plain-client.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

const wanted = { scope: "openid email siret" };

/**
 * The budget of `performance.md`, finding 6: what each request may ask of the two stores, to the call. Whoever adds one
 * changes this table, and says why.
 */
describe.each(databases)("the calls a request makes, on $name", (kind) => {
  let provider: TestProvider;
  let calls: CallCounter;
  let person: Person;
  let browser: BrowserAgent;
  let client: PlainClient;
  let tokens: Readonly<Record<string, unknown>> = {};

  beforeAll(async () => {
    // Jobs ask the register too, whenever they come to it: here nothing is to ask but the requests.
    provider = await startTestProvider(kind, { environment: { JOBS: "off" } });
    person = await newPerson(provider, sirets[0]);
    browser = new BrowserAgent({ stopBefore: [provider.party("portal").origin] });
    client = plainClient(provider, "portal");
    // The first events of a process look for the end of the chain.
    await provider.application.record({ name: "signed-in", outcome: "refused" });
    calls = countCalls(provider);
  });
  afterAll(async () => {
    jest.restoreAllMocks();
    await provider.stop();
  });

  // A token is read with its grant and the establishment that it is frozen to; on PostgreSQL with whose it is, too.
  const standing = kind.name === "PostgreSQL" ? [] : ["standing"];
  const code = () => client.answer(browser.page).get("code") ?? "";

  it("of an authorization in a fresh browser: one write, one read for the page, and its limits", async () => {
    expect(await calls.during(() => client.authorize(browser, wanted))).toEqual({
      artifacts: ["put Interaction", "find Interaction"],
      // Each for many that follow: the authorizations of an address, what they hold, and of this client.
      register: ["insert rate_limits", "insert rate_limits", "insert rate_limits"],
    });
    const other = new BrowserAgent({ stopBefore: [provider.party("portal").origin] });
    const next = await calls.during(() => client.authorize(other, wanted));
    expect(next.register).toEqual([]);
  });

  it("of a sign-in by password, to the code: five writes and three reads, and the register's eight", async () => {
    expect(await calls.during(() => person.signIn(browser))).toEqual({
      artifacts: [
        "find Interaction",
        "find Interaction",
        "put Interaction",
        "find Interaction",
        "remove Interaction",
        "put Grant",
        "freezeEstablishment",
        "put AuthorizationCode",
        "put Session",
      ],
      register: [
        "insert rate_limits",
        "select accounts",
        "insert sign_in_failures",
        "delete sign_in_failures",
        // Of a browser that is new alone: whether its person is told of it.
        "select known_browsers",
        "insert known_browsers",
        "insert audit_events",
        "standing",
      ],
    });
  });

  it("of a code redeemed", async () => {
    const redeem = async () => {
      tokens = (await client.redeem(code())).body;
    };
    expect(await calls.during(redeem)).toEqual({
      artifacts: [
        "find AuthorizationCode",
        "consume AuthorizationCode",
        "put AccessToken",
        "put RefreshToken",
      ],
      register: standing,
    });
  });

  it("of userinfo: one read, and one of the register but on PostgreSQL", async () => {
    const ask = async () => {
      expect(await userinfo(provider, tokens["access_token"])).toMatchObject({
        status: 200,
        body: { siret: sirets[0], email: person.email },
      });
    };
    expect(await calls.during(ask)).toEqual({
      artifacts: ["find AccessToken"],
      register: standing,
    });
  });

  it("of an introspection", async () => {
    const ask = async () => expect(await client.isActive(tokens["access_token"])).toBe(true);
    expect(await calls.during(ask)).toEqual({
      artifacts: ["find AccessToken", "find ClientCredentials", "find RefreshToken"],
      register: standing,
    });
  });

  it("of a refresh: one write", async () => {
    const ask = async () =>
      expect((await client.refresh(tokens["refresh_token"])).status).toBe(200);
    expect(await calls.during(ask)).toEqual({
      artifacts: ["find RefreshToken", "put AccessToken"],
      register: standing,
    });
  });

  it("of an authorization in a kept session, to the code: two writes", async () => {
    expect(await calls.during(() => client.authorize(browser, wanted))).toEqual({
      artifacts: ["find Session", "find Grant", "put AuthorizationCode", "put Session"],
      register: standing,
    });
    expect(code()).toBeTruthy();
  });

  it.each(["/.well-known/openid-configuration", "/jwks", "/assets/nothing.css"])(
    "of %s: none at all",
    async (path) => {
      const asked = await calls.during(() => fetch(`${provider.issuer}${path}`));
      expect(asked).toEqual({ artifacts: [], register: [] });
    },
  );
});
