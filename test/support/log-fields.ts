import { readFileSync } from "node:fs";

const page = readFileSync(new URL("../../docs/log.md", import.meta.url), "utf8");
const documented = new Set([...page.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name));

/** The fields of a line of the log that `docs/log.md` does not name: its shape is promised to who reads it. */
export function undocumentedFields(line: string): string[] {
  return Object.keys(JSON.parse(line) as object).filter((field) => !documented.has(field));
}
