import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { hours, minutes } from "../../src/foundation/index.ts";
import { twoFactors } from "../../src/provider/authentication-levels.ts";
import { mailsTo } from "../support/account-journey.ts";
import { BrowserAgent } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { fakeDate } from "../support/fake-date.ts";
import { accountOf, answerPasskey, enrolPasskey, passkeyAsked } from "../support/passkeys.ts";
import { type Person, newPerson, sirets } from "../support/person.ts";
import { enrolSecondFactor } from "../support/second-factor.ts";
import { softwareAuthenticator } from "../support/software-authenticator.ts";
import { enrolmentCode, staffAtWork } from "../support/staff.ts";
import { type TestProvider, goodPassword, startTestProvider } from "../support/test-provider.ts";

const check = "Vérification en deux étapes";

describe.each(databases)("a passkey alone, on $name", (kind) => {
  let provider: TestProvider;

  beforeAll(async () => {
    provider = await startTestProvider(kind, { clients: { portal: {} } });
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  afterAll(() => provider.stop());

  const portal = () => provider.party("portal");
  const at = (path: string) => `${provider.issuer}${path}`;
  const eventsOf = async ({ sub }: Pick<Person, "sub">) =>
    (await provider.application.audit.page({ person: { sub } }, { limit: 20 })).entries;
  const summary = ({ page }: BrowserAgent) => page.find(".error-summary")?.text ?? "";

  /** Somebody with a passkey, and nothing else. */
  async function holder() {
    const person = await newPerson(provider, sirets[0]);
    return { ...person, ...(await enrolPasskey(provider, person)) };
  }

  /** Signs in at the portal by it. */
  async function signedIn({ device }: Awaited<ReturnType<typeof holder>>, browser: BrowserAgent) {
    const login = await portal().login(browser);
    await answerPasskey(browser, device);
    return login.signedIn();
  }

  it("signs in, and the ID token says two factors and no password", async () => {
    const person = await holder();
    const { claims, userinfo } = await signedIn(person, person.browser);
    expect(claims).toMatchObject({ sub: person.sub, acr: twoFactors, amr: ["hwk", "mfa"] });
    expect(userinfo.sub).toBe(person.sub);
    const [event] = await eventsOf(person);
    expect(event).toMatchObject({
      ...{ name: "signed-in", outcome: "accepted", clientId: "portal" },
      details: { by: "passkey" },
    });
    // Single sign-on goes on without a question, at our own pages as well.
    expect((await person.browser.open(at("/account"))).h1).toBe("Mon compte");
  });

  it("signs in who came with an identifier that is longer than devices keep", async () => {
    const person = await newPerson(provider, sirets[0]);
    const { knex } = provider.application.database;
    const sub = `f:${"0123456789abcdef".repeat(15)}:d`;
    await knex("accounts").where({ sub: person.sub }).update({ sub });
    const account = await accountOf(provider, sub);
    const { options } = await provider.application.secondFactors.passkeys.proposeEnrolment(account);
    // Browsers make none of more than 64 bytes (WebAuthn Level 3 §5.4.3).
    expect(Buffer.from(options.user.id, "base64url").length).toBeLessThanOrEqual(64);
    const enrolled = await enrolPasskey(provider, { sub });
    const { claims } = await signedIn({ ...person, sub, ...enrolled }, person.browser);
    expect(claims).toMatchObject({ sub, amr: ["hwk", "mfa"] });
  });

  it("says of no password that it was given, whatever else is turned on behind it", async () => {
    const person = await holder();
    await signedIn(person, person.browser);
    await person.browser.open(at("/account/security/application"));
    await enrolSecondFactor(person.browser);
    expect(person.browser.page).toMatchObject({ status: 200, h1: "Vos codes de secours" });
    const { claims } = await (await portal().login(person.browser)).signedIn();
    expect(claims).toMatchObject({ acr: twoFactors, amr: ["hwk", "mfa"] });
  });

  it("is asked of nobody by name: the page says the same whoever comes", async () => {
    const person = await holder();
    await portal().login(person.browser, { login_hint: person.email });
    const { options } = await passkeyAsked(person.browser);
    expect(options).toMatchObject({
      ...{ allowCredentials: [], userVerification: "required", rpId: "localhost" },
      timeout: minutes(5) * 1000,
    });
    const { page } = person.browser;
    expect(page.find("#email")?.attribute("autocomplete")).toBe("username");
    expect(page.find("form[data-passkey]")?.attribute("hidden")).toBeDefined();
  });

  it("makes its browser known, by both factors", async () => {
    const person = await holder();
    await signedIn(person, person.browser);
    await signedIn(person, new BrowserAgent());
    const letter = "Connexion depuis un nouveau navigateur";
    const told = async () =>
      (await mailsTo(provider, person.email)).filter(({ subject }) => subject === letter).length;
    expect(await told()).toBe(1);
    await person.browser.open(at("/account"));
    await person.browser.click("Se déconnecter");
    await signedIn(person, person.browser);
    expect(await told()).toBe(1);
    const { knownBrowsers } = provider.application;
    const secret = /known-browser=([^;]+)/.exec(
      person.browser.cookies.header(new URL(provider.issuer)) ?? "",
    )?.[1];
    const account = await accountOf(provider, person.sub);
    expect(await knownBrowsers.find(account, secret, "two factors")).toBeDefined();
  });

  it("on a shared computer keeps nothing but a session of an hour", async () => {
    const person = await holder();
    const browser = new BrowserAgent();
    await portal().login(browser);
    await answerPasskey(browser, person.device, {}, { shared_computer: "1" });
    expect(browser.cookies.header(new URL(provider.issuer))).not.toContain("known-browser");
    fakeDate(Date.now() + minutes(61) * 1000);
    expect((await browser.open(at("/account"))).h1).toBe("Connexion");
  });

  describe("answers", () => {
    it("are good once, at the page that asked, and within an hour", async () => {
      const person = await holder();
      await portal().login(person.browser);
      const asked = await passkeyAsked(person.browser);
      const elsewhere = new BrowserAgent();
      await portal().login(elsewhere);
      const answer = { ...person.device.use(asked) };
      // Another interaction, even of the same browser, is another page.
      await elsewhere.post(elsewhere.page.url, answer, elsewhere.page.url);
      expect(summary(elsewhere)).toContain("Cette page est restée ouverte trop longtemps.");
      expect(elsewhere.page.status).toBe(422);
      await person.browser.post(person.browser.page.url, answer, person.browser.page.url);
      const { passkeySignIn } = provider.application.secondFactors;
      const uid = "an interaction";
      const from = { secret: undefined, isShared: true, openedIn: {} };
      const spending = { spend: () => Promise.resolve(), isSpent: () => true };
      const propose = async () => {
        const request = await passkeySignIn.propose({ uid, sub: undefined });
        if (!request) throw new Error("nothing is asked");
        return request;
      };
      const reasonOf = async (form: { credential: string; challenge: string }) => {
        const { outcome } = await passkeySignIn.answer(
          { uid, sub: undefined },
          form,
          from,
          spending,
        );
        return outcome.accepted ? "accepted" : outcome.problems[0].reason;
      };
      const now = Math.floor(Date.now() / 1000) * 1000;
      fakeDate(now);
      const [first, second] = [await propose(), await propose()];
      fakeDate(now + hours(1) * 1000 - 1000);
      const good = person.device.use(first);
      expect(await reasonOf(good)).toBe("accepted");
      expect(await reasonOf(good)).toBe("passkey-expired");
      fakeDate(now + hours(1) * 1000);
      expect(await reasonOf(person.device.use(second))).toBe("passkey-expired");
    });

    it("to the question of the second factor are none to that of the sign-in", async () => {
      const person = await holder();
      await portal().login(person.browser);
      await person.signIn();
      expect(person.browser.page.h1).toBe(check);
      const asked = await passkeyAsked(person.browser);
      const browser = new BrowserAgent();
      await portal().login(browser);
      await browser.post(browser.page.url, { ...person.device.use(asked) }, browser.page.url);
      expect(browser.page.status).toBe(422);
      expect(summary(browser)).toContain("trop longtemps");
    });

    it("that were held back sign nobody in, once what was proven is void", async () => {
      const person = await holder();
      const held = new BrowserAgent({ stopBefore: [at("/auth/")] });
      await portal().login(held);
      await answerPasskey(held, person.device);
      expect(held.page.location).toContain("/auth/");
      // The register alone decides: no row of the sign-in is removed.
      await provider.application.accounts.renewCredentials(person.sub, 0);
      const free = new BrowserAgent({ cookies: held.cookies });
      await free.open(held.page.location ?? "");
      expect(free.page.h1).toBe("Connexion");
    });

    it("of a disabled account are refused as any", async () => {
      const person = await holder();
      await provider.application.administration.setState(person.email, "disabled", "operator");
      await portal().login(person.browser);
      await answerPasskey(person.browser, person.device);
      expect(summary(person.browser)).toContain("Cette clé d'accès n'a pas été reconnue.");
      const [event] = await eventsOf(person);
      expect(event).toMatchObject({ name: "signed-in", reason: "passkey-refused" });
      // Nobody's password changed: enabled again, the passkey is enough as it was.
      await provider.application.administration.setState(person.email, "active", "operator");
      const { claims } = await signedIn(person, new BrowserAgent());
      expect(claims["amr"]).toEqual(["hwk", "mfa"]);
    });

    it("of a copy are refused, and an event of their own", async () => {
      const person = await holder();
      await portal().login(person.browser);
      await answerPasskey(person.browser, person.device, { counter: 1 });
      expect(person.browser.page.status).toBe(422);
      expect(summary(person.browser)).toContain("ce qui arrive quand elle a été copiée");
      expect((await eventsOf(person)).slice(0, 2)).toMatchObject([
        { name: "signed-in", outcome: "refused", reason: "passkey-counter-back" },
        { name: "passkey-counter-went-back", outcome: "refused" },
      ]);
    });

    it("are counted as passwords are: beyond the limit nothing is looked at", async () => {
      const limited = await startTestProvider(kind, {
        clients: { portal: {} },
        environment: { SIGN_INS_PER_ADDRESS_PER_MINUTE: "3" },
      });
      try {
        const browser = new BrowserAgent();
        await limited.party("portal").login(browser);
        const statuses: number[] = [];
        for (let time = 0; time < 4; time += 1) {
          const { url } = browser.page;
          const form = { credential: '{"id":"a-passkey"}', challenge: "x" };
          statuses.push((await browser.tab().post(url, form, url)).status);
        }
        expect(statuses).toEqual([422, 422, 422, 429]);
        // What no device wrote counts nothing.
        const { url } = browser.page;
        const nothing = { credential: '{"id":"\\u0000"}', challenge: "x" };
        const written = () => limited.log.filter((line) => line.includes('"event":"signed-in"'));
        const before = written().length;
        expect((await browser.tab().post(url, nothing, url)).status).toBe(422);
        expect([before, written().length]).toEqual([3, 3]);
      } finally {
        await limited.stop();
      }
    });
  });

  describe("after a new password", () => {
    it("is not enough before it was used beside it once", async () => {
      const person = await holder();
      const { ownAccount } = provider.application;
      const typed = { password: "girafe-violet-tambour-neige" };
      const form = { current_password: goodPassword, password_confirmation: typed.password };
      const account = await accountOf(provider, person.sub);
      const browserOf = { secret: undefined, isShared: false };
      await ownAccount.changePassword(account, { ...form, ...typed }, browserOf);
      const { browser } = person;
      const login = await portal().login(browser);
      await answerPasskey(browser, person.device);
      expect(summary(browser)).toContain("Votre mot de passe a changé.");
      await browser.fill({ email: person.email, ...typed }).submit("Se connecter");
      expect(browser.page.h1).toBe(check);
      await answerPasskey(browser, person.device);
      expect((await login.signedIn()).claims["amr"]).toEqual(["pwd", "hwk", "mfa"]);
      const { claims } = await signedIn(person, new BrowserAgent());
      expect(claims["amr"]).toEqual(["hwk", "mfa"]);
    });
  });

  describe("proves who somebody is again", () => {
    it.each([{ prompt: "login" }, { max_age: "60" }])(
      "for a client that asks by %j",
      async (by) => {
        const person = await holder();
        await signedIn(person, person.browser);
        const now = Math.floor(Date.now() / 1000) + minutes(2);
        fakeDate(now * 1000);
        const login = await portal().login(person.browser, by);
        expect(person.browser.page.h1).toBe("Connexion");
        await answerPasskey(person.browser, person.device);
        expect((await login.signedIn()).claims["auth_time"]).toBe(now);
      },
    );

    it("on one's own pages, where its person has one, without saying who they are", async () => {
      const person = await holder();
      await signedIn(person, person.browser);
      fakeDate(Date.now() + minutes(16) * 1000);
      const { browser } = person;
      await browser.open(at("/account/security/passkeys/new"));
      expect(browser.page.h1).toBe("Confirmez que c'est vous");
      expect((await passkeyAsked(browser)).options.allowCredentials).toMatchObject([
        { id: person.device.credentialId },
      ]);
      // A key that does not find its accounts by itself names none.
      await answerPasskey(browser, person.device, { userHandle: "" });
      expect(browser.page.h1).toBe("Ajouter une clé d'accès");
    });

    it("on one's own pages, and by the password where its person has none", async () => {
      const person = await newPerson(provider);
      await person.browser.open(at("/account"));
      await person.signIn();
      fakeDate(Date.now() + minutes(16) * 1000);
      await person.browser.open(at("/account/security/passkeys/new"));
      expect(person.browser.page.h1).toBe("Confirmez que c'est vous");
      expect(person.browser.page.find("form[data-passkey]")).toBeUndefined();
    });
  });

  describe("of a member of staff", () => {
    async function staff() {
      const person = await newPerson(provider);
      await provider.application.administration.setRole(person.email, "agent", "operator");
      const code = await enrolmentCode(provider, person);
      const { staff: enrolment, passkeys } = provider.application.secondFactors;
      const account = await accountOf(provider, person.sub);
      const admission = await enrolment.check(account, code);
      if (!admission.accepted) throw new Error(admission.problems[0].reason);
      const device = softwareAuthenticator(provider.issuer);
      const form = device.create(await passkeys.proposeEnrolment(account));
      expect((await passkeys.enrol(account, form, "", admission.value)).accepted).toBe(true);
      return { ...staffAtWork(provider, person), device, recoveryCodes: [] };
    }

    it("is not asked for on the way to the back office, and refused there", async () => {
      const colleague = await staff();
      await colleague.open("/admin");
      const { browser } = colleague;
      expect(browser.page.h1).toBe("Connexion");
      expect(browser.page.find("form[data-passkey]")).toBeUndefined();
      expect((await browser.tab().open(`${browser.page.url}/passkey`)).status).toBe(404);
      const elsewhere = new BrowserAgent();
      await portal().login(elsewhere);
      const answer = { ...colleague.device.use(await passkeyAsked(elsewhere)) };
      await browser.post(browser.page.url, answer, browser.page.url);
      expect(browser.page.status).toBe(422);
      expect(summary(browser)).toContain("L'espace d'administration demande votre mot de passe");
    });

    it("signs in elsewhere, and the back office asks the password and the passkey again", async () => {
      const colleague = await staff();
      const { browser, device } = colleague;
      await portal().login(browser);
      await answerPasskey(browser, device);
      await colleague.open("/account");
      expect(browser.page.h1).toBe("Mon compte");
      await colleague.open("/admin");
      expect(browser.page.h1).toBe("Confirmez que c'est vous");
      expect(browser.page.text).toContain(
        "L'espace d'administration demande votre mot de passe en plus de votre clé d'accès.",
      );
      await browser.fill({ email: colleague.email, password: goodPassword }).submit("Continuer");
      expect(browser.page.h1).toBe(check);
      await answerPasskey(browser, device);
      expect(browser.page.url).toBe(at("/admin"));
    });
  });

  describe("is offered on one's own page", () => {
    const offer = ({ page }: BrowserAgent) => page.find("[data-for-passkeys]");

    it("to who has none, hidden from browsers without a script, until they say later", async () => {
      const person = await newPerson(provider);
      const { browser } = person;
      await browser.open(at("/account"));
      await person.signIn();
      expect(offer(browser)?.attribute("hidden")).toBeDefined();
      await browser.open(at("/account/passkey-offer"));
      expect(browser.page.url).toBe(at("/account"));
      expect(offer(browser)).toBeDefined();
      await browser.submit("Plus tard");
      expect(browser.page.h1).toBe("Mon compte");
      expect(offer(browser)).toBeUndefined();
      const elsewhere = new BrowserAgent();
      await elsewhere.open(at("/account"));
      await person.signIn(elsewhere);
      expect(offer(elsewhere)).toBeDefined();
    });

    it("neither to who has one, nor to staff, nor on a shared computer", async () => {
      const person = await holder();
      await signedIn(person, person.browser);
      await person.browser.open(at("/account"));
      expect(offer(person.browser)).toBeUndefined();
      const shared = await newPerson(provider);
      await shared.browser.open(at("/account"));
      await shared.browser
        .fill({ email: shared.email, password: goodPassword, shared_computer: true })
        .submit("Se connecter");
      expect(shared.browser.page.h1).toBe("Mon compte");
      expect(offer(shared.browser)).toBeUndefined();
      const colleague = await newPerson(provider);
      await provider.application.administration.setRole(colleague.email, "agent", "operator");
      await colleague.browser.open(at("/account"));
      await colleague.signIn();
      expect(colleague.browser.page.h1).toBe("Mon compte");
      expect(offer(colleague.browser)).toBeUndefined();
    });
  });
});
