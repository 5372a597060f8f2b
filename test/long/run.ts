/**
 * CI's long form: what takes too long for each commit. `npm run ci:long` runs every step of `steps.ts`,
 * `npm run ci:long -- upgrade stock` those whose names begin so, `npm run ci:long -- --list` names them.
 * It runs all that were asked for, prints what each came to, and ends with 1 when one failed.
 */
import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { type Step, steps } from "./steps.ts";

/** Debian keeps what an administrator runs off the path of others, and PostgreSQL's server by version. */
const folders = [
  ...(process.env["PATH"] ?? "").split(delimiter),
  "/usr/sbin",
  "/sbin",
  ...versionsOf("/usr/lib/postgresql"),
];

const asked = process.argv.slice(2);
const chosen = steps.filter(
  ({ name }) => asked.length === 0 || asked.some((start) => name.startsWith(start)),
);

if (asked.includes("--list")) {
  for (const { name, shows } of steps) process.stdout.write(`${name.padEnd(24)} ${shows}\n`);
} else if (chosen.length === 0) {
  process.stderr.write(`no step begins with ${asked.join(" or ")}; --list names them\n`);
  process.exitCode = 2;
} else {
  process.exitCode = await runAll(chosen);
}

async function runAll(wanted: readonly Step[]): Promise<number> {
  const results: string[] = [];
  let failed = false;
  for (const step of wanted) {
    process.stdout.write(`\n== ${step.name}: ${step.shows}\n`);
    const begin = performance.now();
    const fault = missing(step) ?? (await run(step));
    failed ||= fault !== undefined;
    const duration = `${((performance.now() - begin) / 1000).toFixed(0)} s`;
    results.push(`${step.name.padEnd(24)} ${duration.padStart(7)}  ${fault ?? "passed"}`);
  }
  process.stdout.write(`\n${results.join("\n")}\n`);
  return failed ? 1 : 0;
}

function missing({ needs = {} }: Step): string | undefined {
  const absent = Object.entries(needs).filter(
    ([program]) => !folders.some((folder) => existsSync(join(folder, program))),
  );
  if (absent.length === 0) return undefined;
  const packages = [...new Set(absent.map(([, name]) => name))].join(" ");
  return `FAILED: ${absent.map(([program]) => program).join(", ")} missing (Debian: ${packages})`;
}

function run({ command: [program, ...words] }: Step): Promise<string | undefined> {
  return new Promise((resolve) => {
    const env = { ...process.env, PATH: folders.join(delimiter) };
    const child = spawn(program, words, { stdio: ["ignore", "inherit", "inherit"], env });
    child.once("error", (error) => resolve(`FAILED: ${error.message}`));
    child.once("exit", (code, signal) =>
      resolve(code === 0 ? undefined : `FAILED: ${signal ?? `exit ${String(code)}`}`),
    );
  });
}

function versionsOf(home: string): string[] {
  if (!existsSync(home)) return [];
  return readdirSync(home).map((version) => join(home, version, "bin"));
}
