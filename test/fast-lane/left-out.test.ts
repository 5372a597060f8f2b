import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { fastLane, plainLane } from "../../src/fast-lane/fast-lane.ts";
import { BrowserAgent } from "../support/browser-agent.ts";
import { countCalls } from "../support/call-counter.ts";
import { databases } from "../support/databases.ts";
import { newPerson, sirets } from "../support/person.ts";
import { type PlainClient, plainClient, userinfo } from "../support/plain-client.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

const lanes = { "with the fast lane": fastLane, "without it": plainLane };
const ways = databases.flatMap((kind) =>
  Object.entries(lanes).map(([name, lane]) => ({ name: `${kind.name}, ${name}`, kind, lane })),
);

/** The same answers either way. `npm run ci:long -- without-fast-lane` runs whole journeys without it. */
describe.each(ways)("what requests share, on $name", ({ kind, lane }) => {
  let provider: TestProvider;
  let portal: PlainClient;

  beforeAll(async () => {
    provider = await startTestProvider(kind, { lane, environment: { JOBS: "off" } });
    portal = plainClient(provider, "portal");
  });
  afterAll(async () => {
    jest.restoreAllMocks();
    await provider.stop();
  });

  const scope = "openid email siret";
  const withCode = async () => {
    const person = await newPerson(provider, sirets[0]);
    const browser = new BrowserAgent({ stopBefore: [new URL(portal.redirectUri).origin] });
    const code = await portal.code(browser, { scope }, () => person.signIn(browser));
    return { person, code };
  };
  const signedIn = async () => {
    const { person, code } = await withCode();
    return { person, tokens: (await portal.redeem(code)).body };
  };

  it("signs in, refreshes and says who it is, ten people at once", async () => {
    const people = await Promise.all(Array.from({ length: 10 }, signedIn));
    const answers = await Promise.all(
      people.map(async ({ tokens }) => {
        const renewed = await portal.refresh(tokens["refresh_token"]);
        return userinfo(provider, renewed.body["access_token"]);
      }),
    );
    expect(answers.map(({ status, body }) => [status, body["sub"], body["siret"]])).toEqual(
      people.map(({ person }) => [200, person.sub, sirets[0]]),
    );
  });

  it("redeems a code once, whoever comes at the same moment", async () => {
    const { code } = await withCode();
    const answers = await Promise.all(Array.from({ length: 8 }, () => portal.redeem(code)));
    expect(answers.map(({ status }) => status).sort()).toEqual(
      [200].concat(Array.from({ length: 7 }, () => 400)),
    );
    expect(await portal.redeem(code)).toMatchObject({ status: 400 });
  });

  it("tells nobody of an access that was closed", async () => {
    const { person, tokens } = await signedIn();
    await provider.closeAccess(person.email, sirets[0]);
    expect(await userinfo(provider, tokens["access_token"])).toMatchObject({ status: 401 });
    expect(await portal.refresh(tokens["refresh_token"])).toMatchObject({ status: 400 });
    expect(await portal.isActive(tokens["access_token"])).toBe(false);
  });

  it("reads once what a request asks twice, and without it each time", async () => {
    const { tokens } = await signedIn();
    const asked = () => userinfo(provider, tokens["access_token"]);
    const { artifacts, register } = await countCalls(provider).during(asked);
    const reads = register.filter((call) => call === "standing").length;
    const isWhole = lane === fastLane;
    // On PostgreSQL the token is read with whose it is.
    const fewest = kind.name === "PostgreSQL" ? 0 : 1;
    expect({ reads, isFewest: reads === fewest }).toEqual({ reads, isFewest: isWhole });
    expect(artifacts.includes("find Grant")).toBe(!isWhole);
  });
});
