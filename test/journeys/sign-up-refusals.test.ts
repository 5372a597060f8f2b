import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import {
  expectRefused,
  mailsTo,
  newAddress,
  signUp,
  signUpFields,
} from "../support/account-journey.ts";
import { BrowserAgent } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

const name101 = "é".repeat(101);

describe.each(databases)("a sign-up form that is refused, on $name", (kind) => {
  let provider: TestProvider;

  beforeAll(async () => {
    provider = await startTestProvider(kind);
  });
  afterAll(async () => {
    await provider.stop();
  });

  it.each<[string, Record<string, string>, Record<string, string>]>([
    ["no address", { email: " " }, { email: "Saisissez votre email." }],
    [
      "an address without a domain",
      { email: "camille@partenaire" },
      { email: "Saisissez un email complet, par exemple prenom.nom@entreprise.fr." },
    ],
    [
      "an address that hides another",
      { email: "camille@partenaire.test,autre@partenaire.test" },
      {
        email:
          "Cet email contient « , », qui n'est pas accepté à cet endroit. Saisissez un email complet, par exemple prenom.nom@entreprise.fr.",
      },
    ],
    [
      "another address as confirmation",
      { email_confirmation: "autre@partenaire.test" },
      { email_confirmation: "Les deux emails saisis sont différents." },
    ],
    ["no password", { password: "" }, { password: "Saisissez votre mot de passe." }],
    [
      "11 characters",
      { password: "cheval-pile" },
      { password: "Choisissez un mot de passe d'au moins 12 caractères." },
    ],
    [
      "257 characters",
      { password: "cheval-pile".repeat(24).slice(0, 257) },
      { password: "Choisissez un mot de passe d'au plus 256 caractères." },
    ],
    [
      "a guessable password",
      { password: "abababababababababab" },
      {
        password:
          "Ce mot de passe est trop facile à deviner : il répète toujours la même chose ; majuscules, chiffres et signes autour n'y changent rien. Ajoutez un ou deux mots sans rapport entre eux.",
      },
    ],
    [
      "the person's own name",
      { password: "CamilleMoulin1987" },
      {
        password:
          "Ce mot de passe contient votre nom ou votre email. Choisissez-en un qui ne vous désigne pas.",
      },
    ],
    [
      "another password as confirmation",
      { password_confirmation: "cheval-pile-agrafe-correcT" },
      { password_confirmation: "Les deux mots de passe saisis sont différents." },
    ],
    ["no first name", { given_name: "" }, { given_name: "Saisissez votre prénom." }],
    [
      "markup for a first name",
      { given_name: "<b>Camille</b>" },
      {
        given_name:
          "Ce prénom contient « < », qui n'est pas accepté. Saisissez-le sans ce caractère.",
      },
    ],
    [
      "a first name of 101 letters",
      { given_name: name101 },
      { given_name: "Indiquez un nom de 100 caractères au plus." },
    ],
    ["no last name", { family_name: " " }, { family_name: "Saisissez votre nom." }],
    [
      "a null character in the last name",
      { family_name: "Mou\u0000lin" },
      {
        family_name:
          "Ce nom contient « U+0000 », qui n'est pas accepté. Saisissez-le sans ce caractère.",
      },
    ],
    [
      "a last name of 101 letters",
      { family_name: name101 },
      { family_name: "Indiquez un nom de 100 caractères au plus." },
    ],
  ])("refuses %s", async (_what, changes, refusals) => {
    const email = newAddress();
    const { page } = await signUp(provider, email, { changes });
    expectRefused(page, refusals);
    const { password, password_confirmation, ...kept } = signUpFields(email, changes);
    // HTML has no null character: browsers show U+FFFD in its place.
    for (const [name, value] of Object.entries(kept)) {
      expect(page.form().values[name]).toBe(value.replace("\u0000", "\uFFFD"));
    }
    expect(page.form().values).toMatchObject({ password: "", password_confirmation: "" });
    if (password !== "") expect(page.html).not.toContain(password);
    expect(page.html).not.toContain(password_confirmation);
    expect(await mailsTo(provider, email)).toEqual([]);
  });

  it("names every problem of an empty form at once", async () => {
    const browser = new BrowserAgent();
    await browser.open(`${provider.issuer}/signup`);
    expectRefused(await browser.submit("Créer le compte"), {
      email: "Saisissez votre email.",
      password: "Saisissez votre mot de passe.",
      given_name: "Saisissez votre prénom.",
      family_name: "Saisissez votre nom.",
    });
  });
});
