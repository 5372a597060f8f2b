import { createHash } from "node:crypto";
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { readCoverage, wasRun } from "./coverage.ts";
import { mutationsOf } from "./mutations.ts";
import { runTests } from "./run-tests.ts";

/** Which tests run which place. */
export interface Learnt {
  /** Test files that run the place, the nearest first: those of its name, of its room, then the quickest. */
  readonly testsOf: (path: string, offset: number) => string[];
}

/** What one test file ran: its time, and by source file the places of changes that it ran. */
interface Run {
  readonly seconds: number;
  readonly places: Readonly<Record<string, readonly number[]>>;
}

type Runs = Readonly<Record<string, Run>>;

/** Runs every test file of the rules by itself, two at a time, unless it was done for this state of sources and tests. */
export async function learn(root: string, copy: string): Promise<Learnt> {
  const cache = join(root, "node_modules/.cache/mutants", `${stateOf(root)}.json`);
  const kept = read(cache);
  const runs = kept ?? (await runAll(copy));
  if (!kept) {
    mkdirSync(dirname(cache), { recursive: true });
    writeFileSync(cache, JSON.stringify(runs));
  }
  return {
    testsOf: (path, offset) =>
      Object.entries(runs)
        .filter(([, { places }]) => places[path]?.includes(offset))
        .sort(
          ([a, one], [b, two]) =>
            distance(a, path) - distance(b, path) || one.seconds - two.seconds,
        )
        .map(([test]) => test),
  };
}

async function runAll(copy: string): Promise<Runs> {
  const tests = globSync("test/**/*.test.ts", { cwd: copy }).filter(
    (path) => !path.startsWith("test/attacks/"),
  );
  const places = new Map(
    globSync("src/**/*.ts", { cwd: copy }).map((path) => {
      const found = mutationsOf(path, readFileSync(join(copy, path), "utf8"));
      return [path, [...new Set(found.map(({ start }) => start))]] as const;
    }),
  );
  const runs: Record<string, Run> = {};
  const waiting = [...tests];
  const work = async () => {
    for (let test = waiting.shift(); test !== undefined; test = waiting.shift()) {
      runs[test] = await learnOne(copy, test, places);
      process.stderr.write(
        `learnt ${String(Object.keys(runs).length)}/${String(tests.length)} ${test}\n`,
      );
    }
  };
  await Promise.all([work(), work()]);
  return runs;
}

async function learnOne(
  copy: string,
  test: string,
  places: ReadonlyMap<string, readonly number[]>,
): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), "coverage-"));
  try {
    const { seconds } = await runTests(copy, [test], { NODE_V8_COVERAGE: folder }, ["--runInBand"]);
    const coverage = readCoverage(folder, copy);
    const run = [...places].map(([path, offsets]) => [
      path,
      offsets.filter((offset) => wasRun(coverage, path, offset)),
    ]);
    return { seconds, places: Object.fromEntries(run) as Run["places"] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** 0 for a test of the file's own name, 1 for one of its room, 2 for any other. */
function distance(test: string, path: string): number {
  if (basename(test, ".test.ts") === basename(path, ".ts")) return 0;
  return test.split("/")[1] === path.split("/")[1] ? 1 : 2;
}

function stateOf(root: string): string {
  const hash = createHash("sha256");
  for (const path of globSync("{src,test}/**/*.ts", { cwd: root }).sort())
    hash.update(path).update(readFileSync(join(root, path)));
  return hash.digest("hex").slice(0, 16);
}

function read(cache: string): Runs | undefined {
  try {
    return JSON.parse(readFileSync(cache, "utf8")) as Runs;
  } catch {
    return undefined;
  }
}
