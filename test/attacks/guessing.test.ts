import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { BrowserAgent } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { type Person, newPerson, sirets } from "../support/person.ts";
import { plainClient } from "../support/plain-client.ts";
import { type TestProvider, goodPassword, startTestProvider } from "../support/test-provider.ts";
import { median, timed } from "./samples.ts";

/** CNIL 2022-100: a delay after five failures. */
const allowed = 5;
const tooMany = "Trop de tentatives";

describe.each(databases)("guessing a password on $name", (kind) => {
  let provider: TestProvider;

  beforeAll(async () => {
    provider = await startTestProvider(kind);
  });
  afterAll(async () => {
    await provider.stop();
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it("200 times at once reaches the hash as often as is allowed, and refuses the rest fast", async () => {
    const person = await newPerson(provider, sirets[0]);
    const stranger = await atSignIn();
    // Counts, and lets every call through.
    const verify = jest.spyOn(provider.application.passwords, "verify");
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, index) => guess(stranger, person.email, `wrong ${index}`)),
    );
    // Each asks the account's hash and that of a sign-up that may wait for the address, whether there is one or not.
    expect(verify).toHaveBeenCalledTimes(2 * allowed);
    expect(answers.filter(({ status }) => status === 422)).toHaveLength(allowed);
    const refused = answers.filter(({ status, text }) => status === 429 && text.includes(tooMany));
    // So many at once may fill the hashing queue too: the rest of them is told to come back.
    const shed = answers.filter(({ status }) => status === 503);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.length + shed.length).toBe(200 - allowed);

    const refusals: number[] = [];
    const checks: number[] = [];
    for (let count = 0; count < 20; count += 1) {
      refusals.push(await timed(() => guess(stranger, person.email, "wrong again")));
      checks.push(await timed(() => guess(stranger, `personne.${count}@nulle.part`, "wrong")));
    }
    expect(verify).toHaveBeenCalledTimes(2 * (allowed + checks.length));
    const [refusal, check] = [median(refusals), median(checks)];
    const shown = `${refusal.toFixed(1)} ms, a check ${check.toFixed(1)} ms`;
    process.stderr.write(`a refusal on ${kind.name} takes ${shown}\n`);
    expect(refusal).toBeLessThan(check);
  });

  it("in any spelling of the address counts as one", async () => {
    const { email } = await newPerson(provider);
    const [local = "", domain = ""] = email.split("@");
    const fullWidth = email.replace(/./g, (letter) =>
      String.fromCharCode(letter.charCodeAt(0) + 0xfee0),
    );
    const spellings = [
      email.toUpperCase(),
      `  ${email}\t`,
      `\u3000${local}@${domain.toUpperCase()}\u00A0`,
      fullWidth,
      `${local.replace("s", "\u017F")}@${domain}`,
    ];
    expect(spellings).toHaveLength(allowed);
    const stranger = await atSignIn();
    for (const spelling of spellings) {
      const page = await guess(stranger, spelling, "wrong");
      expect({ spelling, text: page.text }).toEqual({
        spelling,
        text: expect.not.stringContaining(tooMany),
      });
    }
    expect((await guess(stranger, email, "wrong")).text).toContain(tooMany);
  });

  it("says no more of an unknown address than of a known one when it is too much", async () => {
    const { email } = await newPerson(provider);
    const pages = [];
    for (const each of [email, "personne.connue@partenaire.test"]) {
      const stranger = await atSignIn();
      for (let count = 0; count < allowed; count += 1) await guess(stranger, each, "wrong");
      pages.push(
        (await guess(stranger, each, "wrong")).text.replace(/\d+ (secondes|minutes?)/, "N"),
      );
    }
    expect(pages[0]).toContain(tooMany);
    expect(pages[1]).toBe(pages[0]);
  });

  it("by a stranger never locks out a person with a known browser, and recovery stays open", async () => {
    const person = await newPerson(provider, sirets[0]);
    await signInAt(person, person.browser);
    person.browser.cookies.clear("session");
    person.browser.cookies.clear("session.sig");

    const stranger = await atSignIn();
    for (let count = 0; count <= allowed; count += 1) await guess(stranger, person.email, "wrong");
    expect((await guess(stranger, person.email, goodPassword)).text).toContain(tooMany);

    const answer = await signInAt(person, person.browser);
    expect(answer.get("code")).toBeTruthy();

    const elsewhere = await atSignIn();
    expect((await guess(elsewhere, person.email, goodPassword)).text).toContain(tooMany);
    await elsewhere.click("Récupérer mon mot de passe");
    await elsewhere.fill({ email: person.email }).submit();
    const mail = await provider.smtp.waitForMessage(
      ({ envelope, subject }) =>
        envelope.to[0] === person.email && subject === "Récupération de votre mot de passe",
      10_000,
    );
    const password = "agrafe-cheval-correct-pile";
    await elsewhere.open(mail.links.find((link) => link.includes("/recovery/")) ?? "");
    await elsewhere.fill({ password, password_confirmation: password }).submit();
    const fresh = await atSignIn();
    await guess(fresh, person.email, password);
    expect(plainClient(provider, "portal").answer(fresh.page).get("code")).toBeTruthy();
  });

  /** A browser that nobody knows, on the sign-in page. */
  async function atSignIn(): Promise<BrowserAgent> {
    const browser = new BrowserAgent({ stopBefore: [provider.party("portal").origin] });
    await plainClient(provider, "portal").authorize(browser);
    return browser;
  }

  /** One guess at the page that a browser shows; it may be made many times at once. */
  async function guess(browser: BrowserAgent, email: string, password: string) {
    return browser.page.form().fill({ email, password }).submit("Se connecter");
  }

  async function signInAt(person: Person, browser: BrowserAgent) {
    const client = plainClient(provider, "portal");
    const at = new BrowserAgent({
      cookies: browser.cookies,
      stopBefore: [provider.party("portal").origin],
    });
    await client.authorize(at);
    await person.signIn(at);
    return client.answer(at.page);
  }
});
