import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { launchChromium, newPerson } from "../support/chromium.ts";
import { type DatabaseKind, databases } from "../support/databases.ts";
import { type TestProvider, goodPassword, startTestProvider } from "../support/test-provider.ts";

const sirets = ["13002526500013", "41816609600051"];

let browser: Browser;
let provider: TestProvider;
let person: BrowserContext;
let page: Page;

// What a keyboard does is the same on every database.
beforeAll(async () => {
  browser = await launchChromium();
  provider = await startTestProvider(databases[0] as DatabaseKind, {
    clients: { portal: { establishment_required: true, service_name: "Portail OF" } },
  });
});
afterAll(async () => {
  await browser.close();
  await provider.stop();
});
beforeEach(async () => {
  person = await newPerson(browser);
  page = await person.newPage();
  await page.goto(authorizationUrl());
});
afterEach(() => person.close());

const key = (name: string) => page.keyboard.press(name);
const type = (words: string) => page.keyboard.type(words);
const h1 = () => page.locator("h1").innerText();
/** The focused element as a person would name it. */
const focused = () =>
  page.evaluate<string>(`(() => {
    const each = document.activeElement;
    const label = each.labels?.[0] ?? document.getElementById(each.getAttribute("aria-labelledby"));
    return (label ?? each).textContent.trim().replace(/\\s+/g, " ");
  })()`);

/** Tabs until the element of this name is focused; every stop on the way must be visible. */
async function tabTo(name: string, direction: "Tab" | "Shift+Tab" = "Tab"): Promise<string[]> {
  const passed: string[] = [];
  for (let stop = 0; stop < 20; stop += 1) {
    await key(direction);
    const here = await focused();
    expect([here, await focusIsVisible()]).toEqual([here, true]);
    passed.push(here);
    if (here === name) return passed;
  }
  throw new Error(`« ${name} » is not reached by ${direction}: ${passed.join(", ")}`);
}

/** Whether an outline of at least 2 px is drawn around the focused element, in the window. */
function focusIsVisible(): Promise<boolean> {
  return page.evaluate<boolean>(`(() => {
    const each = document.activeElement;
    const { outlineStyle, outlineWidth } = getComputedStyle(each);
    const { top, bottom } = each.getBoundingClientRect();
    return each !== document.body && outlineStyle !== "none" && parseFloat(outlineWidth) >= 2
      && bottom > 0 && top < innerHeight;
  })()`);
}

async function pressAndLoad(name: string): Promise<void> {
  await Promise.all([page.waitForEvent("load"), key(name)]);
}

function authorizationUrl(): string {
  const { redirectUri } = provider.party("portal");
  const parameters = {
    client_id: "portal",
    response_type: "code",
    redirect_uri: redirectUri,
    scope: "openid siret",
    // The challenge of a verifier nobody needs: what is looked at here ends at the redirect.
    code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    code_challenge_method: "S256",
    state: "typed-by-hand",
  };
  return `${provider.issuer}/auth?${new URLSearchParams(parameters).toString()}`;
}

describe("the journey by keyboard alone", () => {
  it("goes from the sign-in page to sign-up, the mail, validation and the choice", async () => {
    const email = "clavier@partenaire.test";
    await tabTo("Créer un compte");
    await pressAndLoad("Enter");
    expect(await h1()).toBe("Créer un compte");
    await tabTo("Email");
    await type(email);
    await tabTo("Confirmer votre Email");
    await type(email);
    await tabTo("Mot de passe");
    await type(goodPassword);
    await tabTo("Confirmer le mot de passe");
    await type(goodPassword);
    await tabTo("Prénom");
    await type("Jeanne");
    await tabTo("Nom");
    await type("Durand");
    await pressAndLoad("Enter");
    expect(await h1()).toBe("Validation de compte");
    const mail = await provider.smtp.waitForMessage(({ envelope }) => envelope.to[0] === email);
    await page.setContent(mail.html);
    // How a focused link looks there is the mail program's own.
    await page.getByRole("link", { name: "Valider la création de mon compte." }).focus();
    await pressAndLoad("Enter");
    await tabTo("Valider la création de mon compte");
    await pressAndLoad("Space");
    expect(await h1()).toBe("Compte validé");

    await provider.openAccess(email, ...sirets);
    await page.goto(authorizationUrl());
    await tabTo("Email");
    await type(email);
    await tabTo("Mot de passe");
    await type(goodPassword);
    await pressAndLoad("Enter");
    expect(await h1()).toBe("Choisir un établissement");
    await tabTo("SIRET 130 025 265 00013");
    await key("Space");
    await key("ArrowDown");
    expect(await page.locator("input:checked").getAttribute("value")).toBe(sirets[1]);
    expect(await focusIsVisible()).toBe(true);
    await tabTo("Continuer");
    await pressAndLoad("Space");
    await page.waitForURL(({ searchParams }) => Boolean(searchParams.get("code")));
  });

  it("visits the sign-in page in the order it is read, and back", async () => {
    const forth = await tabTo("Contacter l'Opcommerce");
    expect(forth).toEqual([
      "Aller au contenu",
      "Email",
      "Mot de passe",
      "Afficher le mot de passe",
      "Cet ordinateur est partagé",
      "Se connecter",
      "Utiliser une clé d'accès",
      "Récupérer mon mot de passe",
      "Créer un compte",
      "Retour au service",
      "English",
      "Accessibilité : non conforme",
      "Mentions légales",
      "Données personnelles",
      "Contacter l'Opcommerce",
    ]);
    const back = await tabTo("Aller au contenu", "Shift+Tab");
    expect(back).toEqual(forth.slice(0, -1).reverse());
  });

  it("visits the sign-up page in the order it is read", async () => {
    await tabTo("Créer un compte");
    await pressAndLoad("Enter");
    expect(await tabTo("Récupérer mon mot de passe")).toEqual([
      "Aller au contenu",
      "Email",
      "Confirmer votre Email",
      "Mot de passe",
      "Afficher le mot de passe",
      "Confirmer le mot de passe",
      "Afficher le mot de passe",
      "Prénom",
      "Nom",
      "Créer le compte",
      "Se connecter",
      "Récupérer mon mot de passe",
    ]);
  });
});

