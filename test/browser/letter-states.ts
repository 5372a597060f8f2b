import type { LetterName } from "../../src/mail/letter.ts";
import { createLetters } from "../../src/mail/letters.ts";
import { viewsFolder, words } from "../web/serve.ts";

const letters = createLetters({ viewsFolder, words });
const serviceUrl = "https://portail.example/";
const secret = "yB7QmK2v0nP4xT8wL1cR5sD9fH3jZ6aUeG0iOqNtVbM";
const establishments = [
  { siret: "130 025 265 00013", name: "Boulangerie d'Été & Fils" },
  {
    siret: "418 166 096 00051",
    name: "Groupement interprofessionnel pour le développement de la formation et de l'apprentissage dans les métiers du commerce",
  },
  { siret: "356 000 000 00048" },
];

const models: Readonly<Record<LetterName, object>> = {
  "accounts/validation": { url: `https://auth.example/validate/${secret}`, hours: 24 },
  "accounts/existing-account": {
    signInUrl: serviceUrl,
    recoveryUrl: "https://auth.example/recovery",
  },
  "accounts/account-disabled": { contactUrl: "https://www.lopcommerce.com" },
  "accounts/recovery": { url: `https://auth.example/recovery/${secret}`, minutes: 60 },
  "accounts/password-changed": { contactUrl: "https://www.lopcommerce.com" },
  "accounts/deleted": { contactUrl: "https://www.lopcommerce.com" },
  "accounts/new-browser": {
    url: "https://auth.example/unknown-browser/sealed",
    ...{ at: "31 janvier 2027 à 18:00", browser: "Firefox", system: "Windows" },
    network: "198.51.100.0/24",
  },
  "accounts/inactivity": { signInUrl: serviceUrl, erasedOn: "31 janvier 2027" },
  "establishments/access-opened": { establishments, serviceUrl },
  "establishments/access-closed": { establishments, serviceUrl, reason: "Fin de contrat" },
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
  "backoffice/requests-waiting": {
    ...{ count: 3, since: "31 janvier 2027 à 18:00" },
    queueUrl: "https://auth.example/admin/requests",
    choiceUrl: "https://auth.example/admin/requests/notices",
  },
  "organisations/care-given": {
    ...{ siren: "130 025 265", url: "https://auth.example/account/organisations" },
  },
  "organisations/care-ended": { siren: "130 025 265", url: "https://www.lopcommerce.com" },
  "second-factors/turned-on": { contactUrl: "https://www.lopcommerce.com" },
  "second-factors/guessed-at": { contactUrl: "https://www.lopcommerce.com" },
  "second-factors/reset": { contactUrl: "https://www.lopcommerce.com" },
  "accounts/address-correction": {
    ...{ url: "https://auth.example/account/email/0123456789", hours: 24 },
  },
  "accounts/address-correction-asked": { contactUrl: "https://www.lopcommerce.com" },
  "second-factors/turned-off": { contactUrl: "https://www.lopcommerce.com" },
};

/** Every letter by its name without a slash, with all it can hold. */
export const letterStates: Readonly<Record<string, { name: LetterName; model: object }>> =
  Object.fromEntries(
    Object.entries(models).map(([name, model]) => [
      name.replace("/", " "),
      { name: name as LetterName, model },
    ]),
  );

/** The HTML of a letter of {@link letterStates}. */
export function renderLetter(state: string): string {
  const sample = letterStates[state];
  if (!sample) throw new Error(`no letter ${state}`);
  return letters.render(sample.name, "fr", sample.model).html;
}
