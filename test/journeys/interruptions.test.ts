import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { newAddress, signIn, signUpFields } from "../support/account-journey.ts";
import { BrowserAgent, type Page } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { fakeDate } from "../support/fake-date.ts";
import { type TestProvider, goodPassword, startTestProvider } from "../support/test-provider.ts";

describe.each(databases)("an authorization that is interrupted, on $name", (kind) => {
  let provider: TestProvider;

  beforeAll(async () => {
    provider = await startTestProvider(kind, {
      clients: {
        portal: {},
        other: { service_name: "Espace CFA" },
        bare: { client_uri: undefined },
      },
    });
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  afterAll(async () => {
    await provider.stop();
  });

  async function newAccount(): Promise<string> {
    const email = newAddress();
    await provider.addAccount(email);
    return email;
  }

  /** Not the first client: its own address is not the portal's. */
  const start = (browser: BrowserAgent) => provider.party("other").login(browser);

  function expectWayBack(page: Page, heading: string): void {
    expect(page).toMatchObject({ status: 410, h1: heading, lang: "fr" });
    expect(page.text).toContain("Vous serez redirigé vers « Espace CFA ».");
    const { text, attribute } = page.find("#primary") ?? {};
    expect(text).toBe("Reprendre la connexion");
    expect(attribute?.("href")).toBe(provider.party("other").origin);
  }

  it.each(["/Interaction/abc", "/INTERACTION/abc/signup", "/Interaction/abc/passkey"])(
    "%s, which nobody here began, is a page and no fault, however it is written",
    async (path) => {
      const page = await new BrowserAgent().open(provider.issuer + path);
      expect([page.status, page.lang]).toEqual([410, "fr"]);
    },
  );

  it("leads on from the back button, and from the form that was answered", async () => {
    const email = await newAccount();
    const browser = new BrowserAgent();
    const login = await start(browser);
    const { url } = browser.page;
    const form = browser.page.form().fill({ email, password: goodPassword });
    await form.submit();
    await login.signedIn();
    const heading = "Votre demande de connexion a expiré";
    expectWayBack(await browser.open(url), heading);
    expectWayBack(await form.submit(), heading);
    expectWayBack(await browser.open(`${url}/signup`), heading);
    const again = await start(browser);
    expect((await again.signedIn()).userinfo.email).toBe(email);
  });

  it("takes a sign-up that its authorization did not outlive, and leads back to the service", async () => {
    const browser = new BrowserAgent();
    await start(browser);
    const { url } = browser.page;
    await browser.open(`${url}/signup`);
    const email = newAddress();
    const form = browser.fill(signUpFields(email));
    // In another tab somebody signs in: the authorization is answered.
    const other = browser.tab();
    await other.open(url);
    await other.fill({ email: await newAccount(), password: goodPassword }).submit();
    const sent = await form.submit("Créer le compte");
    expect(sent.status).toBe(200);
    expect(sent.url).toContain(`${provider.issuer}/signup/sent`);
    const { knex } = provider.application.database;
    expect(await knex("pending_sign_ups").where({ email }).pluck("client_id")).toEqual(["other"]);
  });

  it("ends a double click on « Se connecter » signed in", async () => {
    const email = await newAccount();
    const browser = new BrowserAgent();
    const login = await start(browser);
    const form = browser.page.form().fill({ email, password: goodPassword });
    const [first, second] = await Promise.all([form.submit(), form.submit()]);
    expect([first.h1, second.h1]).toContain("Signed in");
    expect((await login.signedIn()).userinfo.email).toBe(email);
  });

  it("leads on from a form whose sign-in was finished elsewhere while it was read", async () => {
    const email = await newAccount();
    const browser = new BrowserAgent();
    const login = await start(browser);
    const { url } = browser.page;
    const { promise: finished, resolve: finish } = Promise.withResolvers<unknown>();
    const answer = fetch(url, {
      method: "POST",
      headers: {
        cookie: browser.cookies.header(new URL(url)) ?? "",
        origin: provider.issuer,
        "content-type": "application/x-www-form-urlencoded",
      },
      body: (async function* () {
        yield Buffer.from(`email=${encodeURIComponent(email)}`);
        await finished;
        yield Buffer.from(`&password=${goodPassword}`);
      })(),
      duplex: "half",
    });
    await signIn(browser, email);
    await login.signedIn();
    finish(undefined);
    const { status } = await answer;
    const page = await (await answer).text();
    expect([status, /<h1>(.*)<\/h1>/.exec(page)?.[1]]).toEqual([
      410,
      "Votre demande de connexion a expiré",
    ]);
    expect(page).toContain(`href="${provider.party("other").origin}"`);
  });

  /** What a newer build beside this one would have stored of the browser's authorization. */
  async function storedByNewer(
    browser: BrowserAgent,
    change: (payload: Record<string, unknown>) => void,
  ): Promise<void> {
    const uid = new URL(browser.page.url).pathname.split("/")[2] ?? "";
    const { artifacts } = provider.application;
    const stored = await artifacts.find("Interaction", uid);
    if (!stored) throw new Error("no interaction");
    change(stored.payload);
    const { params } = stored.payload as { params: { client_id: string } };
    await artifacts.put(
      "Interaction",
      uid,
      { payload: stored.payload, clientId: params.client_id },
      3600,
    );
  }

  it("leads on from a question that only a newer build can ask", async () => {
    const browser = new BrowserAgent();
    await start(browser);
    await storedByNewer(browser, (payload) => {
      payload["prompt"] = { name: "newer_question", reasons: [], details: {} };
    });
    expectWayBack(await browser.open(browser.page.url), "Votre demande de connexion a expiré");
  });

  it("names no service where the portal is led to, for one that has no address of its own", async () => {
    const browser = new BrowserAgent();
    await provider.party("bare").login(browser);
    const foreign = await new BrowserAgent().open(browser.page.url);
    await storedByNewer(browser, (payload) => {
      payload["prompt"] = { name: "newer_question", reasons: [], details: {} };
    });
    const unknown = await browser.open(browser.page.url);
    const signedOut = await browser.open(`${provider.issuer}/session/end/success?client_id=bare`);
    for (const page of [foreign, unknown, signedOut]) {
      expect(page.text).not.toContain("Service bare");
      expect(page.find("#primary")?.attribute("href")).toBe(provider.party("portal").origin);
    }
  });

  it("asks again what was answered in the form of a newer build", async () => {
    const email = await newAccount();
    const browser = new BrowserAgent();
    const login = await start(browser);
    const address = browser.page.url.replace("/interaction/", "/auth/");
    await storedByNewer(browser, (payload) => {
      payload["result"] = { form: 2, login: { accountId: "who knows" } };
    });
    const page = await browser.open(address);
    expect(page.status).toBe(200);
    expect(page.find("#password")).toBeDefined();
    await signIn(browser, email);
    expect((await login.signedIn()).userinfo.email).toBe(email);
  });

  it("leads on from an address opened in another browser", async () => {
    const browser = new BrowserAgent();
    await start(browser);
    const page = await new BrowserAgent().open(browser.page.url);
    expectWayBack(page, "Cette connexion a commencé ailleurs");
  });

  it.each([
    ["at the second it expires", 3600],
    ["a second later", 3601],
    ["once its row is swept", 7200],
  ])("leads on %s", async (_when, seconds) => {
    const begin = Math.floor(Date.now() / 1000) * 1000;
    fakeDate(begin);
    const email = await newAccount();
    const browser = new BrowserAgent();
    await start(browser);
    const form = browser.page.form().fill({ email, password: goodPassword });
    fakeDate(begin + 1000 * seconds);
    if (seconds === 7200) await provider.application.artifacts.sweep(1000);
    expectWayBack(await browser.open(browser.page.url), "Votre demande de connexion a expiré");
    expectWayBack(await form.submit(), "Votre demande de connexion a expiré");
  });

  it("is still open the second before", async () => {
    const begin = Math.floor(Date.now() / 1000) * 1000;
    fakeDate(begin);
    const email = await newAccount();
    const browser = new BrowserAgent();
    const login = await start(browser);
    fakeDate(begin + 3_599_000);
    await signIn(browser, email);
    await login.signedIn();
  });

  it("leads to the portal from an address that never was one", async () => {
    const page = await new BrowserAgent().open(`${provider.issuer}/interaction/never-was`);
    expect(page.status).toBe(410);
    expect(page.find("#primary")?.attribute("href")).toBe(provider.party("portal").origin);
  });

  it("ends well in both of two tabs", async () => {
    const email = await newAccount();
    const first = new BrowserAgent();
    const second = first.tab();
    const firstLogin = await start(first);
    const secondLogin = await provider.party("portal").login(second);
    expect(first.page.url).not.toBe(second.page.url);
    await signIn(second, email);
    await signIn(first, email);
    expect((await firstLogin.signedIn()).claims.aud).toBe("other");
    expect((await secondLogin.signedIn()).claims.aud).toBe("portal");
  });

  it("ends well when two tabs sign in as two people: the second stays signed in", async () => {
    const [one, two] = [await newAccount(), await newAccount()];
    const first = new BrowserAgent();
    const second = first.tab();
    const firstLogin = await start(first);
    const secondLogin = await start(second);
    await signIn(first, one);
    await signIn(second, two);
    expect((await firstLogin.signedIn()).userinfo.email).toBe(one);
    expect((await secondLogin.signedIn()).userinfo.email).toBe(two);
    expect((await (await start(first)).signedIn()).userinfo.email).toBe(two);
  });

  it("leads on when the session it began in was left for another person's", async () => {
    const [one, two] = [await newAccount(), await newAccount()];
    const first = new BrowserAgent();
    await start(first);
    await signIn(first, one);
    const second = first.tab();
    const firstLogin = await provider.party("other").login(first, { prompt: "login" });
    await provider.party("other").login(second, { prompt: "login" });
    await signIn(first, two);
    expect((await firstLogin.signedIn()).userinfo.email).toBe(two);
    expectWayBack(await signIn(second, two), "Votre demande de connexion a expiré");
  });

  it("is no stranger's when that session was left before its first page was shown", async () => {
    const [one, two] = [await newAccount(), await newAccount()];
    const first = new BrowserAgent({ stopBefore: [`${provider.issuer}/interaction/`] });
    const second = new BrowserAgent({ cookies: first.cookies });
    await start(second);
    await signIn(second, one);
    await provider.party("other").login(first, { prompt: "login" });
    const address = first.page.hops.at(-1)?.location ?? "";
    await provider.party("other").login(second, { prompt: "login" });
    await signIn(second, two);
    expectWayBack(await second.open(address), "Votre demande de connexion a expiré");
  });
});
