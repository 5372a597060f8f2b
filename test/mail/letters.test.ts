import { fileURLToPath } from "node:url";
import { describe, expect, it } from "@jest/globals";
import { locales } from "../../src/foundation/index.ts";
import type { LetterName } from "../../src/mail/letter.ts";
import { createLetters } from "../../src/mail/letters.ts";
import { createWords } from "../../src/operations/index.ts";
import { attribute, descendants, parseHtml, textOf } from "../support/html.ts";

const viewsFolder = fileURLToPath(new URL("../../views", import.meta.url));
const letters = createLetters({ viewsFolder, words: createWords(viewsFolder) });

const establishments = [
  { siret: "552 100 554 00013", name: "Boulangerie d'Été & <Fils>" },
  { siret: "356 000 000 00048" },
];
const serviceUrl = "https://portal.example/start?a=1&b=2";
const models: Record<LetterName, object> = {
  "accounts/validation": { url: "https://auth.example/validate/secret", hours: 24 },
  "accounts/existing-account": {
    signInUrl: serviceUrl,
    recoveryUrl: "https://auth.example/recovery",
  },
  "accounts/account-disabled": { contactUrl: "https://www.lopcommerce.com" },
  "accounts/recovery": { url: "https://auth.example/recovery/secret", minutes: 60 },
  "accounts/password-changed": { contactUrl: "https://www.lopcommerce.com" },
  "backoffice/requests-waiting": {
    ...{ count: 3, since: "31 janvier 2027 à 18:00" },
    queueUrl: "https://auth.example/admin/requests",
    choiceUrl: "https://auth.example/admin/requests/notices",
  },
  "organisations/care-given": { siren: "130 025 265", url: "https://auth.example/account" },
  "organisations/care-ended": { siren: "130 025 265", url: "https://www.lopcommerce.com" },
  "accounts/deleted": { contactUrl: "https://www.lopcommerce.com" },
  "accounts/new-browser": {
    url: "https://auth.example/unknown-browser/sealed",
    ...{ at: "31 janvier 2027 à 18:00", browser: "Firefox", system: "Windows" },
    network: "198.51.100.0/24",
  },
  "accounts/inactivity": { signInUrl: serviceUrl, erasedOn: "31 janvier 2027" },
  "establishments/access-opened": { establishments, serviceUrl },
  "establishments/access-closed": { establishments, serviceUrl, reason: "Fin de <contrat>" },
  "accounts/address-change": { url: "https://auth.example/account/email/secret", hours: 1 },
  "accounts/address-changed": { contactUrl: "https://www.lopcommerce.com" },
  "establishments/access-ending": {
    establishments: establishments.map((each) => ({ ...each, until: "31 janvier 2027" })),
    serviceUrl,
  },
  "establishments/request-received": {
    establishments,
    serviceUrl: "https://auth.example/account/requests",
  },
  "establishments/request-refused": {
    establishments,
    serviceUrl: "https://auth.example/account/requests",
    reason: "Ce n'est pas <le vôtre>",
  },
  "establishments/invited": { establishments, serviceUrl: "https://auth.example/signup" },
  "second-factors/turned-on": { contactUrl: "https://www.lopcommerce.com" },
  "second-factors/guessed-at": { contactUrl: "https://www.lopcommerce.com" },
  "accounts/address-correction": { url: "https://auth.example/account/email/secret", hours: 24 },
  "accounts/address-correction-asked": { contactUrl: "https://www.lopcommerce.com" },
  "second-factors/reset": { contactUrl: "https://www.lopcommerce.com" },
  "second-factors/turned-off": { contactUrl: "https://www.lopcommerce.com" },
};

