import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { BrowserAgent } from "../support/browser-agent.ts";
import { type DatabaseKind, databases } from "../support/databases.ts";
import { describeRedis } from "../support/describe-redis.ts";
import { newPerson } from "../support/person.ts";
import { type PlainClient, newTokens, plainClient, userinfo } from "../support/plain-client.ts";
import { redisProgram, startRedis, startRedisCluster } from "../support/redis-servers.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";
import { waitFor } from "../support/wait-for.ts";

/** A store of the artifacts that is not the register's. */
interface Place {
  readonly name: string;
  readonly start: () => Promise<Started>;
}

interface Started {
  readonly url: string;
  readonly remove: () => Promise<void>;
  /** Ends it with all that it held; and starts it again, empty. */
  readonly lose?: () => Promise<() => Promise<void>>;
}

const places: readonly Place[] = [
  ...(redisProgram === undefined
    ? []
    : [
        {
          name: "a Redis",
          start: async () => {
            const redis = await startRedis();
            const lose = async () => {
              await redis.node.kill();
              return redis.node.start;
            };
            return { ...redis, lose };
          },
        },
        { name: "a Redis cluster", start: () => startRedisCluster() },
      ]),
  ...databases
    .filter(({ name }) => name === "PostgreSQL")
    .map((kind) => ({ name: "another PostgreSQL", start: () => otherDatabase(kind) })),
];

async function otherDatabase(kind: DatabaseKind): Promise<Started> {
  const { url, drop } = await kind.create();
  return { url, remove: drop };
}

