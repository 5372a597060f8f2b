/**
 * What an operator meets whose Node is too old: `npm ci --omit=dev` in a copy says so in one line, and neither the server nor
 * the command line starts: each ends with 1 and that one line. The old Node is the first on the path that is older than
 * `engines` asks for; `OLD_NODE` names another.
 *
 *     node test/operations/old-node.ts
 */
import { type SpawnSyncReturns, execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { thisCheckout } from "./builds.ts";

const { leastNode, unmet } = createRequire(import.meta.url)("../../config/required-node.cjs") as {
  readonly leastNode: string;
  readonly unmet: (versions: { readonly node: string }, leastNode: string) => string | undefined;
};
const path = (process.env["PATH"] ?? "").split(delimiter);
const node = process.env["OLD_NODE"] ?? path.map((folder) => join(folder, "node")).find(isTooOld);
if (node === undefined) throw new Error(`no Node older than ${leastNode} is on the path`);
const version = versionOf(node);
const said = `Node ${version} is too old: production needs Node ${leastNode} or newer.`;
const folder = mkdtempSync(join(tmpdir(), "lopauth-old-node-"));

try {
  for (const each of ["package.json", "package-lock.json", "config/required-node.cjs", "src"]) {
    cpSync(join(thisCheckout.folder, each), join(folder, each), { recursive: true });
  }
  // What npm says of other packages' wishes is npm's.
  const installed = npm("ci", "--omit=dev", "--no-audit", "--no-fund", "--loglevel=error");
  expectOneLine("npm ci --omit=dev", installed, 0);
  expectOneLine("npm run start:production", npm("run", "--silent", "start:production"), 1);
  expectOneLine("npm run lopauth", npm("run", "--silent", "lopauth", "--", "doctor"), 1);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function npm(...words: string[]): SpawnSyncReturns<string> {
  const env = { ...process.env, PATH: [dirname(node ?? ""), ...path].join(delimiter) };
  return spawnSync("npm", words, { cwd: folder, env, encoding: "utf8" });
}

function expectOneLine(what: string, { stderr, status }: SpawnSyncReturns<string>, code: number) {
  if (status !== code || stderr.trim() !== said) {
    throw new Error(`${what} ended with ${String(status)} and said:\n${stderr}`);
  }
  console.log(`${what}, ended with ${String(code)}: ${stderr.trim()}`);
}

function isTooOld(program: string): boolean {
  return (
    existsSync(program) &&
    unmet({ node: versionOf(program) }, leastNode)?.includes("too old") === true
  );
}

function versionOf(program: string): string {
  return execFileSync(program, ["--version"], { encoding: "utf8" }).trim().replace(/^v/, "");
}
