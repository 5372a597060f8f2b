import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "@jest/globals";
import { createWords } from "../../src/operations/index.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function wordsOf(fr: object, en: object, more: Record<string, object> = {}) {
  const folder = mkdtempSync(join(tmpdir(), "words-"));
  folders.push(folder);
  const files = { "words.fr.json": fr, "words.en.json": en, ...more };
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(folder, name), JSON.stringify(content));
  }
  return createWords(folder);
}

const waiting = { wait: "Réessayez dans {seconds}." };
const inEnglish = { wait: "Try again in {seconds}." };

describe("a sentence", () => {
  it("stands in each language, with its values", () => {
    const words = wordsOf({ hello: "Bonjour {name}" }, { hello: "Hello {name}" });
    expect(words("fr")("hello", { name: "Zoé $& {name}" })).toBe("Bonjour Zoé $& {name}");
    expect(words("en")("hello", { name: "Zoé" })).toBe("Hello Zoé");
  });

  it.each([
    [1, "Réessayez dans 1\u00A0seconde.", "Try again in 1\u00A0second."],
    [45, "Réessayez dans 45\u00A0secondes.", "Try again in 45\u00A0seconds."],
    [60, "Réessayez dans 1\u00A0minute.", "Try again in 1\u00A0minute."],
    [121, "Réessayez dans 3\u00A0minutes.", "Try again in 3\u00A0minutes."],
    [3600, "Réessayez dans 1\u00A0heure.", "Try again in 1\u00A0hour."],
    [86_400, "Réessayez dans 24\u00A0heures.", "Try again in 24\u00A0hours."],
    [172_800, "Réessayez dans 2\u00A0jours.", "Try again in 2\u00A0days."],
  ])("writes %i seconds out with the unit", (seconds, french, english) => {
    const words = wordsOf(waiting, inEnglish);
    expect(words("fr")("wait", { seconds })).toBe(french);
    expect(words("en")("wait", { seconds })).toBe(english);
  });

  it("that does not exist is a fault", () => {
    expect(() => wordsOf({}, {})("fr")("toString")).toThrow('no sentence for "toString" in fr');
  });

  it("that lacks a value is a fault", () => {
    expect(() => wordsOf(waiting, inEnglish)("fr")("wait")).toThrow("needs a value for {seconds}");
  });
});

describe("the words", () => {
  it("of the project are whole in every language", () => {
    const views = fileURLToPath(new URL("../../views", import.meta.url));
    expect(createWords(views)("fr")("link.sign-in")).toBe("Se connecter");
  });

  it("with holes stop the start, each hole named", () => {
    expect(() => wordsOf({ a: "x {n}", b: "y" }, { a: "x {m}", c: "z" })).toThrow(
      /"a" has other placeholders in en; "b" is missing in en; "c" stands only in en$/,
    );
  });

  it("that clash between rooms stop the start", () => {
    expect(() => wordsOf({}, {}, { "room.words.fr.json": {} })).not.toThrow();
    expect(() => wordsOf({ a: 1 }, { a: "x" })).toThrow('words.fr.json: "a" is not a text');
  });
});
