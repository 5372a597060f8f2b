import { describe, expect, it } from "@jest/globals";
import type { AuditEntry } from "../../src/audit/index.ts";
import {
  type SentenceNames,
  machineWordsOf,
  namedBy,
  sentenceOf,
} from "../../src/backoffice/audit-sentences.ts";
import { createWords } from "../../src/operations/index.ts";
import { eventNames } from "../support/event-names.ts";

const words = createWords("views");

const entry: AuditEntry = {
  ...{ seq: 7, occurredAt: 1_790_000_000, name: "access-opened", outcome: "accepted" },
  ...{ reason: undefined, actor: undefined, sub: undefined, addressReference: undefined },
  ...{ clientId: undefined, network: undefined, networkReference: undefined },
  ...{ requestReference: undefined, details: undefined, erased: false, hash: "hash" },
};
const zoe = "zoe-q83n2mX0aPz7Lk1bYt5";
const jeanne = "jeanne-2mX0aPz7Lk1bYt5eW";
const siret = "13002526500013";
const names: SentenceNames = {
  person: (sub) =>
    ({
      [zoe]: { name: "Zoé Moulin", role: "agent" },
      [jeanne]: { name: "Jeanne Durand", role: undefined },
    })[sub],
  client: (clientId) => (clientId === "portal" ? "Portail OF" : undefined),
  establishment: (number) => (number === siret ? "DINUM" : undefined),
};
const said = (about: Partial<AuditEntry>, locale: "fr" | "en" = "fr") =>
  sentenceOf({ ...entry, ...about }, names, words(locale))
    .map(({ text }) => text)
    .join("");

describe("the audit in sentences", () => {
  it.each([
    [
      { name: "access-opened", actor: zoe, sub: jeanne, details: { siret } },
      "Zoé Moulin (agent) a ouvert l'accès de 130 025 265 00013 (DINUM) à Jeanne Durand.",
    ],
    [
      { name: "account-deleted", actor: "operator", sub: "erased-aPz7Lk1bYt5eWg" },
      "Un exploitant (ligne de commande) a supprimé le compte de quelqu'un dont le compte est supprimé.",
    ],
    [{ name: "account-deleted", sub: jeanne }, "Jeanne Durand a supprimé son compte."],
    [
      { name: "access-closed", actor: "until-date", sub: jeanne, details: { siret } },
      "La date de fin prévue a fermé l'accès de 130 025 265 00013 (DINUM) à Jeanne Durand.",
    ],
    [
      { name: "access-closed", sub: jeanne, details: { siret } },
      "La date de fin prévue a fermé l'accès de 130 025 265 00013 (DINUM) à Jeanne Durand.",
    ],
    [
      { name: "account-deleted", actor: "retention", sub: "erased-aPz7Lk1bYt5eWg" },
      "L'effacement automatique des comptes inutilisés a supprimé le compte de quelqu'un dont le compte est supprimé.",
    ],
    [
      { name: "client-registered", actor: "invitation:aPz7Lk1bYt5eWg", clientId: "portal" },
      "Quelqu'un, par une invitation, a enregistré l'application «\u00a0Portail OF\u00a0».",
    ],
    [
      { name: "signed-in", outcome: "refused", addressReference: "reference" },
      "Connexion refusée à quelqu'un sans compte.",
    ],
    [
      { name: "signed-in", sub: jeanne, clientId: "portal" },
      "Jeanne Durand a ouvert une session sur l'application «\u00a0Portail OF\u00a0».",
    ],
    [
      {
        ...{ name: "access-request-accepted", actor: zoe, sub: jeanne },
        details: { sirets: [siret], refused: ["35600000009075"] },
      },
      "Zoé Moulin (agent) a accepté la demande d'accès de Jeanne Durand\u00a0: 130 025 265 00013 (DINUM)\u00a0; refusé\u00a0: 356 000 000 09075.",
    ],
    [
      { name: "client-updated", actor: "client:gone", clientId: "gone" },
      "L'application «\u00a0gone\u00a0» a modifié l'application «\u00a0gone\u00a0».",
    ],
    [
      { name: "staff-added", actor: "operator", sub: jeanne, details: { role: "admin" } },
      "Un exploitant (ligne de commande) a donné à Jeanne Durand le rôle «\u00a0Administration\u00a0».",
    ],
    [
      { name: "access-opened", actor: zoe, sub: jeanne, details: undefined },
      "Zoé Moulin (agent) a ouvert l'accès de quelque établissement à Jeanne Durand.",
    ],
    [{ name: "newer-event", actor: zoe }, "newer-event"],
  ])("%j", (about, sentence) => {
    expect(said(about)).toBe(sentence);
  });

  describe.each(["fr", "en"] as const)("in %s", (locale) => {
    const people: Partial<AuditEntry>[] = [
      { actor: zoe, sub: jeanne, clientId: "portal" },
      { actor: "operator", sub: jeanne },
      { sub: jeanne },
      { addressReference: "reference" },
      { clientId: "portal" },
      {},
    ];
    const told: Partial<AuditEntry>[] = [
      { details: undefined },
      {
        details: {
          ...{ siret, role: "agent", count: 2, letter: "accounts/new-browser", kid: "k" },
          ...{ table: "accounts", format: "csv", webhook: "w" },
        },
      },
    ];

    it.each([...eventNames])("has a sentence for %s, accepted and refused", (name) => {
      for (const outcome of ["accepted", "refused"])
        for (const who of people)
          for (const what of told) {
            const sentence = said({ name, outcome, ...who, ...what }, locale);
            expect(sentence).toMatch(/^\p{Lu}.*\.$/u);
            expect(sentence).not.toMatch(/undefined|[\uE000\uE001{}]| {2}/);
          }
    });
  });

  it("leads from names to their people, and reads nothing of what was typed as its own", () => {
    const parts = sentenceOf(
      { ...entry, actor: zoe, sub: jeanne, details: { siret: "\uE0000\uE001{who}" } },
      names,
      words("fr"),
    );
    expect(parts[0]).toEqual({ text: "Zoé Moulin", url: `/admin/accounts/${zoe}` });
    expect(parts.map(({ text }) => text).join("")).toContain("\uE0000\uE001{who}");
  });

  it("keeps the machine words, with whom they name", () => {
    const about = { ...entry, actor: zoe, sub: jeanne, details: { siret } };
    expect(machineWordsOf(about).map(({ name, value, sub }) => [name, value, sub])).toEqual([
      ["event", "access-opened", undefined],
      ["outcome", "accepted", undefined],
      ["sub", jeanne, jeanne],
      ["actor", zoe, zoe],
      ["details", `{"siret":"${siret}"}`, undefined],
      ["seq", "7 · 2026-09-21T14:13:20Z", undefined],
    ]);
    expect(namedBy([about])).toEqual({ subs: [jeanne, zoe], sirets: [siret] });
  });
});
