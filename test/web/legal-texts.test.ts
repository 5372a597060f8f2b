import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { ConfigurationError, retentionSeconds } from "../../src/operations/index.ts";
import { missingLegalTexts, readLegalTexts } from "../../src/web/index.ts";
import { legalPages } from "../../src/web/legal-pages.ts";
import { localeOfRequest } from "../../src/web/language.ts";
import { privacyPage } from "../../src/web/privacy.ts";
import { descendants, parseHtml, textOf } from "../support/html.ts";
import { serve, testPages } from "./serve.ts";

const both = (words: string) => ({ fr: `${words} (fr)`, en: `${words} (en)` });
const place = { name: "L'Opcommerce", address: "251 boulevard Pereire, 75017 Paris" };
const whole = {
  accessibility: {
    ...{ state: "partial", date: "2026-11-02", contact: "accessibilite@lopcommerce.test" },
    audit: { by: "Ceux qui auditent", date: "2026-10-15", percent: 82 },
    derogations: [both("Le QR code")],
  },
  publisher: { ...place, registration: "SIREN 130025265", director: "Jeanne Martin" },
  host: { name: "Un hébergeur", address: "Roubaix", telephone: "09 72 10 10 07" },
  personalData: {
    controller: place,
    dpo: { email: "dpo@lopcommerce.test" },
    purposes: [{ purpose: both("Vous connecter"), basis: both("Mission d'intérêt public") }],
    recipients: [both("Les agents habilités")],
    transfers: both("Aucun transfert hors de l'Union"),
    obligation: both("Sans adresse, pas de compte"),
    automated: both("Aucune décision automatisée"),
  },
};

const folder = mkdtempSync(join(tmpdir(), "legal-"));
function written(texts: unknown): string {
  const file = join(folder, `${String(Math.random()).slice(2)}.json`);
  writeFileSync(file, typeof texts === "string" ? texts : JSON.stringify(texts));
  return file;
}

async function opened(path: string, file?: string, language = "fr") {
  const texts = readLegalTexts(file);
  const served = await serve(
    testPages(texts.accessibility?.state),
    localeOfRequest(),
    privacyPage(texts),
    legalPages(texts),
  );
  try {
    const response = await fetch(served.url + path, { headers: { "Accept-Language": language } });
    const text = [...descendants(parseHtml(await response.text()))]
      .filter(({ tagName }) => tagName === "body")
      .map(textOf)
      .join(" ");
    return { status: response.status, text };
  } finally {
    await served.close();
  }
}

describe("what the law has a site say", () => {
  it.each(["/legal", "/accessibility", "/privacy"])(
    "%s says nothing that nobody wrote, and where to ask",
    async (path) => {
      const { status, text } = await opened(path);
      expect(status).toBe(200);
      expect(text).toMatch(/pas encore publié|Aucune déclaration n'a encore été établie/);
      expect(text).toContain("Accessibilité : non conforme Mentions légales Données personnelles");
    },
  );

  it("of personal data is the list of RGPD article 13, in both languages", async () => {
    const { text } = await opened("/privacy", written(whole));
    const article13 = {
      "1a, controller": "L'Opcommerce 251 boulevard Pereire, 75017 Paris",
      "1b, data protection officer": "Délégué à la protection des données dpo@lopcommerce.test",
      "1c, purposes": "Vous connecter (fr)",
      "1c, legal bases": "Base légale : Mission d'intérêt public (fr)",
      "1e, recipients": "Les agents habilités (fr)",
      "1f, transfers": "Aucun transfert hors de l'Union (fr)",
      "2a, durations": "Une session, depuis sa dernière utilisation",
      "2b, access, rectification, erasure":
        "d'accéder à vos données, de les rectifier, de les faire",
      "2b, restriction, objection, portability":
        "d'en limiter l'usage, de vous y opposer, de les recev",
      "2c, withdrawal": "de retirer un consentement à tout moment",
      "2d, complaint": "une réclamation à la CNIL",
      "2e, obligation": "Sans adresse, pas de compte (fr)",
      "2f, automated decisions": "Aucune décision automatisée (fr)",
    };
    for (const [item, words] of Object.entries(article13))
      expect([item, text.includes(words)]).toEqual([item, true]);
    expect(text.match(/\d+ (?:jours|mois|heures)/g)).toHaveLength(
      Object.keys(retentionSeconds).length,
    );
    const english = await opened("/privacy", written(whole), "en");
    expect(english.text).toContain("Legal basis: Mission d'intérêt public (en)");
  });

  it("of the site is its publisher, director and host; of accessibility the statement", async () => {
    const file = written(whole);
    const legal = await opened("/legal", file);
    expect(legal.text).toContain("SIREN 130025265 Directeur de la publication : Jeanne Martin");
    expect(legal.text).toContain("Un hébergeur Roubaix Téléphone : 09 72 10 10 07");
    const { text } = await opened("/accessibility", file);
    expect(text).toContain("L'audit fait par Ceux qui auditent le 15 octobre 2026 montre que 82 %");
    expect(text).toContain("Le QR code (fr)");
    expect(text).toContain("accessibilite@lopcommerce.test");
    expect(text).toContain("Défenseur des droits");
    expect(text).toContain("Accessibilité : partiellement conforme");
  });

  it("is missing by name, for who operates it", () => {
    expect(missingLegalTexts(readLegalTexts(undefined))).toEqual(Object.keys(whole));
    expect(missingLegalTexts(readLegalTexts(written({ host: whole.host })))).toEqual([
      ...["accessibility", "publisher", "personalData"],
    ]);
    expect(missingLegalTexts(readLegalTexts(written(whole)))).toEqual([]);
  });

  it("refuses the start when it cannot be read, with every problem", () => {
    const wrong = written({
      accessibility: { ...whole.accessibility, state: "oui" },
      personalData: { ...whole.personalData, dpo: {} },
      autre: 1,
    });
    const problemsOf = (file: string) => {
      try {
        readLegalTexts(file);
      } catch (error) {
        return error instanceof ConfigurationError ? error.problems : [];
      }
      return [];
    };
    const members = "an object with the members accessibility, publisher, host, personalData";
    expect(problemsOf(wrong)).toEqual([
      {
        name: `LEGAL_TEXTS ${wrong} accessibility.state`,
        ...{ found: '"oui"', expected: "one of none, partial, full" },
      },
      {
        name: `LEGAL_TEXTS ${wrong} personalData.dpo.email`,
        ...{ found: "nothing", expected: "a text of 1 to 2000 characters" },
      },
      { name: `LEGAL_TEXTS ${wrong}`, found: '"autre"', expected: members },
    ]);
    const unread = (file: string) => problemsOf(file)[0]?.found;
    expect(unread("/nowhere.json")).toBe("/nowhere.json (ENOENT)");
    const torn = written('{ "host": ');
    expect(unread(torn)).toMatch(new RegExp(`^${torn} \\(no JSON(, at line 1 column \\d+)?\\)$`));
    const key = written("nicht-zu-zeigen-geheim");
    expect(unread(key)).not.toContain("nicht");
  });
});
