import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import {
  askRecovery,
  expectRefused,
  mailsTo,
  newAddress,
  signIn,
  signUp,
  validationLink,
} from "../support/account-journey.ts";
import { BrowserAgent, type Page } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { fakeDate } from "../support/fake-date.ts";
import { type TestProvider, goodPassword, startTestProvider } from "../support/test-provider.ts";

const theirs = "agrafe-correct-pile-cheval";
const wrong = "not-the-password-of-anyone";
const validate = "Valider la création de mon compte";
const resend = "Renvoyer à nouveau l'email";

describe.each(databases)("a sign-up that waits for its validation, on $name", (kind) => {
  let provider: TestProvider;

  beforeAll(async () => {
    provider = await startTestProvider(kind, { clients: { portal: {} } });
  });
  afterEach(() => {
    jest.useRealTimers();
    jest.restoreAllMocks();
  });
  afterAll(async () => {
    await provider.stop();
  });

  /** An address with an account or without, for which somebody has signed up with `theirs`. */
  async function waiting(whose: "known" | "unknown" | "disabled"): Promise<string> {
    const email = newAddress();
    if (whose !== "unknown") await provider.addAccount(email);
    if (whose === "disabled")
      await provider.application.administration.setState(email, "disabled", "operator");
    await signUp(provider, email, {
      changes: { password: theirs, password_confirmation: theirs },
    });
    return email;
  }

  async function attempt(email: string, password: string): Promise<BrowserAgent> {
    const browser = new BrowserAgent();
    await provider.party("portal").login(browser);
    await signIn(browser, email, password);
    return browser;
  }

  const subjects = async (email: string) =>
    (await mailsTo(provider, email)).map(({ subject }) => subject);

  it("is told to who gives its password, the same whether the address has an account or not", async () => {
    const begin = Math.floor(Date.now() / 1000) * 1000;
    fakeDate(begin);
    const seen = [];
    for (const whose of ["unknown", "known", "disabled"] as const) {
      const email = await waiting(whose);
      const browser = await attempt(email, theirs);
      expect(browser.page.text).toContain(`un message attend dans la boîte ${email}`);
      expect(browser.page.text).toContain("Ce n'est pas la bonne adresse");
      const early = await browser.submit(resend);
      expect(early.status).toBe(429);
      fakeDate(begin + 61_000);
      const again = await browser.submit(resend);
      expect(again.text).toContain("Un nouveau message vient d'être envoyé");
      fakeDate(begin);
      seen.push(seenOf(email, early, again));
    }
    expect(seen[1]).toEqual(seen[0]);
    expect(seen[2]).toEqual(seen[0]);
  });

  it("leaves it to the letter to say the truth", async () => {
    for (const [whose, subject] of [
      ["unknown", "Validation de création de compte"],
      ["known", "Vous avez déjà un compte"],
      ["disabled", "Votre compte est désactivé"],
    ] as const)
      expect(await subjects(await waiting(whose))).toEqual([subject]);
  });

  it("costs as many verifies as any sign-in that fails", async () => {
    const verify = jest.spyOn(provider.application.passwords, "verify");
    const cost = async (email: string, password: string) => {
      verify.mockClear();
      await attempt(email, password);
      return verify.mock.calls.length;
    };
    const known = newAddress();
    await provider.addAccount(known);
    expect(await cost(newAddress(), wrong)).toBe(2);
    expect(await cost(known, wrong)).toBe(2);
    for (const whose of ["unknown", "known", "disabled"] as const) {
      const email = await waiting(whose);
      for (const password of [wrong, theirs]) expect(await cost(email, password)).toBe(2);
    }
    expect(await cost(await waiting("disabled"), goodPassword)).toBe(2);
    expect(await cost(known, goodPassword)).toBe(1);
  });

  it("keeps nobody out of their account, whoever signed up with its address", async () => {
    const email = await waiting("known");
    const browser = await attempt(email, goodPassword);
    expect(browser.page.h1).toBe("Signed in");
  });

  it("is told of the newest alone", async () => {
    const email = await waiting("unknown");
    fakeDate(Date.now() + 5000);
    await signUp(provider, email);
    expect((await attempt(email, theirs)).page.status).toBe(422);
    expect((await attempt(email, goodPassword)).page.text).toContain("un message attend");
  });

  it("gives no guess away: each counts, for an address with an account and without", async () => {
    for (const whose of ["known", "unknown"] as const) {
      const email = await waiting(whose);
      for (let count = 0; count < 5; count += 1)
        expect((await attempt(email, theirs)).page.text).toContain("un message attend");
      const { page } = await attempt(email, theirs);
      expect(page.status).toBe(429);
      expect(page.text).toContain("Trop de tentatives");
    }
  });

  it("shows its page for an hour, and what was not sealed for it opens nothing", async () => {
    const email = await waiting("unknown");
    const browser = await attempt(email, theirs);
    const { url } = browser.page;
    const stranger = await new BrowserAgent().open(`${provider.issuer}/signup/sent?of=v1.a.b.c`);
    expect(stranger.url).toBe(`${provider.issuer}/signup`);
    const bare = `${provider.issuer}/signup/sent${new URL(url).search}`;
    expect((await new BrowserAgent().open(bare)).text).toContain(email);
    fakeDate(Date.now() + 3_601_000);
    expect((await new BrowserAgent().open(bare)).url).toBe(`${provider.issuer}/signup`);
  });

  it("is what a recovery mails the link of, once a minute", async () => {
    const begin = Math.floor(Date.now() / 1000) * 1000;
    fakeDate(begin);
    const email = await waiting("unknown");
    await askRecovery(provider, email);
    expect(await subjects(email)).toHaveLength(1);
    fakeDate(begin + 61_000);
    await askRecovery(provider, email);
    const mails = await mailsTo(provider, email);
    expect(mails.map(({ subject }) => subject)).toEqual([
      "Validation de création de compte",
      "Validation de création de compte",
    ]);
    expect(mails[1]?.text).toContain("Vous avez demandé à récupérer votre mot de passe.");
    const page = await new BrowserAgent().open(await validationLink(provider, email));
    expect(page.h1).toBe("Validation de compte");
    expect(page.text).toContain(email);
  });

  it("may be given another password with its link, on any device, which voids the first", async () => {
    const email = await waiting("unknown");
    await attempt(email, theirs);
    const browser = new BrowserAgent();
    await browser.open(await validationLink(provider, email));
    expect(browser.page.text).toContain(email);
    await browser.click("En choisir un nouveau");
    expect(browser.page.text).toContain(email);
    expect(browser.page.find("#primary")?.text).toBe(validate);
    const weak = await browser
      .fill({ password: "court", password_confirmation: "court" })
      .submit(validate);
    expect(weak.status).toBe(422);
    const mismatch = await browser
      .fill({ password: goodPassword, password_confirmation: theirs })
      .submit(validate);
    expectRefused(mismatch, {
      password_confirmation: "Les deux mots de passe saisis sont différents.",
    });
    const form = browser.fill({ password: goodPassword, password_confirmation: goodPassword });
    expect((await form.submit(validate)).text).toContain("votre compte a bien été validé");
    expect((await form.submit(validate)).status).toBe(410);
    expect((await attempt(email, theirs)).page.status).toBe(422);
    expect((await attempt(email, goodPassword)).page.h1).toBe("Signed in");
  });

  it("tells the owner of a disabled account whom to ask, five times an hour at most", async () => {
    const email = newAddress();
    await provider.addAccount(email);
    await provider.application.administration.setState(email, "disabled", "operator");
    for (let count = 0; count < 4; count += 1) await askRecovery(provider, email);
    for (let count = 0; count < 4; count += 1) await signUp(provider, email);
    const mails = await mailsTo(provider, email);
    expect(mails.map(({ subject }) => subject)).toEqual(
      Array.from({ length: 5 }, () => "Votre compte est désactivé"),
    );
    expect(mails[0]?.text).toContain("https://www.lopcommerce.com");
  });
});

/** What a stranger sees of these pages, without what differs each time by design. */
function seenOf(email: string, ...pages: readonly Page[]): unknown {
  const masked = (text: string) =>
    text
      .replaceAll(email, "ADDRESS")
      .replaceAll(/\/interaction\/[\w-]+/g, "/interaction/UID")
      .replaceAll(/\bof=v1\.[\w.-]+/g, (sealed) => `of=SEALED ${sealed.length}`)
      .replaceAll(/[\w-]{22,}/g, (secret) => `SECRET OF ${secret.length}`);
  return pages.map((page) => ({
    html: masked(page.html),
    hops: page.hops.map(({ method, status, url, headers }) => [
      ...[method, status, masked(url)],
      Object.keys(headers),
    ]),
  }));
}
