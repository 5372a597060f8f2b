import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { type Locale, locales } from "../foundation/index.ts";

/** Values for the `{placeholders}` of a sentence. */
export type WordValues = Readonly<Record<string, string | number>>;

/**
 * The sentence of a key in one language, with its placeholders filled.
 * A number under the name of a unit (`{seconds}`, `{minutes}`, `{days}`, `{months}`) is written out with it:
 * « 45 secondes », « 1 minute »; long ones in the next
 * greater unit, rounded up.
 * @throws Error when the key is unknown or a placeholder has no value: never a half sentence.
 */
export interface Translate {
  (key: string, values?: WordValues): string;
  /** Whether there is such a sentence: a stored word may be of a newer build, which has one more. */
  readonly knows: (key: string) => boolean;
}

/** All the sentences people read, one {@link Translate} a language. */
export type Words = (locale: Locale) => Translate;

type Sentences = ReadonlyMap<string, string>;

const placeholder = /\{(\w+)\}/g;

/**
 * Loads every `words.<locale>.json` under `viewsFolder`: flat objects, key → sentence, whose keys are
 * unique over all rooms.
 * @throws Error listing every key that is doubled, not text, or differs between the languages (missing, or with
 * other placeholders): a hole shows at the start, not on the day its page is shown.
 */
export function createWords(viewsFolder: string): Words {
  const faults: string[] = [];
  const translations = new Map<Locale, Translate>();
  const names = readdirSync(viewsFolder, { recursive: true, encoding: "utf8" });
  const files = names.filter((name) => /(^|[\\/])words\.\w+\.json$/.test(name)).sort();
  const all = new Map(locales.map((locale) => [locale, load(viewsFolder, files, locale, faults)]));
  const reference = all.get(locales[0]) ?? new Map<string, string>();
  for (const [locale, sentences] of all) {
    if (sentences !== reference) faults.push(...differences(reference, sentences, locale));
    translations.set(locale, translator(sentences, locale));
  }
  if (faults.length > 0) throw new Error(`words under ${viewsFolder}: ${faults.join("; ")}`);
  return (locale) => {
    const translate = translations.get(locale);
    if (!translate) throw new Error(`no words for the language ${locale}`);
    return translate;
  };
}

function load(
  folder: string,
  files: readonly string[],
  locale: Locale,
  faults: string[],
): Sentences {
  const sentences = new Map<string, string>();
  for (const file of files.filter((name) => name.endsWith(`.${locale}.json`))) {
    const read: unknown = JSON.parse(readFileSync(join(folder, file), "utf8"));
    for (const [key, sentence] of Object.entries(read as object)) {
      if (sentences.has(key)) faults.push(`${file}: "${key}" is given twice`);
      if (typeof sentence !== "string") faults.push(`${file}: "${key}" is not a text`);
      else sentences.set(key, sentence);
    }
  }
  return sentences;
}

function differences(reference: Sentences, sentences: Sentences, locale: Locale): string[] {
  const keys = new Set([...reference.keys(), ...sentences.keys()]);
  return [...keys].flatMap((key) => {
    const [expected, found] = [reference.get(key), sentences.get(key)];
    if (expected === undefined) return [`"${key}" stands only in ${locale}`];
    if (found === undefined) return [`"${key}" is missing in ${locale}`];
    return placeholdersOf(expected) === placeholdersOf(found)
      ? []
      : [`"${key}" has other placeholders in ${locale}`];
  });
}

function placeholdersOf(sentence: string): string {
  return [...new Set(sentence.match(placeholder))].sort().join(" ");
}

function translator(sentences: Sentences, locale: Locale): Translate {
  const translate = (key: string, values: WordValues = {}) => {
    const sentence = sentences.get(key);
    if (sentence === undefined) throw new Error(`no sentence for "${key}" in ${locale}`);
    return sentence.replace(placeholder, (_match, name: string) => {
      const value = Object.hasOwn(values, name) ? values[name] : undefined;
      if (value === undefined) throw new Error(`the sentence "${key}" needs a value for {${name}}`);
      return typeof value === "number" ? quantity(name, value, locale) : value;
    });
  };
  return Object.assign(translate, { knows: (key: string) => sentences.has(key) });
}

function quantity(name: string, value: number, locale: Locale): string {
  if (name === "seconds" && (value === 60 || value >= 120))
    return quantity("minutes", Math.ceil(value / 60), locale);
  if (name === "minutes" && (value === 60 || value >= 120))
    return quantity("hours", Math.ceil(value / 60), locale);
  if (name === "hours" && value >= 48) return quantity("days", Math.ceil(value / 24), locale);
  const unit = /^(seconds|minutes|hours|days|months)$/.test(name) ? name.slice(0, -1) : undefined;
  const style = unit ? ({ style: "unit", unit, unitDisplay: "long" } as const) : {};
  // A number never parts from its unit at the end of a line.
  return new Intl.NumberFormat(locale, style).format(value).replace(/\s/g, "\u00A0");
}
