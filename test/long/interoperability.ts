import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { format, resolveConfig } from "prettier";
import { type StockClient, stockClients } from "./stock-clients.ts";

const file = fileURLToPath(new URL("../../docs/interoperability.md", import.meta.url));
const mark = "<!-- Written by the runs: test/long/stock-client.ts -->";

/** Writes what a run of a client showed into its row of `docs/interoperability.md`. Rows of clients that are no more go. */
export async function recordRun(name: string, version: string, works: readonly string[]) {
  const text = readFileSync(file, "utf8");
  const [before = "", written = ""] = text.split(mark);
  const rows = new Map(
    written
      .split("\n")
      .filter((line) => line.includes("](try/"))
      .map((line) => [/\]\(try\/([\w-]+)\.sh\)/.exec(line)?.[1] ?? "", line] as const),
  );
  const { title, setting } = stockClients[name] as StockClient;
  rows.set(name, `| [${title}](try/${name}.sh) | ${version} | ${works.join(", ")} | ${setting} |`);
  const known = Object.keys(stockClients).flatMap((each) => rows.get(each) ?? []);
  const head = ["| client | version | what works | what it needs |", "| --- | --- | --- | --- |"];
  const whole = `${before}${mark}\n\n${[...head, ...known].join("\n")}\n`;
  const options = await resolveConfig(file);
  writeFileSync(file, await format(whole, { ...options, parser: "markdown" }));
}
