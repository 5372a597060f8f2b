/** One missing or wrong setting. */
export interface ConfigurationProblem {
  readonly name: string;
  /** What was given; never a secret. */
  readonly found: string;
  readonly expected: string;
}

/** The problem in one line. What is expected is a thing, or a rule that begins with its verb. */
export function configurationProblemLine({ name, found, expected }: ConfigurationProblem): string {
  return `${name}: found ${found}; ${expected.startsWith("must ") ? "" : "expected "}${expected}`;
}

/** A setting that was read, and where it came from. */
export interface ReadSetting {
  readonly name: string;
  readonly source: "environment" | "file" | "default" | "made-for-development";
  /** The file of its `X_FILE`. */
  readonly file?: string | undefined;
  /** What it is; undefined for a secret, and for what was not given and has no default. */
  readonly value: string | undefined;
}

/** Every problem of the settings at once: what an operator mends in one go. */
export class ConfigurationError extends Error {
  readonly problems: readonly ConfigurationProblem[];

  constructor(problems: readonly ConfigurationProblem[]) {
    const lines = problems.map((problem) => `  ${configurationProblemLine(problem)}`);
    super(["The settings are not complete or not right:", ...lines].join("\n"));
    this.name = "ConfigurationError";
    this.problems = problems;
  }
}
