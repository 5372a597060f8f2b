import { claimRows, type renderPage } from "../../src/portal/pages.ts";

/** A page of the portal as a person may meet it. */
export interface PortalStateSample {
  readonly name: Parameters<typeof renderPage>[0];
  readonly title: string;
  readonly values: Readonly<Record<string, unknown>>;
}

const siret = "13002526500013";
const longName =
  "Groupement interprofessionnel pour le développement de la formation dans les métiers du commerce de détail";
const rows = claimRows({
  sub: "q83n2mX0aPz7Lk1bYt5eWg",
  given_name: "Jeanne",
  family_name: "Durand",
  name: "Jeanne Durand",
  updated_at: 1_795_000_000,
  email: "jeanne.durand@formation-professionnelle-continue-du-commerce.example",
  email_verified: true,
  siret,
  siren: "130025265",
  establishment_name: longName,
  establishments: [
    { siret, siren: "130025265", name: longName },
    { siret: "41816609600051", siren: "418166096" },
  ],
});
const ways = { retryUrl: "/login", homeUrl: "/", accountUrl: "/account" };

/** Every page of the portal. */
export const portalStates: Readonly<Record<string, PortalStateSample>> = {
  home: { name: "home", title: "Accueil", values: {} },
  "signed in": {
    name: "signed-in",
    title: "Votre espace",
    values: {
      accountUrl: "/account",
      rows,
      who: "Jeanne Durand",
      siret: rows.find(({ name }) => name === "siret")?.values[0],
      establishmentName: longName,
    },
  },
  "no access": { name: "no-access", title: "Accès non ouvert", values: ways },
  failure: {
    name: "failure",
    title: "Connexion momentanément indisponible",
    values: {
      ...ways,
      heading: "Connexion momentanément indisponible",
      sentence: "Le service de connexion ne répond pas. Réessayez dans quelques instants.",
      code: "provider_unreachable",
    },
  },
};
