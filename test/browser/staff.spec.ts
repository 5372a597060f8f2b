import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import type { Browser, BrowserContext, Page } from "playwright-core";
import {
  axeViolations,
  launchChromium,
  newPerson as newWindow,
  overflowsSideways,
  takeScreenshot,
} from "../support/chromium.ts";
import { databases } from "../support/databases.ts";
import { manySirets } from "../support/many-sirets.ts";
import { newPerson, sirets } from "../support/person.ts";
import { holdSecondFactor, markSecondFactor } from "../support/staff.ts";
import { type TestProvider, goodPassword, startTestProvider } from "../support/test-provider.ts";

const [dinum, poste, other] = sirets;

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

describe.each(databases)("staff in Chromium, on $name", (kind) => {
  let provider: TestProvider;
  let window: BrowserContext;
  let page: Page;

  beforeAll(async () => {
    provider = await startTestProvider(kind, {
      clients: { portal: { establishment_required: true, service_name: "Portail OF" } },
    });
    const anne = await provider.addAccount("anne.admin@opco.test", {
      ...{ givenName: "Anne", familyName: "Admin" },
    });
    await provider.application.administration.setRole("anne.admin@opco.test", "admin", "operator");
    await holdSecondFactor(provider, anne);
  });
  afterAll(async () => {
    await provider.stop();
  });
  beforeEach(() => signInAs({ script: true }));
  afterEach(() => window.close());

  /** A window of its own, signed in as Anne. */
  async function signInAs({ script }: { readonly script: boolean }): Promise<void> {
    window = await newWindow(browser, { script });
    page = await window.newPage();
    await page.goto(`${provider.issuer}/account`);
    await fill({ email: "anne.admin@opco.test", password: goodPassword });
    await page.click("#primary");
    const cookies = await window.cookies();
    await markSecondFactor(
      provider,
      cookies.map(({ value }) => value),
    );
    await page.goto(`${provider.issuer}/admin`);
  }
  const fill = async (fields: Readonly<Record<string, string>>) => {
    for (const [name, value] of Object.entries(fields)) await page.fill(`#${name}`, value);
  };
  const h1 = () => page.locator("h1").innerText();
  const text = () => page.locator("main").innerText();
  const press = (name: string) => page.getByRole("button", { name, exact: true }).click();
  const follow = (name: string) => page.getByRole("link", { name, exact: true }).click();
  const section = (name: string) =>
    page.getByRole("navigation").getByRole("link", { name, exact: true }).click();
  const save = async (name: string, act: () => Promise<void>) => {
    const download = page.waitForEvent("download");
    await act();
    expect((await download).suggestedFilename()).toBe(name);
  };
  /** What axe finds on the page that is shown, under its heading; and a picture of it. */
  const look = async (heading: string) => {
    expect(await h1()).toBe(heading);
    expect([heading, await axeViolations(page), await overflowsSideways(page)]).toEqual([
      heading,
      [],
      false,
    ]);
    await takeScreenshot(page, `staff-${heading.replaceAll(/[^\p{L}]+/gu, "-")}`);
  };

  it("count what is ticked as it is ticked, and again before several are closed", async () => {
    const { sub } = await newPerson(provider, dinum, poste, other);
    await page.goto(`${provider.issuer}/admin/accounts/${sub}/close`);
    const told = page.locator("#ticked");
    expect(await told.innerText()).toBe("Établissements à fermer\u00a0: 0");
    await page.check(`#siret-${dinum}`);
    await page.check(`#siret-${poste}`);
    expect(await told.innerText()).toBe("Établissements à fermer\u00a0: 2");
    await page.check("#all");
    expect(await told.innerText()).toBe("Établissements à fermer\u00a0: 3");
    await page.uncheck("#all");
    await look("Fermer des accès");
    await fill({ reason: "Fin de convention" });
    await press("Fermer les accès choisis");
    await look("Fermer ces accès\u202f?");
    await press("Fermer 2 accès");
    expect(await h1()).toBe("Jeanne Durand");
  });

  it("search and close by the Enter key, each in its own field", async () => {
    const many = await newPerson(provider, ...manySirets(25));
    await page.goto(`${provider.issuer}/admin/accounts/${many.sub}/close`);
    await page.locator(".choice").nth(1).click();
    await page.fill("#search", "rien de tel");
    await page.keyboard.press("Enter");
    await page.waitForSelector("text=0 sur 25 établissements");
    await page.focus("#reason");
    await page.keyboard.type("Fin de convention");
    await page.keyboard.press("Enter");
    await page.waitForURL(/done=closed/);
  });

  it("find an account, open what a mail asks for, close one, and see it all in the audit", async () => {
    const partner = await newPerson(provider, poste);
    await look("Comptes");
    await fill({ q: partner.email });
    await page.keyboard.press("Enter");
    await follow("Jeanne Durand");
    await look("Jeanne Durand");
    await follow("Ouvrir des accès");
    await look("Ouvrir des accès");
    await press("Vérifier");
    expect(await page.title()).toMatch(/^Erreur - /);
    await look("Ouvrir des accès");
    const pasted = `Bonjour,\nles SIRET : 130 025 265 00013 et ${other}, ${poste}, 13002526500014`;
    await fill({ siret_list: pasted, reason: "Mail du 3 mars", until: "2099-12-31" });
    await press("Vérifier");
    await look("Vérifier avant d'ouvrir");
    await press("Ouvrir (2)");
    await look("Jeanne Durand");
    expect(await text()).toContain("Accès changés\u00a0: 2.");
    await follow("Fermer 130 025 265 00013");
    await look("Fermer des accès");
    await fill({ reason: "Fin de convention" });
    await press("Fermer les accès choisis");
    expect(await text()).toContain("Fin de convention");
    const open = await provider.application.accesses.openEstablishments(partner.sub);
    expect(open.map(({ siret }) => siret)).toEqual([poste, other]);
    await follow("Tout l'audit de cette personne");
    await look("Audit");
    expect(await page.locator(".rows tbody tr").count()).toBe(4);
    await save("audit.csv", () => press("Exporter en CSV"));
    await save("audit.csv", () => press("Exporter en CSV"));
  });

  it("save a table of the register as often as they press", async () => {
    await page.goto(`${provider.issuer}/admin/export`);
    await save("accounts.csv", () => page.click("#primary"));
    await save("accounts.csv", () => page.click("#primary"));
  });

  it("see what a client would receive", async () => {
    const partner = await newPerson(provider, dinum, poste);
    await page.goto(`${provider.issuer}/admin/accounts/${partner.sub}`);
    await follow("Ce que voit un client");
    await page.selectOption("#client", { label: "Portail OF" });
    await page.selectOption("#siret", poste);
    await press("Afficher");
    await look("Ce que voit un client");
    expect(await text()).toContain(`"siret": "${poste}"`);
  });

  it("import a list, after the difference it makes", async () => {
    const partner = await newPerson(provider);
    await section("Import");
    await look("Importer des accès");
    await fill({ accesses: `email;siret\n${partner.email};${dinum}\n${partner.email};x` });
    await press("Vérifier");
    await look("Vérifier avant d'importer");
    // What is pressed behind the saving of a file is not lost.
    await save("a-corriger.csv", () => press("Télécharger les lignes à corriger"));
    await save("a-corriger.csv", () => press("Télécharger les lignes à corriger"));
    await fill({ accesses: `email;siret\n${partner.email};${dinum}` });
    await press("Vérifier à nouveau");
    await look("Vérifier avant d'importer");
    await press("Importer (1)");
    expect(await text()).toContain("L'import est fait");
  });

  it("register a client, keep its secret, and remove it", async () => {
    await section("Clients");
    await look("Clients");
    await follow("Ajouter un client");
    await look("Ajouter un client");
    const metadata = {
      ...{ client_id: "compta", client_name: "Comptabilité" },
      redirect_uris: ["https://compta.example/callback"],
    };
    await fill({ metadata: JSON.stringify(metadata, undefined, 2) });
    await press("Enregistrer le client");
    await look("Comptabilité");
    const secret = await page.locator("pre.document").first().innerText();
    expect(provider.application.clients.secretMatches("compta", secret)).toBe(true);
    await page.reload();
    expect(await text()).not.toContain(secret);
    await follow("Supprimer le client");
    await look("Supprimer ce client ?".replace(" ?", "\u202f?"));
    await press("Supprimer définitivement");
    expect(await text()).toContain("Le client est supprimé.");
  });

  it("give a role, and take it away", async () => {
    const colleague = await newPerson(provider);
    await section("Équipe");
    await look("Équipe");
    await fill({ email: colleague.email });
    await page.selectOption("#role", "agent");
    await press("Donner ce rôle");
    expect(await text()).toContain("Le rôle est donné.");
    await follow("Retirer le rôle Jeanne Durand");
    await look("Retirer ce rôle\u202f?");
    await press("Retirer le rôle");
    expect(await text()).toContain("Le rôle est retiré.");
  });

  it("do all of it without JavaScript, a deletion too", async () => {
    await window.close();
    await signInAs({ script: false });
    const partner = await newPerson(provider, dinum);
    await fill({ q: partner.email });
    await press("Rechercher");
    await follow("Jeanne Durand");
    await follow("Désactiver le compte");
    await press("Désactiver le compte");
    expect(await text()).toContain("Le compte est désactivé");
    await follow("Supprimer le compte");
    await press("Supprimer définitivement");
    expect(await text()).toContain("Le compte est supprimé.");
  });
});
