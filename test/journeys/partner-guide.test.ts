import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { BrowserAgent } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { type TestProvider, goodPassword, startTestProvider } from "../support/test-provider.ts";

const siretOne = "13002526500013";
const siretTwo = "41816609600051";

describe.each(databases)("the partner's guide, end to end, on $name", (kind) => {
  let provider: TestProvider;
  const email = "jeanne.durand@partenaire.test";

  beforeAll(async () => {
    provider = await startTestProvider(kind, {
      clients: {
        portal: { establishment_required: true, service_name: "Portail OF", space_name: "OF" },
      },
    });
  });
  afterAll(async () => {
    await provider.stop();
  });

  it("leads from sign-up to a SIRET received as a claim", async () => {
    const browser = new BrowserAgent();
    const portal = provider.party("portal");

    // 1. « Sur la page de connexion, accès au formulaire de demande de création de compte »
    const login = await portal.login(browser);
    expect(browser.page.h1).toBe("Connexion");
    await browser.click("Créer un compte");
    expect(browser.page.h1).toBe("Créer un compte");
    expect(browser.page.text).toContain("Bienvenue");
    await browser
      .fill({
        email,
        email_confirmation: email,
        password: goodPassword,
        password_confirmation: goodPassword,
        given_name: "Jeanne",
        family_name: "Durand",
      })
      .submit("Créer le compte");
    expect(browser.page.h1).toBe("Validation de compte");
    expect(browser.page.text).toContain(
      `Un message de validation a été envoyé sur votre email : ${email}`,
    );

    // 2. the mail « Validation de création de compte »
    const validation = await provider.smtp.waitForMessage(
      (each) => each.envelope.to[0] === email,
      10_000,
    );
    expect(validation.subject).toBe("Validation de création de compte");
    expect(validation.text).toContain("Madame, Monsieur,");
    expect(validation.text).toContain(
      "Merci de cliquer sur ce lien pour valider la création de votre compte Web services :",
    );
    const link = validation.links.find((each) => each.includes("/validate/")) ?? "";
    expect(link.startsWith(`${provider.issuer}/validate/`)).toBe(true);

    // 3. « cliquez sur "Valider la création de mon compte" »
    await browser.open(link);
    await browser.submit("Valider la création de mon compte");
    expect(browser.page.text).toContain(
      "Félicitations, votre compte a bien été validé. Vous pouvez maintenant vous connecter à votre espace Web services :",
    );
    expect(browser.page.find("#primary")?.attribute("href")).toBe(portal.origin);

    // No access is open yet.
    const refused = await portal.login(browser);
    await browser.fill({ email, password: goodPassword }).submit("Se connecter");
    expect(browser.page.text).toContain(
      "Vous ne possédez pas encore les autorisations pour accéder au Portail OF de l'Opcommerce. Merci de vous rapprocher de votre correspondant de l'Opcommerce pour demander l'accès à l'espace OF de votre organisme.",
    );
    await browser.submit("Retour au service");
    expect((await refused.refused()).error).toBe("access_denied");

    // L'Opcommerce opens the access; a mail announces it.
    await provider.openAccess(email, siretOne, siretTwo);
    const opened = await provider.smtp.waitForMessage(
      (each) => each.subject === "Ouverture de votre accès",
      10_000,
    );
    expect(opened.text).toContain("130 025 265 00013");
    expect(opened.text).toContain("418 166 096 00051");

    // « Vous pouvez accéder au portail ! »
    const second = await portal.login(browser);
    expect(browser.page.findAll("input[name=siret]")).toHaveLength(2);
    await browser.fill({ siret: siretTwo }).submit("Continuer");
    const { claims, userinfo, tokens } = await second.signedIn();
    expect(userinfo).toMatchObject({
      sub: claims.sub,
      email,
      email_verified: true,
      given_name: "Jeanne",
      family_name: "Durand",
      siret: siretTwo,
      siren: "418166096",
      establishments: [
        { siret: siretOne, siren: "130025265" },
        { siret: siretTwo, siren: "418166096" },
      ],
    });
    expect(claims["siret"]).toBeUndefined();
    expect(tokens.refresh_token).toBeDefined();
    expect(login.state).toBeDefined();
  });
});