describe("the skip link", () => {
  it("is the first stop, shown once it is focused, and leads past the header", async () => {
    const top = () =>
      page.evaluate<number>('document.querySelector(".skip-link").getBoundingClientRect().top');
    expect(await top()).toBeLessThan(0);
    await tabTo("Aller au contenu");
    expect(await top()).toBeGreaterThanOrEqual(0);
    await key("Enter");
    expect(await page.evaluate("document.activeElement.id")).toBe("content");
    await key("Tab");
    expect(await focused()).toBe("Email");
  });
});

describe("a refused form", () => {
  it("has its summary focused, whose links lead into the fields at fault", async () => {
    await tabTo("Créer un compte");
    await pressAndLoad("Enter");
    await tabTo("Créer le compte");
    await pressAndLoad("Enter");
    expect(await page.title()).toMatch(/^Erreur - Créer un compte/);
    expect(await focused()).toBe("Votre saisie est à corriger");
    await key("Tab");
    expect([await focused(), await focusIsVisible()]).toEqual(["Saisissez votre email.", true]);
    await key("Enter");
    expect(await page.evaluate("document.activeElement.id")).toBe("email");
    expect(await focusIsVisible()).toBe(true);
  });

  it("of the choice leads from its summary to the first radio", async () => {
    const email = "choix@partenaire.test";
    await provider.addAccount(email);
    await provider.openAccess(email, ...sirets);
    await tabTo("Email");
    await type(email);
    await tabTo("Mot de passe");
    await type(goodPassword);
    await pressAndLoad("Enter");
    await tabTo("Continuer");
    // A browser asks for the choice itself, by its own message; without it the server does.
    await page.evaluate('document.querySelector("form").noValidate = true');
    await pressAndLoad("Enter");
    expect(await focused()).toBe("Votre saisie est à corriger");
    await key("Tab");
    await key("Enter");
    await key("Tab");
    expect(await focused()).toBe("SIRET 130 025 265 00013");
  });
});

describe("a form that is sent after the session has ended", () => {
  it("waits behind the sign-in, says which it is, and is carried out by a press", async () => {
    const email = "reprise@partenaire.test";
    await provider.addAccount(email);
    await page.goto(`${provider.issuer}/account`);
    await tabTo("Email");
    await type(email);
    await tabTo("Mot de passe");
    await type(goodPassword);
    await pressAndLoad("Enter");
    expect(await h1()).toBe("Mon compte");
    await person.clearCookies({ name: "session" });
    await person.clearCookies({ name: "session.sig" });
    await tabTo("Prénom");
    await key("Control+A");
    await type("Camille");
    await pressAndLoad("Enter");
    await tabTo("Email");
    await type(email);
    await tabTo("Mot de passe");
    await type(goodPassword);
    await pressAndLoad("Enter");
    expect(await h1()).toBe("Reprendre où vous en étiez");
    expect(await page.locator("main").innerText()).toContain("modifier votre prénom et votre nom");
    expect(await tabTo("Abandonner")).toContain("Continuer");
    await tabTo("Continuer", "Shift+Tab");
    await pressAndLoad("Enter");
    expect(await page.getByLabel("Prénom").inputValue()).toBe("Camille");
  });
});

describe("« Afficher »", () => {
  it("shows and hides the password by Enter and Space, and says which it does", async () => {
    const kind = () => page.getAttribute("#password", "type");
    await tabTo("Mot de passe");
    await type("secret");
    await tabTo("Afficher le mot de passe");
    await key("Enter");
    expect([await kind(), await focused()]).toEqual(["text", "Masquer le mot de passe"]);
    await key("Space");
    expect([await kind(), await focused()]).toEqual(["password", "Afficher le mot de passe"]);
  });
});
