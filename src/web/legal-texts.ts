import { readFileSync } from "node:fs";
import { z } from "zod";
import { ConfigurationError } from "../operations/index.ts";

const line = z.string().trim().min(1).max(2000);
/** Words of the operator in each language of the pages. */
const said = z.strictObject({ fr: line, en: line });
const place = { name: line, address: line, telephone: line.optional(), email: line.optional() };

/** RGAA 4.1, the statement of accessibility that decree 2019-768 asks for. */
const accessibility = z.strictObject({
  state: z.enum(["none", "partial", "full"]),
  /** When the statement was made. */
  date: z.iso.date(),
  audit: z.strictObject({ by: line, date: z.iso.date(), percent: z.number().min(0).max(100) }),
  /** What is not accessible, and why that is allowed or not yet mended. */
  derogations: z.array(said).max(50),
  contact: line,
});

/** Loi pour la confiance dans l'économie numérique, article 1-1. */
const publisher = z.strictObject({ ...place, registration: line.optional(), director: line });

/** RGPD article 13: what only the operator can say. Durations and rights are said by the page itself. */
const personalData = z.strictObject({
  controller: z.strictObject(place),
  dpo: z.strictObject({ email: line, address: line.optional() }),
  purposes: z
    .array(z.strictObject({ purpose: said, basis: said }))
    .min(1)
    .max(30),
  recipients: z.array(said).min(1).max(30),
  transfers: said,
  obligation: said,
  automated: said,
});

const legalTexts = z.strictObject({
  accessibility: accessibility.optional(),
  publisher: publisher.optional(),
  host: z.strictObject(place).optional(),
  personalData: personalData.optional(),
});

/** The operator's words that the law asks for; what is absent is not said. */
export type LegalTexts = z.infer<typeof legalTexts>;

/** What the law asks for and nobody has written yet, each by the name of its member. */
export function missingLegalTexts(texts: LegalTexts): string[] {
  return Object.keys(legalTexts.shape).filter((name) => !(name in texts));
}

/**
 * Reads `LEGAL_TEXTS`.
 * @param file undefined: nothing was written
 * @throws ConfigurationError naming every problem at once
 */
export function readLegalTexts(file: string | undefined): LegalTexts {
  if (file === undefined) return {};
  const read = legalTexts.safeParse(parsed(file));
  if (read.success) return read.data;
  throw new ConfigurationError(
    read.error.issues.map(({ path, message }) => ({
      name: `LEGAL_TEXTS ${file} ${path.join(".")}`.trim(),
      found: message,
      expected: "the members that docs/operations.md names",
    })),
  );
}

function parsed(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const found = `${file} (${code ?? message})`;
    throw new ConfigurationError([{ name: "LEGAL_TEXTS", found, expected: "a file of JSON" }]);
  }
}
