/**
 * Tries whether the tests would notice: small changes of a room's source, one at a time, each beside the tests that run the
 * place. `npm run mutants -- ROOM [--sample N] [--seed N] [--only PATH] [--tests N]` prints the share that was noticed
 * ("killed") and every survivor, to be judged; `docs/proof.md` keeps both. It works in a copy of the project, on SQLite,
 * and learns once which test file runs which place (some twenty minutes; kept in `node_modules/.cache` for this state of
 * the sources). Not part of CI.
 */
import { globSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { copyOf } from "./copy.ts";
import { type Learnt, learn } from "./learn.ts";
import { type Mutation, mutationsOf } from "./mutations.ts";
import { runTests } from "./run-tests.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sample: { type: "string", default: "60" },
    seed: { type: "string", default: "1" },
    only: { type: "string", default: "" },
    /** How many test files are tried on one change at most, the nearest first. */
    tests: { type: "string", default: "8" },
  },
});
const [room] = positionals;
const root = resolve(import.meta.dirname, "../..");

/** A change at its place. */
interface Mutant extends Mutation {
  readonly path: string;
}

if (room === undefined) {
  process.stderr.write("which room? npm run mutants -- accounts\n");
  process.exitCode = 2;
} else await tryRoom(room);

async function tryRoom(name: string): Promise<void> {
  const paths = globSync(`src/${name}/**/*.ts`, { cwd: root }).filter((path) =>
    path.includes(values.only),
  );
  const mutants = paths.flatMap((path) =>
    mutationsOf(path, readFileSync(join(root, path), "utf8")).map((each) => ({ path, ...each })),
  );
  const chosen = sample(mutants, Number(values.sample), Number(values.seed));
  process.stdout.write(`${name}: ${String(chosen.length)} of ${String(mutants.length)} changes\n`);
  const copy = copyOf(root);
  try {
    const learnt = await learn(root, copy);
    const survivors = await survivorsOf(chosen, copy, learnt);
    const killed = chosen.length - survivors.length;
    const share = ((100 * killed) / chosen.length).toFixed(1);
    const words = survivors.map((each) => `  ${describe(each)}\n`).join("");
    process.stdout.write(
      `${name}: ${String(killed)} of ${String(chosen.length)} noticed (${share} %)\n`,
    );
    process.stdout.write(`survivors:\n${words}`);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

async function survivorsOf(
  mutants: readonly Mutant[],
  copy: string,
  learnt: Learnt,
): Promise<Mutant[]> {
  const survivors: Mutant[] = [];
  for (const [index, mutant] of mutants.entries()) {
    const tests = learnt.testsOf(mutant.path, mutant.start).slice(0, Number(values.tests));
    const isNoticed = tests.length > 0 && (await isKilled(mutant, tests, copy));
    if (!isNoticed) survivors.push(mutant);
    const fate = isNoticed ? "noticed" : tests.length === 0 ? "run by no test" : "SURVIVED";
    const place = `${String(index + 1)}/${String(mutants.length)}`;
    process.stdout.write(`${place} ${fate}: ${describe(mutant)}\n`);
  }
  return survivors;
}

/** Puts the change in place, runs the tests, and takes it back. */
async function isKilled(mutant: Mutant, tests: readonly string[], copy: string): Promise<boolean> {
  const text = readFileSync(join(root, mutant.path), "utf8");
  const changed = text.slice(0, mutant.start) + mutant.replacement + text.slice(mutant.end);
  // The copy shares its files with the project by hard links: one that is changed is made anew.
  const put = (content: string) => {
    rmSync(join(copy, mutant.path));
    writeFileSync(join(copy, mutant.path), content);
  };
  put(changed);
  try {
    return !(await runTests(copy, tests)).passed;
  } finally {
    put(text);
  }
}

function describe({ path, line, kind, start, end, replacement }: Mutant): string {
  const text = readFileSync(join(root, path), "utf8");
  const before = text.slice(start, end).replace(/\s+/g, " ").slice(0, 60);
  return `${path}:${String(line)} ${kind}: ${before} → ${replacement}`;
}

/** A sample that the seed alone decides: the same for the same sources. */
function sample(all: readonly Mutant[], size: number, seed: number): Mutant[] {
  const keyed = all.map((mutant) => ({
    mutant,
    key: hash(`${String(seed)} ${describe(mutant)} ${String(mutant.start)}`),
  }));
  return keyed
    .sort((a, b) => a.key - b.key)
    .slice(0, size)
    .map(({ mutant }) => mutant);
}

/** FNV-1a: spread well enough for a sample. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const sign of text) value = Math.imul(value ^ (sign.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return value;
}
