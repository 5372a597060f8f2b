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
import { parseEmailAddress } from "../../src/foundation/index.ts";
import {
  askRecovery,
  masked,
  newAddress,
  recoveryLink,
  signIn,
} from "../support/account-journey.ts";
import { BrowserAgent, type Page } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { fakeDate } from "../support/fake-date.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

const wrongPassword = "cheval-pile-agrafe-faux";

describe.each(databases)("guessing at an account, on $name", (kind) => {
  let provider: TestProvider;
  let now: number;

  beforeAll(async () => {
    provider = await startTestProvider(kind, { clients: { portal: {} } });
  });
  beforeEach(() => {
    now = Math.floor(Date.now() / 1000) * 1000;
    fakeDate(now);
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  afterAll(async () => {
    await provider.stop();
  });

  function pass(seconds: number): void {
    now += seconds * 1000;
    fakeDate(now);
  }

  /** Signs in from the start, in a new browser unless told. */
  async function attempt(
    email: string,
    password?: string,
    browser = new BrowserAgent(),
  ): Promise<Page> {
    await provider.party("portal").login(browser);
    return signIn(browser, email, password);
  }

  async function fail(email: string, times: number): Promise<void> {
    for (let failure = 1; failure <= times; failure += 1) {
      expect((await attempt(email, wrongPassword)).status).toBe(422);
    }
  }

  it("waits over a minute after five failures, whatever the password, and says how long", async () => {
    const email = newAddress();
    await provider.addAccount(email);
    await fail(email, 5);
    const page = await attempt(email);
    expect(page).toMatchObject({ status: 429, h1: "Connexion" });
    expect(page.title).toBe("Erreur - Connexion - l'Opcommerce");
    expect(page.headers["retry-after"]).toBe("61");
    expect(page.find(".error-summary li")?.text).toBe(
      "Trop de tentatives. Réessayez dans 61 secondes.",
    );
    expect(page.form().values).toEqual({ email, password: "" });
    expect(masked(await attempt(email, wrongPassword), email)).toBe(masked(page, email));
    pass(60);
    expect((await attempt(email)).headers["retry-after"]).toBe("1");
    pass(1);
    expect((await attempt(email)).h1).toBe("Signed in");
  });

  it("makes the wait grow with each failure", async () => {
    const email = newAddress();
    await provider.addAccount(email);
    await fail(email, 5);
    for (const [waited, next] of [
      [61, "122"],
      [122, "244"],
    ] as const) {
      pass(waited);
      await fail(email, 1);
      expect((await attempt(email)).headers["retry-after"]).toBe(next);
    }
  });

  it("lets no more than 25 failures into a day", async () => {
    const typed = newAddress();
    await provider.addAccount(typed);
    const email = parseEmailAddress(typed);
    if (!email) throw new Error(typed);
    for (let failure = 1; failure <= 24;) {
      const begun = await provider.application.guard.begin({ email });
      if (begun.accepted) failure += 1;
      else pass(Number(begun.problems[0].details?.["seconds"]));
    }
    pass(3600);
    await fail(typed, 1);
    expect((await attempt(typed)).headers["retry-after"]).toBe("86400");
    pass(86_399);
    expect((await attempt(typed)).text).toContain("Trop de tentatives. Réessayez dans 1 seconde.");
    pass(1);
    expect((await attempt(typed)).h1).toBe("Signed in");
  });

  it("is the same for an address that has no account", async () => {
    const [known, unknown] = [newAddress(), newAddress()];
    await provider.addAccount(known);
    await fail(known, 5);
    await fail(unknown, 5);
    const [knownPage, unknownPage] = [await attempt(known), await attempt(unknown)];
    expect(unknownPage.status).toBe(429);
    expect(masked(unknownPage, unknown)).toBe(masked(knownPage, known));
  });

  it("counts the spellings of an address together", async () => {
    const email = newAddress();
    await provider.addAccount(email);
    const spellings = [email, email.toUpperCase(), ` ${email}`, email.replace("c", "ｃ"), email];
    for (const spelling of spellings) await fail(spelling, 1);
    expect((await attempt(email)).status).toBe(429);
    expect((await attempt(email.toUpperCase())).status).toBe(429);
  });

  it("counts parallel guesses before it hashes", async () => {
    const email = newAddress();
    await provider.addAccount(email);
    const statuses = await Promise.all(
      Array.from({ length: 12 }, async () => (await attempt(email, wrongPassword)).status),
    );
    expect(statuses.filter((status) => status === 422)).toHaveLength(5);
    expect(statuses.filter((status) => status === 429)).toHaveLength(7);
  });

  it("does not delay the person in a browser that signed in before", async () => {
    const email = newAddress();
    await provider.addAccount(email);
    const known = new BrowserAgent();
    expect((await attempt(email, undefined, known)).h1).toBe("Signed in");
    await fail(email, 5);
    expect((await attempt(email)).status).toBe(429);
    known.cookies.clear("session");
    expect((await attempt(email, undefined, known)).h1).toBe("Signed in");
    expect((await attempt(email)).status).toBe(429);
  });

  it("leaves recovery open, which ends the delay", async () => {
    const email = newAddress();
    await provider.addAccount(email);
    await fail(email, 5);
    await askRecovery(provider, email);
    const browser = new BrowserAgent();
    await browser.open(await recoveryLink(provider, email));
    const password = "nuage-agrafe-cheval-7";
    await browser.fill({ password, password_confirmation: password }).submit();
    expect(browser.page.h1).toBe("Mot de passe modifié");
    pass(1);
    expect((await attempt(email, password)).h1).toBe("Signed in");
  });
});
