import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { oneFactor, twoFactors } from "../../src/provider/authentication-levels.ts";
import {
  askRecovery,
  expectRefused,
  mailsTo,
  postAtOnce,
  recoveryLink,
} from "../support/account-journey.ts";
import { BrowserAgent } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { atOneInstant, fakeDate } from "../support/fake-date.ts";
import { type Person, newPerson, sirets } from "../support/person.ts";
import {
  enrolSecondFactor,
  shownCodes,
  shownSecret,
  totpCode,
  wrongCode,
} from "../support/second-factor.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

const askForTwo = { acr_values: twoFactors };
const check = "Vérification en deux étapes";
const enrolment = "Activer la vérification en deux étapes";

describe.each(databases)("the second factor, on $name", (kind) => {
  let provider: TestProvider;

  beforeAll(async () => {
    provider = await startTestProvider(kind, { clients: { portal: {} } });
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  afterAll(async () => {
    await provider.stop();
  });

  const portal = () => provider.party("portal");

  /** Somebody who turned it on, at a client that asked for it; their browser is signed in. */
  async function protectedPerson() {
    const person = await newPerson(provider, sirets[0]);
    await portal().login(person.browser, askForTwo);
    await person.signIn();
    return { ...person, ...(await enrolSecondFactor(person.browser)) };
  }

  /** The person in a new browser, with the password given: at the question of the second factor. */
  async function atTheQuestion(person: Person, browser = new BrowserAgent()) {
    const login = await portal().login(browser);
    await person.signIn(browser);
    return { browser, login };
  }

  const eventsOf = async ({ sub }: Person) =>
    (await provider.application.audit.page({ person: { sub } }, { limit: 100 })).entries;

  describe("for a person who has none", () => {
    it("is not asked for, and the ID token says that the password was all", async () => {
      const person = await newPerson(provider, sirets[0]);
      const login = await portal().login(person.browser);
      await person.signIn();
      const { claims, userinfo } = await login.signedIn();
      expect(claims).toMatchObject({ acr: oneFactor, amr: ["pwd"] });
      expect(Object.keys(userinfo)).not.toContain("acr");
    });

    it.each([
      ["acr_values", askForTwo],
      ["acr_values, preferred", { acr_values: `unknown ${twoFactors} ${oneFactor}` }],
      ["an essential claim", { claims: acrClaim({ essential: true, value: twoFactors }) }],
      [
        "an essential claim of several",
        { claims: acrClaim({ essential: true, values: [twoFactors] }) },
      ],
      [
        "an essential claim of several, of which one is none of ours",
        { claims: acrClaim({ essential: true, values: ["gold", twoFactors] }) },
      ],
    ])("is turned on where the client asks for it by %s", async (_name, parameters) => {
      const person = await newPerson(provider, sirets[0]);
      const login = await portal().login(person.browser, parameters);
      await person.signIn();
      const { page } = person.browser;
      expect(page).toMatchObject({ status: 200, h1: enrolment });
      expect(page.find("svg.qr-code")?.attribute("aria-label")).toContain("QR code");
      expect(shownSecret(page)).toMatch(/^[A-Z2-7]{32}$/);
      const { recoveryCodes } = await enrolSecondFactor(person.browser);
      expect(new Set(recoveryCodes).size).toBe(10);
      const { claims } = await login.signedIn();
      expect(claims).toMatchObject({ acr: twoFactors, amr: ["pwd", "otp", "mfa"] });
    });

    it("is turned on with the secret that was shown first, however often the page is loaded", async () => {
      const person = await newPerson(provider, sirets[0]);
      const { browser } = person;
      const login = await portal().login(browser, askForTwo);
      await person.signIn();
      const { url } = browser.page;
      const secret = shownSecret(browser.page);
      expect(shownSecret(await browser.open(url))).toBe(secret);
      await browser.click("English");
      expect(browser.page.lang).toBe("en");
      expect((await enrolSecondFactor(browser)).secret).toBe(secret);
      await login.signedIn();
    });

    it.each([
      ["one factor is preferred", { acr_values: `${oneFactor} ${twoFactors}` }],
      ["the level is a mere wish that nobody knows", { acr_values: "high" }],
      [
        "an essential claim takes one",
        { claims: acrClaim({ essential: true, values: [oneFactor, twoFactors] }) },
      ],
    ])("is not asked for when %s", async (_name, parameters) => {
      const person = await newPerson(provider, sirets[0]);
      const login = await portal().login(person.browser, parameters);
      await person.signIn();
      expect((await login.signedIn()).claims["acr"]).toBe(oneFactor);
    });

    it("fails at once for an essential level that is none of ours", async () => {
      const person = await newPerson(provider, sirets[0]);
      const claims = acrClaim({ essential: true, value: "gold" });
      const login = await portal().login(person.browser, { claims });
      expect((await login.refused()).error).toBe("unmet_authentication_requirements");
    });

    it("refuses a wrong code, keeps the secret it showed, and turns nothing on", async () => {
      const person = await newPerson(provider, sirets[0]);
      await portal().login(person.browser, askForTwo);
      await person.signIn();
      const { browser } = person;
      const secret = shownSecret(browser.page);
      await browser.fill({ code: wrongCode(secret) }).submit();
      expectRefused(browser.page, {
        code: "Ce code n'est pas le bon, ou il a déjà servi. Saisissez celui que l'application affiche en ce moment.",
      });
      await browser.fill({ code: "" }).submit();
      expectRefused(browser.page, { code: "Saisissez un code." });
      expect(shownSecret(browser.page)).toBe(secret);
      expect(await provider.application.secondFactors.has(person.sub)).toBe(false);
      const { recoveryCodes } = await enrolSecondFactor(browser);
      expect(recoveryCodes).toHaveLength(10);
    });

    it("takes no secret that was made for another person, nor one that is older than an hour", async () => {
      const other = await newPerson(provider, sirets[0]);
      await portal().login(other.browser, askForTwo);
      await other.signIn();
      const stolen = other.browser.page.form().values["enrolment"] ?? "";
      const person = await newPerson(provider, sirets[0]);
      await portal().login(person.browser, askForTwo);
      await person.signIn();
      const { browser } = person;
      const code = totpCode(shownSecret(other.browser.page));
      await browser.post(browser.page.url, { code, enrolment: stolen }, browser.page.url);
      const expired = {
        code: "Cette page est restée ouverte trop longtemps. Scannez le nouveau QR code.",
      };
      expectRefused(browser.page, expired);
      expect(await provider.application.secondFactors.has(person.sub)).toBe(false);
      const { totp } = provider.application.secondFactors;
      const account = await accountOf(person.email);
      const now = Math.floor(Date.now() / 1000) * 1000;
      fakeDate(now);
      const { sealed, secret } = totp.propose(account);
      const enrolAt = (seconds: number) => {
        fakeDate(now + seconds * 1000);
        return totp.enrol(account, { code: totpCode(secret), enrolment: sealed });
      };
      expect(await enrolAt(3600)).toMatchObject({
        problems: [{ field: "code", reason: "enrolment-expired" }],
      });
      expect(await enrolAt(3599)).toMatchObject({ accepted: true });
    });

    it("is turned on once when two pages do it at the same moment", async () => {
      const { totp } = provider.application.secondFactors;
      const person = await newPerson(provider);
      const account = await accountOf(person.email);
      const proposals = [totp.propose(account), totp.propose(account)];
      const outcomes = await Promise.all(
        proposals.map(({ sealed, secret }) =>
          totp.enrol(account, { code: totpCode(secret), enrolment: sealed }),
        ),
      );
      expect(outcomes.filter(({ accepted }) => accepted)).toHaveLength(1);
      expect(outcomes.find(({ accepted }) => !accepted)).toMatchObject({
        problems: [{ reason: "factor-known" }],
      });
    });

    it("tells the person by mail, and the audit", async () => {
      const person = await protectedPerson();
      const mails = await mailsTo(provider, person.email);
      expect(mails.map(({ subject }) => subject).sort()).toEqual([
        "Ouverture de votre accès",
        "Vérification en deux étapes activée",
      ]);
      const names = (await eventsOf(person)).map(({ name, outcome }) => `${name} ${outcome}`);
      expect(names).toContain("second-factor-added accepted");
    });
  });

  describe("for a person who has one", () => {
    it("is asked for at every client, once a session", async () => {
      const person = await protectedPerson();
      const { browser, login } = await atTheQuestion(person);
      expect(browser.page).toMatchObject({ status: 200, h1: check });
      await browser.fill({ code: " " }).submit();
      expectRefused(browser.page, { code: "Saisissez un code." });
      await browser.fill({ code: totpCode(person.secret) }).submit();
      expect((await login.signedIn()).claims).toMatchObject({
        acr: twoFactors,
        amr: ["pwd", "otp", "mfa"],
      });
      const again = await portal().login(browser);
      expect((await again.signedIn()).claims["acr"]).toBe(twoFactors);
    });

    it("keeps everything of ours closed until it is given", async () => {
      const person = await protectedPerson();
      const { browser } = await atTheQuestion(person);
      await browser.open(`${provider.issuer}/account`);
      expect(browser.page.h1).toBe(check);
      const silent = await portal().login(browser, { prompt: "none" });
      expect((await silent.refused()).error).toBe("login_required");
      const form = { given_name: "Eve", family_name: "Evil" };
      await browser.post(`${provider.issuer}/account/profile`, form, `${provider.issuer}/account`);
      expect((await accountOf(person.email)).givenName).toBe("Jeanne");
    });

    it("never offers to turn on another in its place, whatever the form says", async () => {
      const person = await protectedPerson();
      const { browser } = await atTheQuestion(person);
      const { totp } = provider.application.secondFactors;
      const { secret, sealed } = totp.propose(await accountOf(person.email));
      const forged = { code: totpCode(secret), enrolment: sealed };
      await browser.post(browser.page.url, forged, browser.page.url);
      expect(browser.page).toMatchObject({ status: 422, h1: check });
    });

    it("takes each code once: the one that turned it on, and every other", () =>
      // No other step begins meanwhile: what was used a moment ago would be of another.
      atOneInstant(async () => {
        const person = await protectedPerson();
        const first = await atTheQuestion(person);
        await first.browser.fill({ code: totpCode(person.secret, -1) }).submit();
        expectRefused(first.browser.page, {
          code: "Ce code a déjà servi. Attendez que l'application en affiche un autre.",
        });
        const code = totpCode(person.secret);
        await first.browser.fill({ code }).submit();
        await first.login.signedIn();
        const second = await atTheQuestion(person);
        await second.browser.fill({ code }).submit();
        expect(second.browser.page.status).toBe(422);
        await second.browser.fill({ code: totpCode(person.secret, 1) }).submit();
        await second.login.signedIn();
        // No code of an earlier step either, though it was never used.
        const third = await atTheQuestion(person);
        await third.browser.fill({ code: totpCode(person.secret) }).submit();
        expect(third.browser.page.status).toBe(422);
      }));

    it("takes each recovery code once, in place of the application's", async () => {
      const person = await protectedPerson();
      const [code = "", other = ""] = person.recoveryCodes;
      const first = await atTheQuestion(person);
      await first.browser.fill({ code: code.toLowerCase().replaceAll("-", " ") }).submit();
      expect((await first.login.signedIn()).claims["amr"]).toEqual(["pwd", "otp", "mfa"]);
      const second = await atTheQuestion(person);
      await second.browser.fill({ code }).submit();
      expect(second.browser.page.status).toBe(422);
      await second.browser.fill({ code: other }).submit();
      await second.login.signedIn();
      const held = await provider.application.secondFactors.held(person.sub);
      expect(held.recoveryCodesLeft).toBe(8);
    });

    it("takes nobody else's code", async () => {
      const person = await protectedPerson();
      const other = await protectedPerson();
      const { browser } = await atTheQuestion(person);
      await browser.fill({ code: other.recoveryCodes[0] ?? "" }).submit();
      expect(browser.page.status).toBe(422);
      expect((await provider.application.secondFactors.held(other.sub)).recoveryCodesLeft).toBe(10);
    });

    it.each(["application", "recovery"])(
      "lets one of fifty parallel uses of one %s code in",
      async (which) => {
        const { application } = provider;
        const person = await protectedPerson();
        const account = await accountOf(person.email);
        const code =
          which === "recovery" ? (person.recoveryCodes[3] ?? "") : totpCode(person.secret);
        const outcomes = await Promise.all(
          Array.from({ length: 50 }, () =>
            application.secondFactors.check(account, code, { browserSecret: undefined }),
          ),
        );
        expect(outcomes.filter(({ accepted }) => accepted)).toHaveLength(1);
      },
    );

    it("lets one of fifty parallel forms with one code go on", async () => {
      const person = await protectedPerson();
      const { browser } = await atTheQuestion(person);
      const fields = { code: totpCode(person.secret) };
      const statuses = await postAtOnce(browser, browser.page.url, fields, 50);
      expect(statuses.filter((status) => status === 303)).toHaveLength(1);
      expect(statuses.every((status) => [303, 422, 429].includes(status))).toBe(true);
    });
  });

  describe("that is guessed at", () => {
    it("waits over a minute after five wrong codes, and says how long", async () => {
      const now = Math.floor(Date.now() / 1000) * 1000;
      fakeDate(now);
      const person = await protectedPerson();
      const { browser, login } = await atTheQuestion(person);
      const code = wrongCode(person.secret);
      for (let failure = 1; failure <= 5; failure += 1) {
        await browser.fill({ code }).submit();
        expect(browser.page.status).toBe(422);
      }
      await browser.fill({ code: totpCode(person.secret) }).submit();
      expect(browser.page).toMatchObject({ status: 429, h1: check });
      expect(browser.page.headers["retry-after"]).toBe("61");
      fakeDate(now + 60_000);
      await browser.fill({ code: totpCode(person.secret) }).submit();
      expect(browser.page.status).toBe(429);
      fakeDate(now + 61_000);
      await browser.fill({ code: totpCode(person.secret) }).submit();
      await login.signedIn();
    });

    it("counts parallel guesses, and the password given again clears nothing", async () => {
      const person = await protectedPerson();
      const { browser } = await atTheQuestion(person);
      const fields = { code: wrongCode(person.secret) };
      const statuses = await postAtOnce(browser, browser.page.url, fields, 8);
      expect(statuses).toEqual([422, 422, 422, 422, 422, 429, 429, 429]);
      const { browser: another } = await atTheQuestion(person);
      expect(another.page.h1).toBe(check);
      await another.fill({ code: wrongCode(person.secret) }).submit();
      expect(another.page.status).toBe(429);
    });

    it("keeps nobody from a recovery code, nor from the browser in which it was proven", async () => {
      const now = Math.floor(Date.now() / 1000) * 1000;
      fakeDate(now);
      const person = await protectedPerson();
      fakeDate(now + 30_000);
      const { browser: own, login } = await atTheQuestion(person);
      await own.fill({ code: totpCode(person.secret) }).submit();
      await login.signedIn();
      // Who knows the password makes browsers known by it, as many as they like: they share one count.
      for (let stranger = 0; stranger < 2; stranger += 1) {
        const { browser } = await atTheQuestion(person);
        await postAtOnce(browser, browser.page.url, { code: wrongCode(person.secret) }, 3);
      }
      fakeDate(now + 60_000);
      const { browser: elsewhere, login: rescued } = await atTheQuestion(person);
      await elsewhere.fill({ code: totpCode(person.secret) }).submit();
      expect(elsewhere.page.status).toBe(429);
      await elsewhere.fill({ code: person.recoveryCodes[0] ?? "" }).submit();
      await rescued.signedIn();
      const again = await portal().login(own, { prompt: "login" });
      await person.signIn(own);
      await own.fill({ code: totpCode(person.secret) }).submit();
      await again.signedIn();
    });

    it("tells the owner once, at the fifth wrong code", async () => {
      const person = await protectedPerson();
      const { browser } = await atTheQuestion(person);
      const told = async () =>
        (await mailsTo(provider, person.email)).filter(
          ({ subject }) => subject === "Codes de vérification refusés",
        ).length;
      const guess = (times: number) =>
        postAtOnce(browser, browser.page.url, { code: wrongCode(person.secret) }, times);
      await guess(4);
      expect(await told()).toBe(0);
      await guess(4);
      expect(await told()).toBe(1);
    });

    it("is not forgotten by a recovered password, but by a change made with it", async () => {
      const person = await protectedPerson();
      const { guard, recovery, ownAccount, findAccount } = provider.application;
      const mayGuess = async () => (await guard.beginSecondFactor(person.sub, undefined)).accepted;
      while (await mayGuess());
      await askRecovery(provider, person.email);
      const secret = (await recoveryLink(provider, person.email)).split("/").at(-1) ?? "";
      const password = "trottoir-lampe-violon-marron";
      const typed = { password, password_confirmation: password };
      expect(await recovery.setPassword(secret, typed)).toMatchObject({ accepted: true });
      expect(await mayGuess()).toBe(false);
      const account = await findAccount(person.sub);
      if (!account) throw new Error("no account");
      const form = { ...typed, current_password: password };
      expect(
        await ownAccount.changePassword(account, form, { secret: undefined, isShared: false }),
      ).toMatchObject({
        accepted: true,
      });
      expect(await mayGuess()).toBe(true);
    });

    it("is in the audit with each refusal", async () => {
      const person = await protectedPerson();
      const { browser } = await atTheQuestion(person);
      await browser.fill({ code: wrongCode(person.secret) }).submit();
      const [event] = await eventsOf(person);
      expect(event).toMatchObject({
        name: "second-factor-checked",
        outcome: "refused",
        reason: "code-wrong",
        clientId: "portal",
      });
    });
  });

  describe("asked of a session that has none (step-up)", () => {
    const sessionOf = ({ cookies }: BrowserAgent) =>
      /(?:^|; )session=([^;]+)/.exec(cookies.header(new URL(provider.issuer)) ?? "")?.[1];

    it("keeps when the password was given, and gives the session another identifier", async () => {
      const now = Math.floor(Date.now() / 1000) * 1000;
      fakeDate(now - 600_000);
      const person = await newPerson(provider, sirets[0]);
      const login = await portal().login(person.browser);
      await person.signIn();
      const { claims } = await login.signedIn();
      const before = sessionOf(person.browser);
      fakeDate(now);
      const stepUp = await portal().login(person.browser, { ...askForTwo, max_age: "3600" });
      expect(person.browser.page.h1).toBe(enrolment);
      await enrolSecondFactor(person.browser);
      const stronger = await stepUp.signedIn();
      expect(stronger.claims).toMatchObject({ acr: twoFactors, sub: claims.sub });
      expect(stronger.claims["auth_time"]).toBe(now / 1000 - 600);
      expect(before).toBeDefined();
      expect(sessionOf(person.browser)).not.toBe(before);
      const sessions = await provider.application.artifacts.find("Session", before ?? "");
      expect(sessions).toBeUndefined();
    });

    it("shows the recovery codes at the page that made them alone, until it is left", async () => {
      const person = await newPerson(provider, sirets[0]);
      const login = await portal().login(person.browser, askForTwo);
      await person.signIn();
      const { browser } = person;
      await browser.fill({ code: totpCode(shownSecret(browser.page)) }).submit();
      const codes = shownCodes(browser.page);
      await browser.open(browser.page.url);
      expect(shownCodes(browser.page)).toEqual(codes);
      await browser.submit();
      await login.signedIn();
      expect(browser.cookies.header(new URL(provider.issuer)) ?? "").not.toContain(
        "recovery-codes",
      );
    });
  });

  it("stands nowhere in clear: neither the secret nor a code, at rest or in the log", async () => {
    const person = await protectedPerson();
    const { knex } = provider.application.database;
    const rows = JSON.stringify([await knex("totp_factors"), await knex("recovery_codes")]);
    const log = provider.log.join("");
    for (const secret of [person.secret, ...person.recoveryCodes]) {
      expect(rows).not.toContain(secret);
      expect(log).not.toContain(secret);
    }
  });

  it("is erased with the account", async () => {
    const person = await protectedPerson();
    await provider.application.deleteAccount({ account: person, by: "operator" });
    const { knex } = provider.application.database;
    for (const table of ["totp_factors", "recovery_codes"]) {
      expect(await knex(table).where({ account_sub: person.sub })).toEqual([]);
    }
  });

  async function accountOf(email: string) {
    const found = await provider.application.administration.find(email);
    if (!found.accepted) throw new Error(`no account ${email}`);
    return found.value;
  }
});

function acrClaim(acr: object): string {
  return JSON.stringify({ id_token: { acr } });
}
