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
import { newAddress, signUpFields } from "../support/account-journey.ts";
import { BrowserAgent, type Page } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { fakeDate } from "../support/fake-date.ts";
import { newPerson } from "../support/person.ts";
import { enrolSecondFactor, totpCode } from "../support/second-factor.ts";
import { softwareAuthenticator } from "../support/software-authenticator.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

/** A limit counts what reaches its cost, and is no weapon against who shares its address. */
describe.each(databases)("the limits of an address, on $name", (kind) => {
  let provider: TestProvider;

  beforeAll(async () => {
    provider = await startTestProvider(kind, {
      clients: { portal: {} },
      environment: {
        SIGN_INS_PER_ADDRESS_PER_MINUTE: "3",
        SIGN_UPS_PER_ADDRESS_PER_HOUR: "2",
        TRUSTED_PROXIES: "1",
      },
    });
  });
  afterAll(async () => {
    await provider.stop();
  });

  // A window must not end on a busy machine.
  beforeEach(() => {
    fakeDate(Math.floor(Date.now() / 1000) * 1000);
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  let last = 0;
  /** Browsers of one office, which no other test uses. */
  const office = () => {
    const address = `192.0.2.${(last += 1)}`;
    return () => new BrowserAgent({ headers: { "x-forwarded-for": `${address}:40001` } });
  };
  const written = async () => {
    const counted = async (table: string) =>
      Number((await provider.application.database.knex(table).count({ rows: "*" }))[0]?.["rows"]);
    return [await counted("audit_events"), await counted("rate_limits")];
  };
  /** Leaves the mark of the browser alone. */
  const signedOut = ({ cookies }: BrowserAgent) => {
    for (const { name } of cookies.all())
      if (!name.startsWith("known-browser")) cookies.clear(name);
  };
  const signInPage = (browser: BrowserAgent) => browser.open(`${provider.issuer}/account`);
  const limited = { status: 429, h1: "Trop de demandes" };

  it("count no empty or malformed form, and nothing is written down of these", async () => {
    const browser = office()();
    const person = await newPerson(provider);
    const post = async (path: string, fields: Record<string, string>): Promise<Page> =>
      browser.post(provider.issuer + path, fields, provider.issuer + path);
    await signInPage(browser);
    const signIn = new URL(browser.page.url).pathname;
    const before = await written();
    for (let count = 0; count < 6; count += 1) {
      for (const [path, fields] of [
        [signIn, {}],
        [signIn, { email: person.email, password: "" }],
        [signIn, { email: "no address", password: "something" }],
        [signIn, { email: person.email, password: "x".repeat(1100) }],
        ["/signup", {}],
        ["/signup", signUpFields("no address", { password: "short" })],
        ["/signup/resend", {}],
        ["/recovery", {}],
        ["/recovery", { email: "no address" }],
        ["/recovery/of-nobody", { password: "" }],
        ["/validate/of-nobody", { password: "x" }],
        ["/account/email/of-nobody", { password: "x" }],
      ] as const)
        expect((await post(path, fields)).status).not.toBe(429);
    }
    expect(await written()).toEqual(before);
    await signInPage(browser);
    await person.signIn(browser);
    expect(browser.page.h1).toBe("Mon compte");
  });

  it("count what reaches the cost: a password that is judged, a letter, a hash", async () => {
    const open = office();
    const signUp = async (changes: Record<string, string>) => {
      const browser = open();
      await browser.open(`${provider.issuer}/signup`);
      return browser.fill(signUpFields(newAddress(), changes)).submit();
    };
    const judged = { password: "motdepasse123", password_confirmation: "motdepasse123" };
    for (let count = 0; count < 3; count += 1)
      expect((await signUp({ ...judged, email: "no address" })).status).toBe(422);
    expect(await signUp(judged)).toMatchObject(limited);
    const other = office();
    for (let count = 0; count < 2; count += 1) {
      const browser = other();
      await browser.open(`${provider.issuer}/recovery`);
      await browser.fill({ email: newAddress() }).submit();
      expect(browser.page.status).toBe(200);
    }
    const browser = other();
    await browser.open(`${provider.issuer}/recovery`);
    expect(await browser.fill({ email: newAddress() }).submit()).toMatchObject(limited);
  });

  it("never refuse the right password, nor the code, in a browser that the account knows", async () => {
    const open = office();
    const person = await newPerson(provider);
    const known = open();
    await signInPage(known);
    await person.signIn(known);
    await known.open(`${provider.issuer}/account/security/application`);
    const { secret } = await enrolSecondFactor(known);
    signedOut(known);
    await signInPage(known);
    await person.signIn(known);
    await known.fill({ code: totpCode(secret) }).submit();
    expect(known.page.h1).toBe("Mon compte");
    signedOut(known);
    // A colleague, or who sits in the same train, uses the address up.
    for (let count = 0; count < 4; count += 1) {
      const stranger = open();
      await signInPage(stranger);
      await stranger.fill({ email: newAddress(), password: "not-the-password" }).submit();
      if (count === 3) expect(stranger.page).toMatchObject(limited);
    }
    await signInPage(known);
    await person.signIn(known);
    expect(known.page.h1).toBe("Vérification en deux étapes");
    await known.fill({ code: totpCode(secret, 1) }).submit();
    expect(known.page.h1).toBe("Mon compte");
    // The mark is of this account alone.
    const other = await newPerson(provider);
    signedOut(known);
    await signInPage(known);
    await other.signIn(known);
    expect(known.page).toMatchObject(limited);
  });

  it("never refuse a passkey nor a recovery code there either", async () => {
    const open = office();
    const person = await newPerson(provider);
    const { accounts, secondFactors } = provider.application;
    const [account] = await accounts.findAllBySub([person.sub]);
    if (!account) throw new Error("no account");
    const device = softwareAuthenticator(provider.issuer);
    const answer = async () => {
      const request = await secondFactors.passkeys.proposeCheck(person.sub);
      if (!request) throw new Error("no passkey");
      return device.use(request);
    };
    const { passkeys } = secondFactors;
    const enrolment = device.create(await passkeys.proposeEnrolment(account));
    const enrolled = await passkeys.enrol(account, enrolment, "clé");
    const codes = enrolled.accepted ? (enrolled.value.recoveryCodes ?? []) : [];
    const known = open();
    const asked = async () => {
      signedOut(known);
      await signInPage(known);
      await person.signIn(known);
      expect(known.page.h1).toBe("Vérification en deux étapes");
      return known.page.url;
    };
    // The browser is known from the first time on, and the office's counter used up from then.
    for (let count = 0; count < 3; count += 1) {
      const url = await asked();
      expect((await known.post(url, { ...(await answer()) }, url)).h1).toBe("Mon compte");
    }
    await asked();
    await known.fill({ code: codes[0] ?? "" }).submit();
    expect(known.page.h1).toBe("Mon compte");
    const stranger = open();
    for (let count = 0; count < 4; count += 1) {
      await signInPage(stranger);
      await stranger.fill({ email: newAddress(), password: "not-the-password" }).submit();
    }
    expect(stranger.page).toMatchObject(limited);
    const url = await asked();
    expect((await known.post(url, { ...(await answer()) }, url)).h1).toBe("Mon compte");
    await asked();
    await known.fill({ code: codes[1] ?? "" }).submit();
    expect(known.page.h1).toBe("Mon compte");
  });

  it("count no answer that no device wrote, and no code that is none", async () => {
    const browser = office()();
    const person = await newPerson(provider);
    await signInPage(browser);
    await person.signIn(browser);
    await browser.open(`${provider.issuer}/account/security/application`);
    await enrolSecondFactor(browser);
    signedOut(browser);
    await signInPage(browser);
    await person.signIn(browser);
    const check = browser.page.url;
    const before = await written();
    const security = `${provider.issuer}/account/security`;
    for (let count = 0; count < 6; count += 1) {
      for (const [url, fields] of [
        [check, { code: "12345" }],
        [check, { code: "none" }],
        [check, { credential: "nonsense" }],
        [check, { credential: "{}" }],
        [`${security}/passkeys/new`, { credential: "nonsense" }],
        [`${provider.issuer}/unknown-browser/forged`, {}],
      ] as const)
        expect((await browser.tab().post(url, fields, url)).status).not.toBe(429);
    }
    expect(await written()).toEqual(before);
  });

  it("count what a device may have written: by the address at a sign-in, by the account at a new passkey", async () => {
    const person = await newPerson(provider);
    const known = office()();
    await signInPage(known);
    await person.signIn(known);
    const written = { credential: '{"id":"a-passkey"}', challenge: "x" };
    const posted = async (url: string, times: number) => {
      const statuses: number[] = [];
      for (let count = 0; count < times; count += 1)
        statuses.push((await known.tab().post(url, written, url)).status);
      return statuses.filter((status) => status === 429).length;
    };
    const limit = 30;
    const made = await posted(`${provider.issuer}/account/security/passkeys/new`, limit + 5);
    expect(made).toBe(5);
    // A mark counts for its own account alone, and this passkey is nobody's.
    signedOut(known);
    await signInPage(known);
    expect(known.cookies.all().some(({ name }) => name.startsWith("known-browser"))).toBe(true);
    expect(await posted(known.page.url, 5)).toBe(3);
  });

  it("have a known browser counted by itself, thirty times a minute", async () => {
    const open = office();
    const person = await newPerson(provider);
    const known = open();
    await signInPage(known);
    await person.signIn(known);
    signedOut(known);
    await signInPage(known);
    const path = new URL(known.page.url).pathname;
    const fields = { email: person.email, password: "not-the-password" };
    const url = provider.issuer + path;
    const answers: Page[] = [];
    for (let count = 0; count < 40; count += 1)
      answers.push(await known.tab().post(url, fields, url));
    // The guard delays after five; every one is counted here before it.
    expect(answers.filter(({ h1 }) => h1 === limited.h1).length).toBe(10);
  });
});
