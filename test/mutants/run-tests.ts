import { spawn } from "node:child_process";
import { join } from "node:path";

/** How long a run of tests may take before the change counts as noticed: a loop without end is noticed, too. */
const longestMinutes = 5;

/** Runs test files of the rules, on SQLite alone, until the first one fails. */
export async function runTests(
  folder: string,
  tests: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  how: readonly string[] = ["--maxWorkers", "2"],
): Promise<{ readonly passed: boolean; readonly seconds: number }> {
  const begin = performance.now();
  const jest = join(folder, "node_modules/jest/bin/jest.js");
  const words = ["--selectProjects", "rules", "--ci", "--bail", "--silent", ...how];
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", jest, ...words, "--runTestsByPath", ...tests],
    {
      cwd: folder,
      stdio: "ignore",
      detached: true,
      env: {
        ...process.env,
        ...{ TEST_DATABASE_URL: "", UV_THREADPOOL_SIZE: "12", ...environment },
        NODE_OPTIONS: "--disable-warning=ExperimentalWarning",
      },
    },
  );
  const limit = setTimeout(() => {
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  }, longestMinutes * 60_000);
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  clearTimeout(limit);
  return { passed: code === 0, seconds: (performance.now() - begin) / 1000 };
}
