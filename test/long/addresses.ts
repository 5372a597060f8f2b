/**
 * Whether the tests that `test/house/addresses.json` names run what it says, by V8's count of calls: `node test/long/addresses.ts`.
 * With `write` every test of the rules is run once, and the file is written anew: of those that run a file, one of its own room
 * where it does nearly as well as the best.
 */
import { globSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { format } from "prettier";
import { addressesFile, readAddresses, testOf, withoutOwnTest } from "../house/addresses.ts";
import { runTests } from "../mutants/run-tests.ts";

/** Of the functions of a file so many must be run: what is refused, or fails, another test may hold. */
const least = 0.5;
/** Of two tests the one of the file's room is named when it runs so much of what the other does. */
const nearly = 0.9;

interface Report {
  readonly result: readonly {
    readonly url: string;
    readonly functions: readonly {
      readonly functionName: string;
      readonly ranges: readonly { readonly startOffset: number; readonly count: number }[];
    }[];
  }[];
}

const source = resolve("src");

/** Which share of its functions a test runs, by source file. */
async function sharesOf(test: string): Promise<Map<string, number>> {
  const folder = mkdtempSync(join(tmpdir(), "addresses-"));
  try {
    // What stands for PostgreSQL alone takes one.
    const TEST_DATABASE_URL = process.env["TEST_DATABASE_URL"] ?? "";
    const environment = { NODE_V8_COVERAGE: folder, TEST_DATABASE_URL };
    await runTests(resolve("."), [testOf(test)], environment, ["--runInBand"]);
    const calls = new Map<string, Map<number, number>>();
    for (const name of readdirSync(folder)) count(join(folder, name), calls);
    return new Map(
      [...calls].map(([name, functions]) => {
        const counts = [...functions.values()];
        return [name, counts.filter((each) => each > 0).length / Math.max(1, counts.length)];
      }),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Adds the calls of one thread: functions are known by where they begin; the file itself is none. */
function count(file: string, calls: Map<string, Map<number, number>>): void {
  for (const { url, functions } of (JSON.parse(readFileSync(file, "utf8")) as Report).result) {
    const path = url.startsWith("file:") ? fileURLToPath(url.replace(/\?.*$/, "")) : "";
    if (!path.startsWith(`${source}/`)) continue;
    const name = path.slice(source.length + 1, -".ts".length);
    const own = calls.get(name) ?? new Map<number, number>();
    for (const { functionName, ranges } of functions) {
      const [{ startOffset, count: times } = { startOffset: 0, count: 0 }] = ranges;
      if (functionName === "" && startOffset === 0) continue;
      own.set(startOffset, (own.get(startOffset) ?? 0) + times);
    }
    calls.set(name, own);
  }
}

async function check(): Promise<void> {
  for (const [test, names] of Object.entries(readAddresses())) {
    const shares = await sharesOf(test);
    for (const name of names.filter((each) => (shares.get(each) ?? 0) < least)) {
      process.exitCode = 1;
      const share = Math.round(100 * (shares.get(name) ?? 0));
      process.stdout.write(`${name}: ${testOf(test)} runs ${String(share)} % of its functions\n`);
    }
  }
}

async function write(): Promise<void> {
  const wanted = withoutOwnTest();
  const best = new Map<string, { readonly test: string; readonly share: number }>();
  const tests = globSync("test/**/*.test.ts")
    .filter((path) => !/^test\/(?:attacks|browser|docs|mutants)\//.test(path))
    .map((path) => path.slice("test/".length, -".test.ts".length));
  for (const test of tests.sort()) {
    const shares = await sharesOf(test);
    for (const name of wanted) {
      const share = (shares.get(name) ?? 0) * (roomOf(test) === roomOf(name) ? 1 : nearly);
      if (share > (best.get(name)?.share ?? 0)) best.set(name, { test, share });
    }
    process.stderr.write(`${test}\n`);
  }
  const lines = Map.groupBy([...best], ([, { test }]) => test);
  const sorted = [...lines].sort(([one], [other]) => (one < other ? -1 : 1));
  const addresses = Object.fromEntries(
    sorted.map(([test, found]) => [test, found.map(([name]) => name).sort()]),
  );
  writeFileSync(addressesFile, await format(JSON.stringify(addresses), { parser: "json" }));
}

const roomOf = (name: string) => name.split("/")[0] ?? "";

await (process.argv[2] === "write" ? write() : check());
