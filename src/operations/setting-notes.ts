import type { ConfigurationProblem } from "./configuration-error.ts";
import { publicPart } from "./public-part.ts";

/** What every reading does: looks a setting up, notes what may be shown of it, and what is wrong with it. */
export class SettingNotes {
  readonly #environment: Readonly<Record<string, string | undefined>>;
  readonly #problems: ConfigurationProblem[];
  readonly #read: Map<string, string | undefined>;

  constructor(
    environment: Readonly<Record<string, string | undefined>>,
    problems: ConfigurationProblem[],
    read: Map<string, string | undefined>,
  ) {
    this.#environment = environment;
    this.#problems = problems;
    this.#read = read;
  }

  /** What is asked for has been read, and is a secret until it is shown. */
  given(name: string): string | undefined {
    if (!this.#read.has(name)) this.#read.set(name, undefined);
    return (
      (Object.hasOwn(this.#environment, name) ? this.#environment[name] : undefined) || undefined
    );
  }

  wrong(name: string, found: string, expected: string): void {
    this.#problems.push({ name, found, expected });
  }

  show(name: string, value: string | undefined): void {
    this.#read.set(name, value);
  }

  checked(
    name: string,
    fallback: string | undefined,
    expected: string,
    accepts: (value: string) => boolean,
  ): string {
    const value = this.given(name) ?? fallback;
    this.show(name, value === undefined ? undefined : publicPart(value));
    if (value === undefined) this.wrong(name, "nothing", expected);
    else if (!accepts(value)) this.wrong(name, `"${publicPart(value)}"`, expected);
    else return value;
    return "";
  }

  optional(
    name: string,
    expected: string,
    accepts: (value: string) => boolean,
  ): string | undefined {
    return this.given(name) === undefined
      ? undefined
      : this.checked(name, undefined, expected, accepts);
  }
}
