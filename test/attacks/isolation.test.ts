import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { openArtifactStore } from "../../src/artifacts/index.ts";
import { systemClock, systemRandom } from "../../src/foundation/index.ts";
import { openDatabase } from "../../src/storage/index.ts";
import { BrowserAgent } from "../support/browser-agent.ts";
import { databases, migrated } from "../support/databases.ts";
import { rounds } from "../support/endurance.ts";
import { type Person, newPerson, sirets } from "../support/person.ts";
import { plainClient, userinfo } from "../support/plain-client.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

const clientIds = ["portal", "other"] as const;

describe.each(databases)("authorizations side by side on $name", (kind) => {
  let provider: TestProvider;

  beforeAll(async () => {
    provider = await startTestProvider(kind, { clients: { portal: {}, other: {} } });
  });
  afterAll(async () => {
    await provider.stop();
  });

  /** A browser that stops before the clients' own pages. */
  const newBrowser = () =>
    new BrowserAgent({ stopBefore: clientIds.map((id) => provider.party(id).origin) });
  const wanted = { scope: "openid siret" };
  const sessionCookie = (browser: BrowserAgent) =>
    browser.cookies.all().find(({ name }) => name === "session")?.value;

  it(
    "in two browsers, at two clients, chosen again and again: each token says its own choice",
    async () => {
      const person = await newPerson(provider, ...sirets);
      const browsers = [newBrowser(), newBrowser()];
      for (const browser of browsers) {
        await plainClient(provider, "portal").authorize(browser, wanted);
        await person.signIn(browser);
        await person.choose(sirets[0], browser);
      }
      const issued: { siret: string; access: unknown; refresh: unknown; clientId: string }[] = [];
      const authorizeOnce = async (step: number) => {
        const pick = <Item>(items: readonly Item[], salt: number) =>
          items[(step * salt + Math.floor(systemRandom.jitter() * 7)) % items.length] as Item;
        const clientId = pick(clientIds, 3);
        const client = plainClient(provider, clientId);
        const siret = pick(sirets, 5);
        const browser = pick(browsers, 7);
        const tab = browser.tab();
        const choosing = { ...wanted, prompt: "select_establishment" };
        await inTurn(browser, () => client.authorize(tab, choosing));
        await inTurn(browser, () => person.choose(siret, tab));
        const { body } = await client.redeem(client.answer(tab.page).get("code") ?? "");
        issued.push({
          siret,
          clientId,
          access: body["access_token"],
          refresh: body["refresh_token"],
        });
      };
      const saysItsOwn = async (index: number) => {
        const token = issued[index];
        if (!token) return;
        const answered = await userinfo(provider, token.access);
        expect(answered).toMatchObject({ status: 200, body: { siret: token.siret } });
      };
      // Eight authorizations under way at any moment, each with an older token asked in between.
      const total = rounds(104, 1000);
      await Promise.all(
        [0, 1, 2, 3, 4, 5, 6, 7].map(async (lane) => {
          for (let step = lane; step < total; step += 8) {
            await authorizeOnce(step);
            await saysItsOwn(Math.floor(systemRandom.jitter() * issued.length));
          }
        }),
      );
      expect(new Set(issued.map(({ siret }) => siret)).size).toBe(3);
      for (const [index, { siret, clientId, refresh }] of issued.entries()) {
        await saysItsOwn(index);
        if (index % rounds(4, 1) !== 0) continue;
        const { body } = await plainClient(provider, clientId).refresh(refresh);
        const renewed = await userinfo(provider, body["access_token"]);
        expect(renewed).toMatchObject({ status: 200, body: { siret } });
      }
    },
    rounds(60_000, 600_000),
  );

  it("changes the session's identifier at sign-in: one planted beforehand is worth nothing", async () => {
    const person = await newPerson(provider, sirets[0]);
    const attacker = newBrowser();
    await plainClient(provider, "portal").authorize(attacker, wanted);
    const planted = attacker.cookies.all();
    const victim = newBrowser();
    const home = new URL(provider.issuer);
    victim.cookies.store(
      home,
      planted.map(({ name, value, path }) => `${name}=${value}; Path=${path}`),
    );
    await plainClient(provider, "portal").authorize(victim, wanted);
    await person.signIn(victim);
    expect(plainClient(provider, "portal").answer(victim.page).get("code")).toBeTruthy();
    const plantedSession = planted.find(({ name }) => name === "session")?.value;
    expect(sessionCookie(victim)).toBeTruthy();
    expect(sessionCookie(victim)).not.toBe(plantedSession);
    await plainClient(provider, "portal").authorize(attacker, wanted);
    expect(attacker.page.h1).toBe("Connexion");
  });

  it("changes it again when another person signs in, and leaves the first person's session dead", async () => {
    const [first, second] = [
      await newPerson(provider, sirets[0]),
      await newPerson(provider, sirets[1]),
    ];
    const browser = newBrowser();
    const client = plainClient(provider, "portal");
    await client.authorize(browser, wanted);
    await first.signIn(browser);
    const tokens = await client.redeem(client.answer(browser.page).get("code") ?? "");
    const held = browser.cookies.all().filter(({ name }) => name.startsWith("session"));

    await client.authorize(browser, { ...wanted, prompt: "login" });
    await second.signIn(browser);
    const next = await client.redeem(client.answer(browser.page).get("code") ?? "");
    expect((await userinfo(provider, next.body["access_token"])).body).toMatchObject({
      sub: second.sub,
      siret: sirets[1],
    });
    expect(sessionCookie(browser)).not.toBe(held.find(({ name }) => name === "session")?.value);
    expect((await client.refresh(tokens.body["refresh_token"])).status).toBe(400);
    const thief = newBrowser();
    thief.cookies.store(
      new URL(provider.issuer),
      held.map(({ name, value }) => `${name}=${value}; Path=/`),
    );
    await client.authorize(thief, wanted);
    expect(thief.page.h1).toBe("Connexion");
  });

  it.each([
    ["without its signature", (name: string) => name.endsWith(".sig"), ""],
    ["with a forged signature", (name: string) => name.endsWith(".sig"), "x".repeat(27)],
  ])("refuses an interaction's cookie %s", async (_what, forged, value) => {
    const person = await newPerson(provider, sirets[0]);
    const browser = newBrowser();
    await plainClient(provider, "portal").authorize(browser, wanted);
    const address = browser.page.url;
    for (const cookie of browser.cookies.all().filter(({ name }) => forged(name))) {
      const age = value === "" ? "; Max-Age=0" : "";
      browser.cookies.store(new URL(address), [
        `${cookie.name}=${value}; Path=${cookie.path}${age}`,
      ]);
    }
    const page = await browser.post(
      address,
      { email: person.email, password: "cheval-pile-agrafe-correct" },
      address,
    );
    expect(page.status).toBe(410);
    expect(sessionCookie(browser)).toBeUndefined();
  });

  it("takes an interaction's cookie of one authorization for no other's", async () => {
    const [one, two] = [newBrowser(), newBrowser()];
    await plainClient(provider, "portal").authorize(one, wanted);
    await plainClient(provider, "portal").authorize(two, wanted);
    const address = new URL(two.page.url);
    one.cookies.store(
      address,
      one.cookies
        .all()
        .filter(({ name }) => name.startsWith("interaction"))
        .map(({ name, value }) => `${name}=${value}; Path=${address.pathname}`),
    );
    expect((await one.open(address)).status).toBe(410);
  });

  it("ends a choice under way in one tab when another tab signs out", async () => {
    const person: Person = await newPerson(provider, ...sirets);
    const client = plainClient(provider, "portal");
    const choosing = newBrowser();
    await client.authorize(choosing, wanted);
    await person.signIn(choosing);
    expect(choosing.page.findAll("input[name=siret]")).toHaveLength(3);

    const leaving = choosing.tab();
    await leaving.open(`${provider.issuer}/session/end`);
    await leaving.submit();
    await person.choose(sirets[1], choosing);
    expect(choosing.page.location ?? "").not.toContain("code=");
    expect(choosing.page.status).toBe(410);
    expect(choosing.page.h1).toBe("Votre demande de connexion a expiré");
    await client.authorize(choosing, wanted);
    expect(choosing.page.h1).toBe("Connexion");
  });
});

