import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import {
  askRecovery,
  expectRefused,
  newAddress,
  recoveryLink,
  signIn,
} from "../support/account-journey.ts";
import { BrowserAgent } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { type TestProvider, goodPassword, startTestProvider } from "../support/test-provider.ts";

describe.each(databases)("the forms of a recovery, refused, on $name", (kind) => {
  let provider: TestProvider;
  let email: string;
  let browser: BrowserAgent;

  beforeAll(async () => {
    provider = await startTestProvider(kind, { clients: { portal: {} } });
    email = newAddress();
    await provider.addAccount(email, { givenName: "Camille", familyName: "Moulin" });
    await askRecovery(provider, email);
    browser = new BrowserAgent();
    await browser.open(await recoveryLink(provider, email));
  });
  afterAll(async () => {
    await provider.stop();
  });

  it.each([
    ["no address", "  ", "Saisissez votre email."],
    [
      "half an address",
      "camille@partenaire",
      "Saisissez un email complet, par exemple prenom.nom@entreprise.fr.",
    ],
  ])("refuse %s", async (_what, typed, sentence) => {
    const { page } = await askRecovery(provider, typed);
    expectRefused(page, { email: sentence });
    expect(page.h1).toBe("Récupérer mon mot de passe");
    expect(page.form().values).toEqual({ email: typed });
  });

  it.each<[string, string, string, Record<string, string>]>([
    ["no password", "", "", { password: "Saisissez votre mot de passe." }],
    [
      "11 characters",
      "cheval-pile",
      "cheval-pile",
      { password: "Choisissez un mot de passe d'au moins 12 caractères." },
    ],
    [
      "257 characters",
      "pile-".repeat(52).slice(0, 257),
      "x",
      { password: "Choisissez un mot de passe d'au plus 256 caractères." },
    ],
    [
      "a guessable password",
      "motdepasse123456",
      "motdepasse123456",
      {
        password:
          "Ce mot de passe est trop facile à deviner : il est, ou contient, l'un des mots de passe les plus utilisés ; majuscules, chiffres et signes autour n'y changent rien. Ajoutez un ou deux mots sans rapport entre eux.",
      },
    ],
    [
      "the name of the account",
      "CamilleMoulin1987",
      "CamilleMoulin1987",
      {
        password:
          "Ce mot de passe contient votre nom ou votre email. Choisissez-en un qui ne vous désigne pas.",
      },
    ],
    [
      "another password as confirmation",
      "nuage-agrafe-cheval-7",
      "nuage-agrafe-cheval-8",
      { password_confirmation: "Les deux mots de passe saisis sont différents." },
    ],
  ])("refuse %s", async (_what, password, password_confirmation, refusals) => {
    const page = await browser.fill({ password, password_confirmation }).submit();
    expectRefused(page, refusals);
    expect(page.h1).toBe("Choisir un nouveau mot de passe");
    expect(page.form().values).toEqual({ password: "", password_confirmation: "" });
    if (password !== "") expect(page.html).not.toContain(password);
  });

  it("leave the link open and the old password good", async () => {
    const other = new BrowserAgent();
    await provider.party("portal").login(other);
    expect((await signIn(other, email, goodPassword)).h1).toBe("Signed in");
    const password = "nuage-agrafe-cheval-7";
    const page = await browser.fill({ password, password_confirmation: password }).submit();
    expect(page.h1).toBe("Mot de passe modifié");
  });

  it("refuse a link with one byte changed, and lead to a new one", async () => {
    const url = `${provider.issuer}/recovery/${"A".repeat(43)}`;
    const fields = { password: goodPassword, password_confirmation: goodPassword };
    for (const page of [await browser.open(url), await browser.post(url, fields, url)]) {
      expect(page).toMatchObject({ status: 410, h1: "Ce lien de récupération n'est plus valable" });
      expect(page.find("#primary")?.attribute("href")).toBe("/recovery");
    }
  });
});
