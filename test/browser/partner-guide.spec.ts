import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { startPortal } from "../../src/portal/index.ts";
import { type Portal } from "../../src/portal/portal.ts";
import { launchChromium, newPerson, takeScreenshot } from "../support/chromium.ts";
import { databases } from "../support/databases.ts";
import { freePort } from "../support/free-port.ts";
import { type TestProvider, goodPassword, startTestProvider } from "../support/test-provider.ts";

const siretOne = "13002526500013";
const siretTwo = "41816609600051";
const shownOne = "130 025 265 00013";
const shownTwo = "418 166 096 00051";
const anotherPassword = "tabouret-lune-verger-dimanche";

const browsers = [
  { script: true, kind: "with JavaScript" },
  { script: false, kind: "without JavaScript" },
];

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

describe.each(databases)("the partner's guide in Chromium, on $name", (kind) => {
  let provider: TestProvider;
  let portal: Portal;

  beforeAll(async () => {
    const port = await freePort();
    const portalUrl = `http://127.0.0.1:${port}`;
    provider = await startTestProvider(kind, {
      clients: { "portail-partenaire": declaredPortal(portalUrl) },
      environment: { PORTAL_URL: portalUrl },
    });
    portal = await startPortal({
      host: "127.0.0.1",
      port,
      issuer: provider.issuer,
      clientId: "portail-partenaire",
      clientSecret: provider.clientSecret,
    });
  });
  afterAll(async () => {
    await portal.close();
    await provider.stop();
  });

  describe.each(browsers)("$kind", ({ script }) => {
    let person: BrowserContext;
    let page: Page;
    let email: string;
    let number = 0;

    const start = async () => {
      number += 1;
      email = `jeanne.durand-${String(number)}-${String(script)}@partenaire.test`;
      person = await newPerson(browser, { script });
      page = await person.newPage();
      await page.goto(portal.url);
    };
    const h1 = () => page.locator("h1").innerText();
    const text = () => page.locator("main").innerText();
    /** Also over the page that leads on to the portal by itself. */
    const press = async (name: string) => {
      await page.getByRole("button", { name, exact: true }).click();
      await page.waitForURL(({ pathname }) => !/^\/(?:auth|session\/end\/success)/.test(pathname));
    };
    const follow = (name: string) => page.getByRole("link", { name, exact: true }).click();
    const fill = async (fields: Readonly<Record<string, string>>) => {
      for (const [name, value] of Object.entries(fields)) await page.fill(`#${name}`, value);
    };
    const signIn = async (password = goodPassword) => {
      await follow("Se connecter");
      await fill({ email, password });
      await press("Se connecter");
    };
    const choose = async (siret: string) => {
      await page.check(`input[name=siret][value="${siret}"]`);
      await press("Continuer");
    };
    /** Opens the mail as a mail program would, a page of another site, and follows its link. */
    const followMail = async (subject: string, link: string) => {
      const mail = await provider.smtp.waitForMessage(
        (each) => each.envelope.to[0] === email && each.subject === subject,
        10_000,
      );
      await page.goto("about:blank");
      await page.setContent(mail.html);
      await follow(link);
    };

    it("leads from sign-up to the SIRET that the portal received as a claim", async () => {
      await start();
      // 1. « Sur la page de connexion, accès au formulaire de demande de création de compte »
      await follow("Se connecter");
      expect(await h1()).toBe("Connexion");
      await follow("Créer un compte");
      // 2. « Complétez les champs et cliquez sur le bouton "Créer le compte" »
      expect(await h1()).toBe("Créer un compte");
      expect(await text()).toContain("Bienvenue");
      await fill({
        email,
        email_confirmation: email,
        password: goodPassword,
        password_confirmation: goodPassword,
        given_name: "Jeanne",
        family_name: "Durand",
      });
      await press("Créer le compte");
      expect(await h1()).toBe("Validation de compte");
      expect(await text()).toContain(
        `Un message de validation a été envoyé sur votre email : ${email}.`,
      );
      // 3. « Dans le mail reçu, cliquez sur "Valider la création de mon compte" »
      await followMail("Validation de création de compte", "Valider la création de mon compte.");
      await press("Valider la création de mon compte");
      expect(await text()).toContain(
        "Félicitations, votre compte a bien été validé. Vous pouvez maintenant vous connecter à votre espace Web services :",
      );
      await follow("Se connecter");
      expect(page.url()).toBe(`${portal.url}/`);

      await signIn();
      expect(await text()).toContain(
        "Vous ne possédez pas encore les autorisations pour accéder au Portail OF de l'Opcommerce. Merci de vous rapprocher de votre correspondant de l'Opcommerce pour demander l'accès à l'espace OF de votre organisme.",
      );
      await press("Retour au service");
      expect(await h1()).toBe("Accès non ouvert");

      // « Vous recevez un mail de confirmation d'ouverture d'accès »
      await provider.openAccess(email, siretOne, siretTwo);
      await followMail("Ouverture de votre accès", "Accéder au service");
      expect(page.url()).toBe(`${portal.url}/`);
      // « Vous pouvez accéder au portail ! »
      await follow("Se connecter");
      expect(await h1()).toBe("Choisir un établissement");
      await choose(siretTwo);
      expect(await h1()).toBe("Bonjour Jeanne Durand");
      expect(await page.getAttribute("tr[data-claim=siret] data", "value")).toBe(siretTwo);
      await takeScreenshot(page, `portal-journey-${script ? "script" : "no-script"}`);
      await person.close();
    });

    it("changes the establishment, and signs out at the provider", async () => {
      await start();
      await provider.addAccount(email);
      await provider.openAccess(email, siretOne, siretTwo);
      await signIn();
      await choose(siretOne);
      expect(await page.innerText(".establishment")).toContain(shownOne);
      await follow("Changer d’établissement");
      await choose(siretTwo);
      expect(await page.innerText(".establishment")).toContain(shownTwo);

      await press("Se déconnecter");
      expect(await h1()).toMatch(/^Se déconnecter\s\?$/);
      await press("Se déconnecter");
      expect(page.url()).toBe(`${portal.url}/`);
      await follow("Se connecter");
      expect(await h1()).toBe("Connexion");
      await person.close();
    });

    it("lets who forgot the password choose another", async () => {
      await start();
      await provider.addAccount(email);
      await provider.openAccess(email, siretOne);
      await signIn("pas le bon mot de passe");
      expect(await page.title()).toMatch(/^Erreur - Connexion/);
      await follow("Récupérer mon mot de passe");
      await fill({ email });
      await page.click("#primary");
      await followMail("Récupération de votre mot de passe", "Choisir un nouveau mot de passe");
      await fill({ password: anotherPassword, password_confirmation: anotherPassword });
      await page.click("#primary");
      await follow("Se connecter");
      expect(page.url()).toBe(`${portal.url}/`);
      await signIn(anotherPassword);
      expect(await page.getAttribute("tr[data-claim=siret] data", "value")).toBe(siretOne);
      await person.close();
    });

    it("lets a person without access sign in with another account", async () => {
      await start();
      await provider.addAccount(email);
      await signIn();
      expect(await h1()).toBe("Accès pas encore ouvert");
      await press("Changer de compte");
      expect(await h1()).toBe("Connexion");
      const other = `other-${email}`;
      await provider.addAccount(other);
      await provider.openAccess(other, siretOne);
      await fill({ email: other, password: goodPassword });
      await press("Se connecter");
      expect(await page.getAttribute("tr[data-claim=email] data", "value")).toBe(other);
      await person.close();
    });
  });
});

/** The portal as `config/clients.json` declares it, under the guide's names. */
function declaredPortal(portalUrl: string) {
  return {
    client_name: "Web Services Partenaire",
    service_name: "Portail OF",
    space_name: "OF",
    client_uri: portalUrl,
    redirect_uris: [`${portalUrl}/callback`],
    post_logout_redirect_uris: [`${portalUrl}/`],
    establishment_required: true,
  };
}