describe.each(databases)("the frozen establishments in the artifacts of $name", (kind) => {
  it("belong each to its own grant through 1000 interleavings of choosing, asking and ending", async () => {
    const home = await kind.create(migrated);
    const database = openDatabase(home.url);
    const artifacts = await openArtifactStore(home.url, systemClock);
    const live = new Map<string, string>();
    const choose = async () => {
      const grantId = systemRandom.secret();
      const siret = sirets[Math.floor(systemRandom.jitter() * 3)] ?? sirets[0];
      const session = `session-${Math.floor(systemRandom.jitter() * 2)}`;
      const clientId = clientIds[Math.floor(systemRandom.jitter() * 2)] ?? clientIds[0];
      await artifacts.put("Grant", grantId, { payload: {}, accountId: "one", clientId }, 600);
      const frozen = { accountId: "one", clientId, sessionUid: session, siret };
      await artifacts.freezeEstablishment(grantId, frozen, 600);
      live.set(grantId, siret);
    };
    const ask = async () => {
      const known = [...live];
      const [grantId, siret] = known[Math.floor(systemRandom.jitter() * known.length)] ?? [];
      if (grantId === undefined) return;
      const frozen = await artifacts.frozenEstablishment(grantId);
      if (live.has(grantId)) expect(frozen).toMatchObject({ siret });
    };
    const end = async () => {
      const [grantId] = live.keys();
      if (grantId === undefined) return;
      live.delete(grantId);
      await artifacts.removeGrant(grantId);
      expect(await artifacts.frozenEstablishment(grantId)).toBeUndefined();
    };
    const acts = [choose, choose, ask, ask, ask, end];
    for (let round = 0; round < 250; round += 1) {
      await Promise.all(
        Array.from({ length: 4 }, async () => {
          await acts[Math.floor(systemRandom.jitter() * acts.length)]?.();
        }),
      );
    }
    for (const [grantId, siret] of live) {
      expect(await artifacts.frozenEstablishment(grantId)).toMatchObject({ siret });
    }
    await artifacts.close();
    await database.close();
    await home.drop();
  });
});

const turns = new WeakMap<BrowserAgent, Promise<unknown>>();

/**
 * One step of a person in one browser: the next waits until its page is shown. The library gives a session a new
 * identifier after every answered page, so a request under way at that very moment with the former cookie
 * is a stranger's; people do not press two buttons in the same millisecond.
 */
async function inTurn(browser: BrowserAgent, step: () => Promise<unknown>): Promise<void> {
  const turn = (turns.get(browser) ?? Promise.resolve()).then(step);
  turns.set(
    browser,
    turn.catch(() => undefined),
  );
  await turn;
}
