import { readFileSync } from "node:fs";
import { z } from "zod";
import { ConfigurationError } from "../operations/index.ts";

const most = 2000;
const oneLine = `a text of 1 to ${most} characters`;
const line = z.string({ error: oneLine }).trim().min(1, oneLine).max(most, oneLine);
const day = z.iso.date({ error: "a day, such as 2026-11-02" });

/** What a member holds. @param members their names are told where one of them is unknown */
const holding = <Members extends z.ZodRawShape>(members: Members) =>
  z.strictObject(members, {
    error: `an object with the members ${Object.keys(members).join(", ")}`,
  });
const list = <Item extends z.ZodType>(item: Item, least: number, mostItems: number) => {
  const error = `a list, in square brackets, of ${least} to ${mostItems}`;
  return z.array(item, { error }).min(least, error).max(mostItems, error);
};

/** Words of the operator in each language of the pages. */
const said = holding({ fr: line, en: line });
const place = { name: line, address: line, telephone: line.optional(), email: line.optional() };

/** RGAA 4.1, the statement of accessibility that decree 2019-768 asks for. */
const states = ["none", "partial", "full"] as const;
const percent = "a number from 0 to 100";
const accessibility = holding({
  state: z.enum(states, { error: `one of ${states.join(", ")}` }),
  /** When the statement was made. */
  date: day,
  audit: holding({
    by: line,
    date: day,
    percent: z.number({ error: percent }).min(0, percent).max(100, percent),
  }),
  /** What is not accessible, and why that is allowed or not yet mended. */
  derogations: list(said, 0, 50),
  contact: line,
});

/** Loi pour la confiance dans l'économie numérique, article 1-1. */
const publisher = holding({ ...place, registration: line.optional(), director: line });

/** RGPD article 13: what only the operator can say. Durations and rights are said by the page itself. */
const personalData = holding({
  controller: holding(place),
  dpo: holding({ email: line, address: line.optional() }),
  purposes: list(holding({ purpose: said, basis: said }), 1, 30),
  recipients: list(said, 1, 30),
  transfers: said,
  obligation: said,
  automated: said,
});

const legalTexts = holding({
  accessibility: accessibility.optional(),
  publisher: publisher.optional(),
  host: holding(place).optional(),
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
  const document = parsed(file);
  const read = legalTexts.safeParse(document);
  if (read.success) return read.data;
  throw new ConfigurationError(
    read.error.issues.map((issue) => ({
      name: `LEGAL_TEXTS ${file} ${issue.path.join(".")}`.trim(),
      found: foundBy(issue, document),
      expected: issue.message,
    })),
  );
}

/** What stands at fault, short: its names where they are unknown. */
function foundBy(issue: z.core.$ZodIssue, document: unknown): string {
  if (issue.code === "unrecognized_keys") return issue.keys.map((name) => quoted(name)).join(", ");
  const value = issue.path.reduce<unknown>(
    (within, step) => (within as Record<PropertyKey, unknown> | undefined)?.[step],
    document,
  );
  if (value === undefined) return "nothing";
  if (typeof value === "string") return quoted(value);
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return typeof value === "object" && value !== null ? "an object" : JSON.stringify(value);
}

const mostShown = 60;

function quoted(text: string): string {
  return JSON.stringify(text.length > mostShown ? `${text.slice(0, mostShown)}…` : text);
}

function parsed(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    // What V8 says quotes the file, which may be another one: that of a key.
    const { code, message } = error as NodeJS.ErrnoException;
    const [place] = /line \d+ column \d+/.exec(message) ?? [];
    const found = `${file} (${code ?? `no JSON${place ? `, at ${place}` : ""}`})`;
    throw new ConfigurationError([{ name: "LEGAL_TEXTS", found, expected: "a file of JSON" }]);
  }
}