const subjects: [LetterName, string, string][] = [
  [
    "accounts/address-change",
    "Validation de votre nouvelle adresse",
    "https://auth.example/account/email/secret",
  ],
  ["accounts/deleted", "Votre compte est supprimé", "https://www.lopcommerce.com"],
  [
    "accounts/new-browser",
    "Connexion depuis un nouveau navigateur",
    "https://auth.example/unknown-browser/sealed",
  ],
  [
    "accounts/address-changed",
    "L'adresse de votre compte a été modifiée",
    "https://www.lopcommerce.com",
  ],
  [
    "second-factors/turned-on",
    "Vérification en deux étapes activée",
    "https://www.lopcommerce.com",
  ],
  [
    "accounts/address-correction",
    "Votre nouvelle adresse est à valider",
    "https://auth.example/account/email/secret",
  ],
  [
    "accounts/address-correction-asked",
    "L'adresse de votre compte va changer",
    "https://www.lopcommerce.com",
  ],
  [
    "second-factors/reset",
    "Vérification en deux étapes réinitialisée",
    "https://www.lopcommerce.com",
  ],
  ["second-factors/guessed-at", "Codes de vérification refusés", "https://www.lopcommerce.com"],
  ["second-factors/turned-off", "Moyen de vérification retiré", "https://www.lopcommerce.com"],
  [
    "accounts/validation",
    "Validation de création de compte",
    "https://auth.example/validate/secret",
  ],
  ["accounts/existing-account", "Vous avez déjà un compte", serviceUrl],
  [
    "accounts/recovery",
    "Récupération de votre mot de passe",
    "https://auth.example/recovery/secret",
  ],
  ["accounts/password-changed", "Votre mot de passe a été modifié", "https://www.lopcommerce.com"],
  ["accounts/inactivity", "Votre compte va être effacé", serviceUrl],
  ["establishments/access-opened", "Ouverture de votre accès", serviceUrl],
  ["establishments/access-closed", "Fermeture de votre accès", serviceUrl],
  ["establishments/access-ending", "Fin prochaine de votre accès", serviceUrl],
  [
    "establishments/request-received",
    "Nous avons reçu votre demande d'accès",
    "https://auth.example/account/requests",
  ],
  [
    "establishments/request-refused",
    "Votre demande d'accès n'a pas été acceptée",
    "https://auth.example/account/requests",
  ],
  [
    "establishments/invited",
    "Vous êtes invité à accéder aux Web services",
    "https://auth.example/signup",
  ],
];

function htmlOf(letter: LetterName, locale: "fr" | "en" = "fr") {
  const document = parseHtml(letters.render(letter, locale, models[letter]).html);
  return { document, elements: [...descendants(document)] };
}

