import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { BrowserAgent } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { type Person, newPerson } from "../support/person.ts";
import { plainClient, userinfo } from "../support/plain-client.ts";
import { newColleague } from "../support/staff.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

describe.each(databases)("everybody out at once, on $name", (kind) => {
  let provider: TestProvider;

  beforeAll(async () => {
    provider = await startTestProvider(kind, {
      clients: { portal: { backchannel_logout_uri: "http://127.0.0.1:9/" } },
      // The jobs would end what is left before a test looks.
      environment: { PRIVATE_HOSTS: "127.0.0.1", JOBS: "off" },
    });
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });
  afterAll(async () => {
    await provider.stop();
  });

  /** Somebody signed in at the portal. */
  async function signedIn() {
    const person = await newPerson(provider);
    const client = plainClient(provider, "portal");
    const browser = new BrowserAgent({ stopBefore: [provider.party("portal").origin] });
    const wanted = { scope: "openid" };
    const enter = () => client.code(browser, wanted, () => person.signIn(browser));
    const { body } = await client.redeem(await enter());
    return { ...person, browser, client, body, enter };
  }
  const sessions = ({ sub }: Person) => provider.application.artifacts.sessionsOf(sub);
  const notices = async ({ sub }: Person) => {
    const about = { account_sub: sub, channel: "back-channel-logout" };
    const rows: unknown[] = await provider.application.database.knex("outbox").where(about);
    return rows.length;
  };
  const isIn = async (browser: BrowserAgent) =>
    (await browser.open(`${provider.issuer}/account`)).h1 === "Mon compte";

  it("by an admin's button: sessions and tokens of all, in one write, before anything is removed", async () => {
    const [one, two] = [await signedIn(), await signedIn()];
    const admin = await newColleague(provider, "admin");
    const removed = jest.spyOn(provider.application.endings, "endEverybodys").mockResolvedValue(0);
    await admin.open("/admin/members");
    await admin.browser.click("Déconnecter tout le monde…");
    await admin.browser.submit("Déconnecter tout le monde");
    expect(admin.browser.page.h1).toBe("Connexion");
    for (const { browser, body, client } of [one, two]) {
      expect((await userinfo(provider, body["access_token"])).status).toBe(401);
      expect((await client.refresh(body["refresh_token"])).status).toBe(400);
      expect(await client.isActive(body["access_token"])).toBe(false);
      expect(await isIn(browser)).toBe(false);
    }
    expect((await sessions(one)).length).toBe(1);
    expect(removed).toBeDefined();
    const { entries } = await provider.application.audit.page(
      { name: "everybodys-sessions-ended" },
      { limit: 1 },
    );
    expect(entries).toMatchObject([{ actor: admin.sub, outcome: "accepted" }]);
  });

  it("ends what is left and tells the clients afterwards, and leaves who has signed in since", async () => {
    const { endings } = provider.application;
    const [gone, back] = [await signedIn(), await signedIn()];
    await endings.renewEverybodys("operator");
    const { body } = await back.client.redeem(await back.enter());
    expect(await sessions(back)).toHaveLength(1);
    while ((await endings.endEverybodys()) > 0);
    expect(await sessions(gone)).toEqual([]);
    expect(await notices(gone)).toBe(1);
    expect(await sessions(back)).toHaveLength(1);
    expect((await userinfo(provider, body["access_token"])).status).toBe(200);
    expect(await isIn(back.browser)).toBe(true);
    expect(await endings.endEverybodys()).toBe(0);
  });

  it("goes on where a node was killed, and begins anew when it is done again meanwhile", async () => {
    const { endings, artifacts } = provider.application;
    const person = await signedIn();
    await endings.renewEverybodys("operator");
    const died = new Error("the process died");
    jest.spyOn(artifacts, "sessionsOf").mockRejectedValue(died);
    // Of each who is left: one that fails holds up no other.
    const faults = await endings.endEverybodys().catch((fault: unknown) => fault);
    expect(faults instanceof AggregateError ? faults.errors : [faults]).toContain(died);
    jest.restoreAllMocks();
    await person.enter();
    await endings.renewEverybodys("operator");
    while ((await endings.endEverybodys()) > 0);
    expect(await sessions(person)).toEqual([]);
  });
});