describe.each(places)("with ARTIFACTS_URL on $name", ({ start }) => {
  let place: Started;
  let provider: TestProvider;
  let portal: PlainClient;
  let spa: PlainClient;
  const [register] = databases;

  beforeAll(async () => {
    place = await start();
    if (!register) throw new Error("there is always SQLite");
    provider = await startTestProvider(register, {
      clients: { portal: {}, spa: { token_endpoint_auth_method: "none" } },
      environment: { ARTIFACTS_URL: place.url },
    });
    portal = plainClient(provider, "portal");
    spa = plainClient(provider, "spa", true);
  });
  afterAll(async () => {
    await provider.stop();
    await place.remove();
  });

  const invalid = { status: 400, body: { error: "invalid_grant" } };
  const isGood = async (tokens: Readonly<Record<string, unknown>>) => {
    const { status } = await userinfo(provider, tokens["access_token"]);
    return status === 200;
  };
  const signedIn = async (client = portal) => {
    const person = await newPerson(provider);
    const browser = new BrowserAgent({ stopBefore: [new URL(client.redirectUri).origin] });
    const code = await client.code(browser, {}, () => person.signIn(browser));
    return { person, browser, code };
  };

  it("people sign in, and are signed in at the next client", async () => {
    const { browser, code } = await signedIn();
    const { body } = await portal.redeem(code);
    expect(await isGood(body)).toBe(true);
    const other = new BrowserAgent({ stopBefore: [new URL(spa.redirectUri).origin] });
    expect((await spa.authorize(other)).h1).toBe("Connexion");
    expect((await portal.authorize(browser)).location).toContain("code=");
  });

  it("a refresh gives tokens, a public client's one that takes the place of the last", async () => {
    const { refresh_token: kept } = await newTokens(provider, portal);
    const answers = await Promise.all(Array.from({ length: 5 }, () => portal.refresh(kept)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    const { refresh_token: first } = await newTokens(provider, spa);
    const { body: second } = await spa.refresh(first);
    const { body: third } = await spa.refresh(second["refresh_token"]);
    expect(await isGood(third)).toBe(true);
    expect(await spa.refresh(first)).toMatchObject(invalid);
    expect(await spa.refresh(third["refresh_token"])).toMatchObject(invalid);
    expect(await isGood(third)).toBe(false);
  });

  it("a code is good once, of twenty at one moment, and its second use ends what it gave", async () => {
    const { code } = await signedIn();
    const { status, body } = await portal.redeem(code);
    expect([status, await isGood(body)]).toEqual([200, true]);
    expect(await portal.redeem(code)).toMatchObject(invalid);
    expect(await isGood(body)).toBe(false);
    expect(await portal.refresh(body["refresh_token"])).toMatchObject(invalid);
    const { code: raced } = await signedIn();
    const all = await Promise.all(Array.from({ length: 20 }, () => portal.redeem(raced)));
    expect(all.filter((answer) => answer.status === 200)).toHaveLength(1);
  });

  it("a token that is revoked takes its grant with it", async () => {
    const tokens = await newTokens(provider, portal);
    const fields = { token: String(tokens["refresh_token"]) };
    expect(await portal.post("/token/revocation", fields)).toMatchObject({ status: 200 });
    expect(await portal.refresh(tokens["refresh_token"])).toMatchObject(invalid);
    expect(await isGood(tokens)).toBe(false);
  });

  it("a sign-out ends the session and what was granted in it", async () => {
    const { browser, code } = await signedIn();
    const { body } = await portal.redeem(code);
    await browser.open(`${provider.issuer}/session/end`);
    await browser.submit("Se déconnecter");
    expect(await isGood(body)).toBe(false);
    expect(await portal.refresh(body["refresh_token"])).toMatchObject(invalid);
    expect((await portal.authorize(browser)).h1).toBe("Connexion");
  });

  it("an account that ends takes everything with it, in every browser", async () => {
    const { person, browser, code } = await signedIn();
    const { body } = await portal.redeem(code);
    const elsewhere = new BrowserAgent({ stopBefore: [new URL(portal.redirectUri).origin] });
    await portal.code(elsewhere, {}, () => person.signIn(elsewhere));
    const { artifacts, administration } = provider.application;
    expect(await artifacts.sessionsOf(person.sub)).toHaveLength(2);
    await administration.setState(person.email, "disabled", "operator");
    expect(await isGood(body)).toBe(false);
    expect(await artifacts.sessionsOf(person.sub)).toEqual([]);
    expect(await artifacts.grantsOf(person.sub)).toEqual([]);
    expect((await portal.authorize(browser)).h1).toBe("Connexion");
  });

  it("the log said that the store was empty at the start, and /readyz asks it", async () => {
    expect(provider.log.join("")).toContain("the artifacts' store is empty");
    const readiness = async () => (await fetch(`${provider.issuer}/readyz`)).status;
    expect(await readiness()).toBe(200);
    if (!place.lose) return;
    const startAgain = await place.lose();
    const response = await fetch(`${provider.issuer}/readyz`);
    expect([response.status, await response.json()]).toEqual([
      503,
      { status: "unavailable", because: ["artifacts"] },
    ]);
    await startAgain();
    await waitFor("the node to be ready", async () => (await readiness()) === 200);
    expect(await isGood(await newTokens(provider, portal))).toBe(true);
  });
});

describeRedis("a Redis that forgets when it is full", () => {
  it("is refused at the start, with what to change", async () => {
    const redis = await startRedis(["--maxmemory-policy", "allkeys-lru"]);
    const [register] = databases;
    const environment = { ARTIFACTS_URL: redis.url };
    const starting = startTestProvider(register ?? fail(), { environment });
    await expect(starting).rejects.toThrow(
      /ARTIFACTS_URL: found a Redis whose maxmemory-policy is allkeys-lru.*noeviction/,
    );
    await redis.remove();
  });

  it("of another installation is served, and told of", async () => {
    const redis = await startRedis();
    const other = `https://${randomBytes(4).toString("hex")}.example`;
    await redis.node.ask((each) => each.set("lopauth", other));
    const [register] = databases;
    const environment = { ARTIFACTS_URL: redis.url };
    const provider = await startTestProvider(register ?? fail(), { environment });
    const log = provider.log.join("");
    await provider.stop();
    await redis.remove();
    expect(log).toContain("the artifacts' store says that it is another issuer's");
    expect(log).toContain(other);
  });
});

describe("an address whose file of authorities is not there", () => {
  it("is refused at the start, by its name", async () => {
    const [register] = databases;
    const environment = { ARTIFACTS_URL: "rediss://127.0.0.1:1?ca=/missing/ca.pem" };
    const starting = startTestProvider(register ?? fail(), { environment });
    await expect(starting).rejects.toThrow(
      /ARTIFACTS_URL: found \?ca= \/missing\/ca\.pem \(ENOENT\); expected a readable file/,
    );
  });
});

function fail(): never {
  throw new Error("there is always SQLite");
}
