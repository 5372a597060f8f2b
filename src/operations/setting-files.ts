import { readFileSync } from "node:fs";
import type { ConfigurationProblem } from "./configuration-error.ts";

/** Raw environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** An environment with what its files hold. */
export interface FilledEnvironment {
  readonly given: Environment;
  /** What is wrong with a file, by the setting that it would hold. Files of other programs end with `_FILE`, too. */
  readonly faults: ReadonlyMap<string, ConfigurationProblem>;
}

/** `X_FILE` is the path of a file that holds `X`; giving both is a contradiction. */
export function withFiles(environment: Environment): FilledEnvironment {
  const given: Record<string, string | undefined> = { ...environment };
  const faults = new Map<string, ConfigurationProblem>();
  for (const [fileName, path] of Object.entries(environment)) {
    const name = fileName.replace(/_FILE$/, "");
    if (name === fileName || name === "CLIENTS" || !path) continue;
    if (environment[name]) {
      const found = `both ${name} and ${fileName}`;
      faults.set(name, { name, found, expected: "only one of the two" });
      continue;
    }
    try {
      given[name] = readFileSync(path, "utf8").replace(/\r?\n$/, "");
    } catch (error) {
      const cause = (error as NodeJS.ErrnoException).code ?? "unknown";
      const expected = `a readable file that holds ${name}`;
      faults.set(name, { name: fileName, found: `${path} (${cause})`, expected });
    }
  }
  return { given, faults };
}
