import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { hash } from "@node-rs/argon2";
import { parseEmailAddress } from "../../src/foundation/index.ts";
import {
  expectRefused,
  labels,
  masked,
  newAddress,
  signIn,
  signUp,
} from "../support/account-journey.ts";
import { BrowserAgent, type Page } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { type TestProvider, goodPassword, startTestProvider } from "../support/test-provider.ts";

const refusal =
  "Adresse ou mot de passe incorrect. Vérifiez votre saisie, ou récupérez votre mot de passe.";

describe.each(databases)("signing in, on $name", (kind) => {
  let provider: TestProvider;

  beforeAll(async () => {
    provider = await startTestProvider(kind, {
      clients: { portal: { service_name: "Portail OF" } },
    });
  });
  afterAll(async () => {
    await provider.stop();
  });

  async function atSignIn(): Promise<BrowserAgent> {
    const browser = new BrowserAgent();
    await provider.party("portal").login(browser);
    return browser;
  }

  it("shows the page of the contract", async () => {
    const { page } = await atSignIn();
    expect(page.h1).toBe("Connexion");
    expect(labels(page)).toEqual({
      ...{ email: "Email", password: "Mot de passe" },
      shared_computer: "Cet ordinateur est partagé",
    });
    expect(page.find("#primary")?.text).toBe("Se connecter");
    expect(page.text).toContain("pour continuer vers « Portail OF »");
    const links = Object.fromEntries(
      page.findAll("main a").map((link) => [link.text, link.attribute("href")]),
    );
    const path = new URL(page.url).pathname;
    expect(links).toEqual({
      "Créer un compte": `${path}/signup`,
      "Récupérer mon mot de passe": `${path}/recovery`,
    });
  });

  it("may be refused: « Retour au service » answers access_denied, and asks for nothing", async () => {
    const browser = new BrowserAgent();
    const login = await provider.party("portal").login(browser, { prompt: "login" });
    await browser.submit("Retour au service");
    expect(await login.refused()).toMatchObject({
      error: "access_denied",
      description: "the End-User went back without signing in",
    });
    const own = await new BrowserAgent().open(`${provider.issuer}/sign-in?return_to=/account`);
    expect([own.h1, own.text.includes("Retour au service")]).toEqual(["Connexion", false]);
  });

  it("takes the address that the relying party knows, and sends the person back signed in", async () => {
    const email = newAddress();
    const { sub } = await provider.addAccount(email);
    const browser = new BrowserAgent();
    const login = await provider.party("portal").login(browser, { login_hint: email });
    const page = await browser.fill({ password: goodPassword }).submit("Se connecter");
    expect(page.hops[0]?.status).toBe(303);
    expect((await login.signedIn()).claims.sub).toBe(sub);
  });

  it.each<[string, string, string, Record<string, string>]>([
    ["no address", "", "x", { email: "Saisissez votre email." }],
    [
      "half an address",
      "camille@",
      "x",
      { email: "Saisissez un email complet, par exemple prenom.nom@entreprise.fr." },
    ],
    ["no password", "camille@test.test", "", { password: "Saisissez votre mot de passe." }],
  ])("refuses %s", async (_what, email, password, refusals) => {
    const page = await signIn(await atSignIn(), email, password);
    expectRefused(page, refusals);
    expect(page.form().values).toEqual({ email, password: "" });
  });

  it("answers the same for an unknown address, a wrong password, an unvalidated and a disabled account", async () => {
    const [unknown, wrong, unvalidated, disabled] = [
      newAddress(),
      newAddress(),
      newAddress(),
      newAddress(),
    ];
    await provider.addAccount(wrong);
    await signUp(provider, unvalidated);
    await provider.addAccount(disabled);
    await provider.application.administration.setState(disabled, "disabled", "operator");
    const attempt = async (email: string, password = goodPassword): Promise<string> => {
      const page = await signIn(await atSignIn(), email, password);
      expect(page.status).toBe(422);
      expect(page.find(".error-summary li")?.text).toBe(refusal);
      expect(page.title).toBe("Erreur - Connexion - l'Opcommerce");
      expect(page.form().values).toEqual({ email, password: "" });
      expect(page.html).not.toContain(password);
      return JSON.stringify([Object.keys(page.headers), masked(page, email)]);
    };
    const answer = await attempt(unknown);
    expect(await attempt(wrong, "cheval-pile-agrafe-faux")).toBe(answer);
    expect(await attempt(unvalidated, "cheval-pile-agrafe-faux")).toBe(answer);
    expect(await attempt(disabled)).toBe(answer);
  });

  it.each([
    ["upper case", (email: string) => email.toUpperCase()],
    ["spaces around it", (email: string) => `  ${email} `],
    [
      "full-width letters",
      (email: string) =>
        email.replace(/[a-z]/g, (letter) => String.fromCodePoint(letter.charCodeAt(0) + 0xfee0)),
    ],
  ])("takes the address in %s", async (_what, spelled) => {
    const email = newAddress();
    await provider.addAccount(email);
    const browser = new BrowserAgent();
    const login = await provider.party("portal").login(browser);
    await signIn(browser, spelled(email));
    expect((await login.signedIn()).userinfo.email).toBe(email);
  });

  it("hashes a password of older parameters anew", async () => {
    const typed = newAddress();
    await provider.addAccount(typed);
    const { accounts, passwords } = provider.application;
    const email = parseEmailAddress(typed);
    if (!email) throw new Error(typed);
    const stored = async () => (await accounts.findByEmail(email))?.passwordHash ?? "";
    const { account } = (await accounts.findByEmail(email)) ?? {};
    const old = await hash(goodPassword, { memoryCost: 4096, timeCost: 1, parallelism: 1 });
    await accounts.rehash(account?.id ?? 0, await stored(), old);
    expect(passwords.needsRehash(await stored())).toBe(true);
    expect((await signIn(await atSignIn(), typed)).h1).toBe("Signed in");
    expect(await stored()).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  });

  it("refuses quickly while more than two seconds of hashing wait", async () => {
    const { passwords } = provider.application;
    const waiting: Promise<unknown>[] = [];
    const begin = (count: number): void => {
      for (let each = 0; each < count; each += 1) {
        waiting.push(passwords.verify(undefined, goodPassword).catch(() => undefined));
      }
    };
    const browser = await atSignIn();
    begin(400);
    const filling = setInterval(begin, 1, 5);
    const page = await firstRefusedAsBusy(browser);
    clearInterval(filling);
    expect(page.h1).toBe("Service très sollicité");
    expect(page.lang).toBe("fr");
    expect(Number(page.headers["retry-after"])).toBeGreaterThanOrEqual(1);
    expect(page.find("#primary")?.attribute("href")).toBe(provider.party("portal").origin);
    await Promise.all(waiting);
  }, 20_000);

  /** A place may come free just before a request asks for it; then the next one is refused. */
  async function firstRefusedAsBusy(browser: BrowserAgent): Promise<Page> {
    const form = browser.page.form().fill({ email: newAddress(), password: goodPassword });
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      const page = await form.submit("Se connecter");
      if (page.status === 503) return page;
    }
    throw new Error("no sign-in was refused as busy");
  }
});
