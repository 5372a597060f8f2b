import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { viewsFolder } from "../web/serve.ts";

/** The sentences of every room in one language, by their keys: a room keeps those of its own in its own folder of `views/`. */
export function sentencesOf(locale: string): Record<string, string> {
  const files = readdirSync(viewsFolder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(`words.${locale}.json`))
    .map((name) => JSON.parse(readFileSync(join(viewsFolder, name), "utf8")) as object);
  return Object.assign({}, ...files) as Record<string, string>;
}
