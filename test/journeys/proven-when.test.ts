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
import type { Account } from "../../src/accounts/index.ts";
import { type EmailAddress, parseEmailAddress } from "../../src/foundation/index.ts";
import { askRecovery, mailTo, recoveryLink } from "../support/account-journey.ts";
import { BrowserAgent } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { fakeDate } from "../support/fake-date.ts";
import { type Person, newPerson, sirets } from "../support/person.ts";
import { plainClient, userinfo } from "../support/plain-client.ts";
import { enrolSecondFactor, shownSecret, totpCode } from "../support/second-factor.ts";
import { type TestProvider, goodPassword, startTestProvider } from "../support/test-provider.ts";

/**
 * What is proven counts from the moment and under the credentials that it was proven with, not from when it is used. The
 * clock stands still: no comparison of seconds could tell before from after.
 */
describe.each(databases)("what was proven, on $name", (kind) => {
  let provider: TestProvider;
  const now = Math.floor(Date.now() / 1000) * 1000;

  beforeAll(async () => {
    provider = await startTestProvider(kind, {
      clients: { portal: {}, third: { first_party: false } },
    });
  });
  beforeEach(() => {
    fakeDate(now);
  });
  afterEach(() => {
    jest.restoreAllMocks();
    jest.useRealTimers();
  });
  afterAll(async () => {
    await provider.stop();
  });

  const accountOf = async ({ sub }: Person): Promise<Account> => {
    const [account] = await provider.application.accounts.findAllBySub([sub]);
    if (!account) throw new Error("the account is gone");
    return account;
  };
  const seconds = () => Math.floor(Date.now() / 1000);
  const signIns = { scope: "openid" };

  /** What voids, each in the way it is done. */
  const changes: Record<string, (person: Person) => Promise<unknown>> = {
    "a new password": async (person) => {
      const typed = { password: "girafe-violet-tambour-neige" };
      const form = { current_password: goodPassword, password_confirmation: typed.password };
      const { ownAccount } = provider.application;
      const account = await accountOf(person);
      const outcome = await ownAccount.changePassword(
        account,
        { ...form, ...typed },
        { secret: undefined, isShared: false },
      );
      expect(outcome.accepted).toBe(true);
    },
    "a recovered password": async (person) => {
      await askRecovery(provider, person.email);
      const [secret = ""] = (await recoveryLink(provider, person.email)).split("/").slice(-1);
      const password = "girafe-violet-tambour-neige";
      const form = { password, password_confirmation: password };
      expect((await provider.application.recovery.setPassword(secret, form)).accepted).toBe(true);
    },
    "another address": async (person) => {
      const { addressChange } = provider.application;
      const email = `autre.${person.email}`;
      const form = { email, email_confirmation: email, current_password: goodPassword };
      const account = await accountOf(person);
      expect((await addressChange.request(account, form, undefined)).accepted).toBe(true);
      const { links } = await mailTo(provider, email, "Validation de votre nouvelle adresse");
      const secret = links
        .find((link) => link.includes("/account/email/"))
        ?.split("/")
        .at(-1);
      const confirmed = await addressChange.confirm(secret ?? "", goodPassword, undefined);
      expect(confirmed.accepted).toBe(true);
    },
    "being disabled and enabled": async ({ email }) => {
      const { administration } = provider.application;
      expect((await administration.setState(email, "disabled", "operator")).accepted).toBe(true);
      expect((await administration.setState(email, "active", "operator")).accepted).toBe(true);
    },
    "all sessions ended by staff": async (person) =>
      provider.application.administration.endSessions(person.email, "operator"),
    "everybody's sessions ended": async () =>
      provider.application.endings.renewEverybodys("operator"),
    "a second factor reset": async (person) => {
      const { database, secondFactors } = provider.application;
      const factor = { secret: "sealed", last_step: 0, created_at: seconds() };
      await database.knex("totp_factors").insert({ account_sub: person.sub, ...factor });
      expect((await secondFactors.reset(person, "operator")).accepted).toBe(true);
    },
  };
  /** The register alone decides: what would remove the rows from the artifacts dies first. */
  const withoutRemoval = async (work: () => Promise<unknown>) => {
    const { artifacts } = provider.application;
    const died = new Error("the process died");
    jest.spyOn(artifacts, "describe").mockRejectedValue(died);
    await work().catch((fault: unknown) => {
      if (fault !== died) throw fault;
    });
    jest.restoreAllMocks();
  };
  const names = Object.keys(changes);
  const change = async (name: string, person: Person) => {
    const work = changes[name];
    if (!work) throw new Error(name);
    // Of two steps each would die by itself.
    if (name === "being disabled and enabled") {
      await withoutRemoval(() =>
        provider.application.administration.setState(mail(person), "disabled", "operator"),
      );
      await provider.application.administration.setState(mail(person), "active", "operator");
    } else await withoutRemoval(() => work(person));
  };
  const mail = ({ email }: Person): EmailAddress => parseEmailAddress(email) as EmailAddress;

  /** A browser that leaves the answer of a question where it is. */
  const holding = () =>
    new BrowserAgent({
      stopBefore: [`${provider.issuer}/auth/`, provider.party("portal").origin],
    });
  const resumed = (held: BrowserAgent): Promise<unknown> => {
    const address = held.page.location ?? "";
    expect(address).toContain("/auth/");
    const free = new BrowserAgent({
      stopBefore: [provider.party("portal").origin, provider.party("third").origin],
      cookies: held.cookies,
    });
    return free.open(address).then(() => free);
  };
  const followed = async (held: BrowserAgent) => (await resumed(held)) as BrowserAgent;
  const account = (browser: BrowserAgent) => browser.open(`${provider.issuer}/account`);

  describe.each(names)("before %s", (name) => {
    it("an answer held back signs nobody in, though its rows are left", async () => {
      const person = await newPerson(provider);
      const held = holding();
      await plainClient(provider, "portal").authorize(held, signIns);
      await person.signIn(held);
      await change(name, person);
      const browser = await followed(held);
      expect(browser.page).toMatchObject({ status: 200, h1: "Connexion" });
      await account(browser);
      expect(browser.page.h1).toBe("Connexion");
    });

    it("sessions, codes and tokens open nothing, though their rows are left", async () => {
      const person = await newPerson(provider);
      const client = plainClient(provider, "portal");
      const browser = new BrowserAgent({ stopBefore: [provider.party("portal").origin] });
      const code = await client.code(browser, signIns, () => person.signIn(browser));
      const { body } = await client.redeem(code);
      const unused = await client.code(browser, signIns);
      expect((await userinfo(provider, body["access_token"])).status).toBe(200);
      await change(name, person);
      expect((await userinfo(provider, body["access_token"])).status).toBe(401);
      expect(await client.isActive(body["access_token"])).toBe(false);
      expect((await client.refresh(body["refresh_token"])).status).toBe(400);
      expect((await client.redeem(unused)).status).toBe(400);
      await client.authorize(browser, signIns);
      expect(browser.page.h1).toBe("Connexion");
      await account(browser);
      expect(browser.page.h1).toBe("Connexion");
    });

    it("what is asked in the session of before is not answered", async () => {
      const person = await newPerson(provider);
      await plainClient(provider, "third").authorize(person.browser, signIns);
      await person.signIn();
      expect(person.browser.page.h1).toBe("Autoriser l'accès à vos données");
      await change(name, person);
      await person.browser.submit("Autoriser");
      expect(person.browser.page).toMatchObject({
        status: 410,
        h1: "Votre demande de connexion a expiré",
      });
    });

    it("the mark of a browser is that of no known browser", async () => {
      const person = await newPerson(provider);
      const { knownBrowsers } = provider.application;
      await knownBrowsers.remember(await accountOf(person), "a mark");
      expect(await knownBrowsers.find(await accountOf(person), "a mark")).toBeDefined();
      await change(name, person);
      expect(await knownBrowsers.find(await accountOf(person), "a mark")).toBeUndefined();
    });
  });

  /** Each thing that is proven at one moment and used at another; held, it says whether it still opens. */
  const carried: Record<string, (person: Person) => Promise<() => Promise<boolean>>> = {
    "a mailed recovery": async ({ email }) => {
      await askRecovery(provider, email);
      const link = await recoveryLink(provider, email);
      return async () => (await new BrowserAgent().open(link)).status === 200;
    },
    "a mailed recovery, its page open": async ({ email }) => {
      await askRecovery(provider, email);
      const browser = new BrowserAgent();
      await browser.open(await recoveryLink(provider, email));
      const typed = "tortue-orange-piano-verglas";
      return async () => {
        await browser.fill({ password: typed, password_confirmation: typed }).submit();
        return browser.page.status !== 410;
      };
    },
    "a pending address": async (person) => {
      const { addressChange } = provider.application;
      const email = `promise.${person.email}`;
      const form = { email, email_confirmation: email, current_password: goodPassword };
      await addressChange.request(await accountOf(person), form, undefined);
      const mailed = await mailTo(provider, email, "Validation de votre nouvelle adresse");
      // So that another change may be asked for at once.
      const { knex } = provider.application.database;
      await knex("address_changes").where({ account_sub: person.sub }).decrement("created_at", 61);
      const link = mailed.links.find((each) => each.includes("/account/email/")) ?? "";
      const secret = link.split("/").at(-1) ?? "";
      return async () => {
        const confirmed = await addressChange.confirm(secret, goodPassword, undefined);
        return confirmed.accepted || (await new BrowserAgent().open(link)).status === 200;
      };
    },
    "the mark of a device": async (person) => {
      const { knownBrowsers } = provider.application;
      await knownBrowsers.remember(await accountOf(person), `mark of ${person.sub}`);
      await knownBrowsers.noteFactor(person, `mark of ${person.sub}`);
      const known = async (by: "the password" | "two factors") =>
        (await knownBrowsers.find(await accountOf(person), `mark of ${person.sub}`, by)) !==
        undefined;
      return async () => (await known("the password")) || known("two factors");
    },
    "a choice of establishment": async (person) => {
      await provider.openAccess(person.email, ...sirets.slice(0, 2));
      const browser = new BrowserAgent({ stopBefore: [provider.party("portal").origin] });
      await plainClient(provider, "portal").authorize(browser, { scope: "openid siret" });
      await person.signIn(browser);
      expect(browser.page.h1).toBe("Choisir un établissement");
      return async () => {
        await browser.fill({ siret: sirets[1] }).submit("Continuer");
        return browser.page.status !== 410;
      };
    },
    "a pushed request, signed in and held at its consent": async (person) => {
      const client = plainClient(provider, "third");
      const fields = Object.fromEntries(client.authorizationUrl(signIns).searchParams);
      const { body } = await client.post("/request", fields);
      const browser = new BrowserAgent({ stopBefore: [provider.party("third").origin] });
      const url = new URL(`${provider.issuer}/auth`);
      url.search = new URLSearchParams({
        client_id: "third",
        request_uri: String(body["request_uri"]),
      }).toString();
      await browser.open(url);
      await person.signIn(browser);
      expect(browser.page.h1).toBe("Autoriser l'accès à vos données");
      return async () => {
        await browser.submit("Autoriser");
        return browser.page.status !== 410;
      };
    },
    "a form that is kept": async (person) => {
      const { keptForms } = provider.application;
      const sender = await accountOf(person);
      const request = { body: { given_name: "Autre" }, files: undefined };
      const ctx = { path: "/account/profile", querystring: "", request } as never;
      const id = (await keptForms.keep(ctx, sender, { route: "", params: {} })) ?? "";
      expect(await keptForms.find(id, sender)).toBeDefined();
      return async () => {
        const now = await accountOf(person);
        const found = await keptForms.find(id, now);
        return found !== undefined || keptForms.carryOut(id, now, () => Promise.resolve(true));
      };
    },
    "a page of one's own that is open": async (person) => {
      await account(person.browser);
      await person.signIn();
      return async () => {
        const page = `${provider.issuer}/account`;
        await person.browser.post(`${page}/profile`, { given_name: "X", family_name: "Y" }, page);
        return person.browser.page.h1 === "Mon compte";
      };
    },
  };

  describe.each(names)("held over %s", (name) => {
    it.each(Object.keys(carried))("%s opens nothing", async (what) => {
      const person = await newPerson(provider);
      const opens = await carried[what]?.(person);
      await change(name, person);
      expect(await opens?.()).toBe(false);
    });
  });

  it.each(Object.keys(carried))("%s opens while nothing changed", async (what) => {
    const opens = await carried[what]?.(await newPerson(provider));
    expect(await opens?.()).toBe(true);
  });

  it("an answer held back is removed with what ended it", async () => {
    const person = await newPerson(provider);
    const held = holding();
    await plainClient(provider, "third").authorize(held, signIns);
    await person.signIn(held);
    await provider.application.administration.endSessions(person.email, "operator");
    const browser = await followed(held);
    expect(browser.page.status).toBe(410);
    // To who asked, not to the service that a person is led to where nobody is known to have asked.
    expect(browser.page.find("#primary")?.attribute("href")).toBe(provider.party("third").origin);
  });

  it.each(["being disabled and enabled", "all sessions ended by staff"])(
    "mailed links and a pending address open nothing after %s",
    async (name) => {
      const person = await newPerson(provider);
      const { addressChange } = provider.application;
      await askRecovery(provider, person.email);
      const recovery = await recoveryLink(provider, person.email);
      const email = `nouvelle.${person.email}`;
      const form = { email, email_confirmation: email, current_password: goodPassword };
      await addressChange.request(await accountOf(person), form, undefined);
      const mailed = await mailTo(provider, email, "Validation de votre nouvelle adresse");
      const address = mailed.links.find((link) => link.includes("/account/email/")) ?? "";
      const browser = new BrowserAgent();
      for (const [link, status] of [
        [recovery, 200],
        [address, 200],
      ] as const)
        expect((await browser.open(link)).status).toBe(status);
      await change(name, person);
      for (const link of [recovery, address]) expect((await browser.open(link)).status).toBe(410);
      const secret = address.split("/").at(-1) ?? "";
      const confirmed = await addressChange.confirm(secret, goodPassword, undefined);
      expect(confirmed).toMatchObject({ accepted: false, problems: [{ reason: "link-unknown" }] });
    },
  );

  it.each([
    ["the sign-in", {}],
    ["the sign-up, asked for", { prompt: "create" }],
  ])("%s that is open outlives the void session that it began in", async (_, asked) => {
    const person = await newPerson(provider);
    const browser = new BrowserAgent({ stopBefore: [provider.party("portal").origin] });
    const client = plainClient(provider, "portal");
    await client.code(browser, signIns, () => person.signIn(browser));
    await provider.application.endings.renewEverybodys("operator");
    await client.authorize(browser, { ...signIns, ...asked });
    if ("prompt" in asked) await browser.click("Se connecter");
    expect(browser.page.h1).toBe("Connexion");
    while ((await provider.application.endings.endEverybodys()) > 0);
    await person.signIn(browser);
    const { body } = await client.redeem(client.answer(browser.page).get("code") ?? "");
    expect((await userinfo(provider, body["access_token"])).status).toBe(200);
  });

  it("a browser in which a person signs in again takes no grant of before", async () => {
    const person = await newPerson(provider);
    const client = plainClient(provider, "portal");
    const browser = new BrowserAgent({ stopBefore: [provider.party("portal").origin] });
    const code = await client.code(browser, signIns, () => person.signIn(browser));
    const { body: before } = await client.redeem(code);
    await change("all sessions ended by staff", person);
    const again = await client.code(browser, signIns, () => person.signIn(browser));
    const { body } = await client.redeem(again);
    expect((await userinfo(provider, body["access_token"])).status).toBe(200);
    expect((await client.refresh(body["refresh_token"])).status).toBe(200);
    expect((await client.refresh(before["refresh_token"])).status).toBe(400);
  });

  describe("is as old as its check", () => {
    const authTime = async (browser: BrowserAgent) => {
      const client = plainClient(provider, "portal");
      const { body } = await client.redeem(client.answer(browser.page).get("code") ?? "");
      const [, claims = ""] = String(body["id_token"]).split(".");
      const { auth_time } = JSON.parse(Buffer.from(claims, "base64url").toString()) as {
        auth_time: number;
      };
      return auth_time;
    };

    it("when its answer was held back for twenty minutes", async () => {
      const person = await newPerson(provider);
      const held = holding();
      await plainClient(provider, "portal").authorize(held, { ...signIns, max_age: "3600" });
      fakeDate(now + 60_000);
      await person.signIn(held);
      fakeDate(now + 1_200_000);
      expect(await authTime(await followed(held))).toBe(now / 1000 + 60);
    });

    it("so that max_age asks anew", async () => {
      const person = await newPerson(provider);
      const held = holding();
      await plainClient(provider, "portal").authorize(held, { ...signIns, max_age: "600" });
      await person.signIn(held);
      fakeDate(now + 601_000);
      const browser = await followed(held);
      expect(browser.page.h1).toBe("Connexion");
      await person.signIn(browser);
      expect(await authTime(browser)).toBe(now / 1000 + 601);
    });

    it("while max_age=1 lets who takes a moment through", async () => {
      const person = await newPerson(provider);
      const held = holding();
      await plainClient(provider, "portal").authorize(held, { ...signIns, max_age: "1" });
      await person.signIn(held);
      fakeDate(now + 240_000);
      expect(await authTime(await followed(held))).toBe(now / 1000);
    });

    it("when the second factor is given later, without the cookie of the session", async () => {
      const person = await newPerson(provider);
      await account(person.browser);
      await person.signIn();
      await person.browser.open(`${provider.issuer}/account/security/application`);
      const { secret } = await enrolSecondFactor(person.browser);
      const browser = new BrowserAgent({ stopBefore: [provider.party("portal").origin] });
      await plainClient(provider, "portal").authorize(browser, { ...signIns, max_age: "3600" });
      await person.signIn(browser);
      fakeDate(now + 600_000);
      await plainClient(provider, "portal").authorize(browser, { ...signIns, max_age: "3600" });
      expect(browser.page.h1).toBe("Vérification en deux étapes");
      fakeDate(now + 1_200_000);
      const all = browser.cookies.header(new URL(browser.page.url)) ?? "";
      const without = all.split("; ").filter((cookie) => !/^session(\.sig)?=/.test(cookie));
      expect(without).toHaveLength(all.split("; ").length - 2);
      const posted = await fetch(browser.page.url, {
        method: "POST",
        redirect: "manual",
        headers: { cookie: without.join("; ") },
        body: new URLSearchParams({ code: totpCode(secret) }),
      });
      expect(posted.status).toBe(303);
      await browser.open(posted.headers.get("location") ?? "");
      expect(await authTime(browser)).toBe(now / 1000);
    });
  });

  it("a second factor whose session has ended is not asked for, and proves nothing", async () => {
    const person = await newPerson(provider);
    await plainClient(provider, "portal").authorize(person.browser, {
      ...signIns,
      acr_values: "https://auth.lopcommerce.com/acr/two-factors",
    });
    await person.signIn();
    const code = totpCode(shownSecret(person.browser.page));
    await change("all sessions ended by staff", person);
    await person.browser.fill({ code }).submit();
    expect(person.browser.page.status).toBe(410);
    expect(await provider.application.secondFactors.has(person.sub)).toBe(false);
  });

  it("ends everywhere but here when a person turns a second factor off, and is no fresher", async () => {
    const person = await newPerson(provider);
    await account(person.browser);
    await person.signIn();
    const elsewhere = new BrowserAgent();
    await person.browser.open(`${provider.issuer}/account/security/application`);
    const { secret } = await enrolSecondFactor(person.browser);
    await account(elsewhere);
    await person.signIn(elsewhere);
    await elsewhere.fill({ code: totpCode(secret) }).submit();
    expect(elsewhere.page.h1).toBe("Mon compte");
    fakeDate(now + 840_000);
    const security = `${provider.issuer}/account/security`;
    await person.browser.open(security);
    await person.browser.post(`${security}/application/remove`, {}, security);
    await person.browser.submit();
    expect(person.browser.page.h1).toBe("Ma sécurité");
    await account(elsewhere);
    expect(elsewhere.page.h1).toBe("Connexion");
    fakeDate(now + 901_000);
    await person.browser.open(`${security}/application`);
    expect(person.browser.page.h1).toBe("Confirmez que c'est vous");
  });

  describe("beside a node of release 0.2.0", () => {
    /** Takes what that release does not know out of what a browser's session is. */
    async function asThatRelease(browser: BrowserAgent): Promise<void> {
      const { artifacts } = provider.application;
      const header = browser.cookies.header(new URL(provider.issuer)) ?? "";
      const jti = /(?:^|; )session=([^;]+)/.exec(header)?.[1] ?? "";
      const found = await artifacts.find("Session", jti);
      const { credentials, ...payload } = found?.payload ?? {};
      expect(credentials).toMatch(/^\d+\.\d+$/);
      const { accountId, uid } = payload as { accountId?: string; uid?: string };
      await artifacts.put("Session", jti, { payload, accountId, uid }, 3600);
    }

    it("a session that it wrote counts, until a later second's change", async () => {
      const person = await newPerson(provider);
      await account(person.browser);
      await person.signIn();
      await asThatRelease(person.browser);
      await account(person.browser);
      expect(person.browser.page.h1).toBe("Mon compte");
      fakeDate(now + 1000);
      await change("all sessions ended by staff", person);
      await account(person.browser);
      expect(person.browser.page.h1).toBe("Connexion");
    });

    it("a change that it makes voids what was proven here in the same second", async () => {
      const person = await newPerson(provider);
      await account(person.browser);
      await person.signIn();
      const { knex } = provider.application.database;
      await knex("accounts")
        .where({ sub: person.sub })
        .update({ credentials_changed_at: seconds(), endings_due: knex.raw("endings_due + 1") });
      await account(person.browser);
      expect(person.browser.page.h1).toBe("Connexion");
    });

    it("an answer that it wrote, without its moment, is as old as its question", async () => {
      const person = await newPerson(provider);
      const held = holding();
      const client = plainClient(provider, "portal");
      await client.authorize(held, signIns);
      const uid = held.page.url.split("/").at(-1) ?? "";
      fakeDate(now + 1000);
      await person.signIn(held);
      const { artifacts } = provider.application;
      const found = await artifacts.find("Interaction", uid);
      const payload = found?.payload as { result: { login: object } };
      const login = { ...payload.result.login, ts: undefined, credentials: undefined };
      const answered = { payload: { ...payload, result: { login } } };
      await artifacts.put("Interaction", uid, answered, 3600);
      await change("all sessions ended by staff", person);
      const browser = await followed(held);
      expect(browser.page.h1).toBe("Connexion");
    });
  });
});
