import { type Surroundings, proveRegister } from "../house/index.ts";
import {
  ConfigurationError,
  type ConfigurationProblem,
  type Listener,
  type Settings,
  SettingsError,
  freePorts,
  problemsOf,
} from "../operations/index.ts";
import { judgedArtifacts, judgedFiles, judgedRegister, ownListeners } from "./judgements.ts";

/** Settings that were read, whatever is wrong with them. */
export interface AttemptedSettings {
  /** In the place of a wrong one stands something harmless. */
  readonly settings: Settings;
  readonly wrong: ReadonlySet<string>;
  readonly problems: readonly ConfigurationProblem[];
}

/** What a start is examined with. */
export interface ExaminationParts extends Pick<Surroundings, "clock" | "random"> {
  /** Where others of this process listen; nobody unless given. */
  readonly others?: (settings: Settings) => readonly Listener[];
}

/**
 * Reads the settings, and looks before anything is opened at all that they lead to: files, ports, the register. What keeps a
 * start from what it needs is told at once, as far as what is needed to judge it is right.
 * @param read reads the settings @throws SettingsError
 * @returns settings with which a start may be tried
 * @throws ConfigurationError with everything that is wrong
 */
export async function examined(
  read: () => Settings,
  { others = () => [], ...surroundings }: ExaminationParts,
): Promise<Settings> {
  const { settings, wrong, problems } = attempted(read);
  const found = await Promise.all([
    problemsOf(judgedFiles(settings), wrong),
    problemsOf(freePorts([...ownListeners(settings), ...others(settings)]), wrong),
    registerProblems(settings, wrong, surroundings),
    problemsOf(judgedArtifacts(settings, surroundings.clock), wrong),
  ]);
  const all = [...problems, ...found.flat()];
  if (all.length > 0) throw new ConfigurationError(all);
  return settings;
}

/**
 * Reads the settings, and judges the files that they lead to: what a command that opens the rooms is refused for, told at once.
 * @param read reads the settings @throws SettingsError
 * @throws ConfigurationError with everything that is wrong
 */
export async function examinedFiles(read: () => Settings): Promise<Settings> {
  const { settings, wrong, problems } = attempted(read);
  const all = [...problems, ...(await problemsOf(judgedFiles(settings), wrong))];
  if (all.length > 0) throw new ConfigurationError(all);
  return settings;
}

/** The settings as far as they are right, and what is wrong with the others. */
export function attempted(read: () => Settings): AttemptedSettings {
  try {
    return { settings: read(), wrong: new Set<string>(), problems: [] };
  } catch (error) {
    if (error instanceof SettingsError) return error;
    throw error;
  }
}

async function registerProblems(
  settings: Settings,
  wrong: ReadonlySet<string>,
  surroundings: Pick<Surroundings, "clock" | "random">,
): Promise<readonly ConfigurationProblem[]> {
  const judge = () =>
    proveRegister(settings, async (database) => {
      const judgements = judgedRegister(settings, database, surroundings);
      const problems = await problemsOf(judgements, wrong);
      if (problems.length > 0) throw new ConfigurationError(problems);
    });
  return problemsOf([{ needs: ["DATABASE_URL"], judge }], wrong);
}