it.each(["fr", "en"] as const)("leads who is disabled to whom to ask, in %s", (locale) => {
  const contactUrl = "https://www.lopcommerce.com";
  const model = { contactUrl, erasedOn: "31 janvier 2027" };
  const { text, html } = letters.render("accounts/inactivity", locale, model);
  expect(text.split("\n")).toContain(contactUrl);
  expect(html).toContain(`href="${contactUrl}"`);
  expect(text + html).not.toMatch(/undefined|\[object|Se connecter|Sign in/);
});

describe.each(subjects)("the letter %s", (letter, subject, link) => {
  it(`has the subject « ${subject} » and opens with « Madame, Monsieur, »`, () => {
    const { subject: written, text } = letters.render(letter, "fr", models[letter]);
    expect(written).toBe(subject);
    expect(text.split("\n")[0]).toBe("Madame, Monsieur,");
    expect(textOf(htmlOf(letter).document)).toContain("Madame, Monsieur,");
  });

  it("has its link on a line of its own in the text, and in the HTML", () => {
    expect(letters.render(letter, "fr", models[letter]).text.split("\n")).toContain(link);
    const links = htmlOf(letter).elements.flatMap((element) => attribute(element, "href") ?? []);
    expect(links).toContain(link);
  });

  it.each(locales)("says in its text, in %s, what it leads to, as its HTML does", (locale) => {
    const { text } = letters.render(letter, locale, models[letter]);
    const linked = htmlOf(letter, locale).elements.filter(
      (each) => attribute(each, "href") === link && textOf(each).trim() !== link,
    );
    const said = text
      .slice(0, text.indexOf(`\n${link}\n`))
      .split("\n")
      .at(-1);
    expect([...linked.map((each) => textOf(each).trim()), said?.match(/.+:$/)?.[0]]).toContain(
      said,
    );
  });

  it.each(locales)("is whole in %s, and loads nothing", (locale) => {
    const { text, html } = letters.render(letter, locale, models[letter]);
    expect(text + html).not.toMatch(/undefined|\[object|<%/);
    const { elements } = htmlOf(letter, locale);
    const loads = elements.filter((each) => ["img", "link", "script"].includes(each.tagName));
    expect(loads).toEqual([]);
    expect(attribute(elements.find((each) => each.tagName === "html") as never, "lang")).toBe(
      locale,
    );
  });
});

describe("the validation letter", () => {
  it("says the guide's sentences to the letter", () => {
    const { text, html } = letters.render(
      "accounts/validation",
      "fr",
      models["accounts/validation"],
    );
    for (const body of [text, html]) {
      expect(body).toContain(
        "Merci de cliquer sur ce lien pour valider la création de votre compte Web services :",
      );
      expect(body).toContain("Valider la création de mon compte.");
    }
  });

  it("tells how long its link is valid", () => {
    const { text } = letters.render("accounts/validation", "fr", models["accounts/validation"]);
    expect(text).toContain("Ce lien est valable 24\u00A0heures.");
  });
});

describe("the letter of an access opened", () => {
  it("says the guide's sentences and names every SIRET", () => {
    const { text } = letters.render("establishments/access-opened", "fr", {
      establishments,
      serviceUrl,
    });
    expect(text).toContain(
      "L'Opcommerce vous ouvre l'accès au Web Services par association de votre compte personnel avec le/les établissements souhaités.",
    );
    expect(text).toContain("Vous pouvez accéder au portail !");
    expect(text).toContain(
      "- Boulangerie d'Été & <Fils>, SIRET 552 100 554 00013\n- SIRET 356 000 000 00048\n",
    );
  });

  it("escapes names in its HTML", () => {
    const { html } = letters.render("establishments/access-opened", "fr", {
      establishments,
      serviceUrl,
    });
    expect(html).toContain("Boulangerie d'Été &amp; &lt;Fils&gt;");
  });

  it("keeps a name on its line: it forges no sentence of ours", () => {
    const forged = [{ siret: "1", name: "A\r\n\r\nhttps://evil.example\u2028B" }];
    const model = { establishments: forged, serviceUrl };
    const { text } = letters.render("establishments/access-opened", "fr", model);
    expect(text).toContain("- A https://evil.example B, SIRET 1\n");
  });
});

describe("the letter of an access that ends", () => {
  it("says until when, beside each establishment", () => {
    const { text, html } = letters.render(
      "establishments/access-ending",
      "fr",
      models["establishments/access-ending"],
    );
    expect(text).toContain("- SIRET 356 000 000 00048, jusqu'au 31 janvier 2027\n");
    expect(html).toContain(", jusqu'au 31 janvier 2027");
  });
});

describe("the letter of a request refused", () => {
  it("tells the reason", () => {
    const { "establishments/request-refused": model } = models;
    const { text, html } = letters.render("establishments/request-refused", "fr", model);
    expect(text).toContain("Motif\u00A0: Ce n'est pas <le vôtre>");
    expect(html).toContain("Motif\u00A0: Ce n'est pas &lt;le vôtre&gt;");
  });
});

describe("the letter of an access closed", () => {
  it("tells the reason when there is one", () => {
    const { "establishments/access-closed": model } = models;
    const closed = letters.render("establishments/access-closed", "fr", model);
    expect(closed.text).toContain("Motif\u00A0: Fin de <contrat>");
    expect(closed.html).toContain("Motif\u00A0: Fin de &lt;contrat&gt;");
    const silent = letters.render("establishments/access-closed", "fr", {
      ...model,
      reason: undefined,
    });
    expect(silent.text).not.toContain("Motif");
  });
});
