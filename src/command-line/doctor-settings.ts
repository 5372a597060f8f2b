import {
  type ReadSetting,
  type Settings,
  SettingsError,
  runtimeVersions,
} from "../operations/index.ts";
import { sqliteVersion } from "../storage/index.ts";
import {
  type DoctorParts,
  type Finding,
  fine,
  isLoopback,
  notChecked,
  problem,
  warning,
} from "./doctor-finding.ts";

/** The settings as far as they are right, and what is to be said of all of them. */
export interface SettingsFindings {
  readonly settings: Settings;
  /** Names of those that are missing or wrong: something harmless stands in their place. */
  readonly wrong: ReadonlySet<string>;
  readonly findings: readonly Finding[];
}

/** Reads the settings, the wrong ones too: what the others allow is looked at all the same. */
export function checkSettings(read: () => Settings): SettingsFindings {
  try {
    const settings = read();
    const findings = [summary(settings), ...settings.sources.map(sourceFinding)];
    return { settings, wrong: new Set(), findings };
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    const { settings, problems, wrong } = error;
    const sound = settings.sources.filter(({ name }) => !wrong.has(name));
    const findings = [
      ...problems.map(({ name, found, expected }) =>
        problem("settings", `${name}: ${found}`, `give ${expected}`),
      ),
      ...sound.map(sourceFinding),
    ];
    return { settings, wrong, findings };
  }
}

/** What runs it: Node, and the two SQLites, of which the register and the artifacts each have their own. */
export function checkRuntime(): readonly Finding[] {
  const { node, sqlite } = runtimeVersions();
  const artifacts = `SQLite ${sqlite ?? "none"} in Node (artifacts)`;
  return [fine("runtime", `Node ${node}; ${artifacts}, ${sqliteVersion} in sqlite3 (register)`)];
}

/** Runs a check, unless it works with a setting that is not right. */
export async function unlessWrong(
  { wrong }: Pick<SettingsFindings, "wrong">,
  names: readonly string[],
  check: string,
  work: () => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  const amiss = names.filter((name) => wrong.has(name));
  if (amiss.length === 0) return work();
  const which = amiss.length > 3 ? `${amiss.length} settings` : amiss.join(", ");
  return [notChecked(check, `${which} must be right first`, "see the check settings")];
}

function summary({ production, issuer }: DoctorParts["settings"]): Finding {
  if (production) return fine("settings", "production, and all are given");
  if (isLoopback(issuer)) return fine("settings", "development, with its defaults");
  const advice = "set NODE_ENV=production: development has defaults that are no secrets";
  return warning("settings", `NODE_ENV is not production, and ISSUER is ${issuer}`, advice);
}

function sourceFinding({ name, source, file, value }: ReadSetting): Finding {
  const shown = value === undefined ? "" : ` = ${value}`;
  const from = {
    environment: "from the environment",
    file: `from ${name}_FILE, ${file ?? ""}`,
    default: value === undefined ? "not given" : "by default",
    "made-for-development": "made for development, in var/",
  };
  return fine("setting", `${name}${shown} (${from[source]})`);
}
