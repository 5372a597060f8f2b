import type { Command } from "commander";
import { ConfigurationError } from "../operations/index.ts";
import { type Answer, shown } from "./answer.ts";
import { plain } from "./columns.ts";
import { checkApplication } from "./doctor-application.ts";
import { clientsNotChecked } from "./doctor-clients.ts";
import {
  type DoctorParts,
  type Finding,
  fine,
  isLoopback,
  problem,
  warning,
} from "./doctor-finding.ts";
import { checkIssuer } from "./doctor-issuer.ts";
import { checkMail, checkPrivateHosts } from "./doctor-network.ts";
import { checkRegister } from "./doctor-register.ts";
import type { CommandRun } from "./program.ts";
import type { CommandSurroundings } from "./run.ts";

/** `lopauth doctor`: looks at a deployment, changes nothing, and says of every finding what to do. */
export function addDoctorCommand(program: Command, run: CommandRun): void {
  program
    .command("doctor")
    .description("check settings, database, mail, issuer, keys and clients; says what to do")
    .option("--client <id>", "check this client too, up to the sign-in page")
    .action(({ client }: { client?: string }) =>
      run.withSurroundings(async (surroundings) => answered(await examine(surroundings, client))),
    );
}

async function examine(
  { readSettings, clock, random }: CommandSurroundings,
  clientId: string | undefined,
): Promise<readonly Finding[]> {
  let settings;
  try {
    settings = readSettings();
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.problems.map(({ name, found, expected }) =>
      problem("settings", `${name}: ${found}`, `give ${expected}`),
    );
  }
  const parts = { settings, clock, random };
  const network = Promise.all([checkMail(parts), checkIssuer(parts), checkPrivateHosts(parts)]);
  const register = await checkRegister(parts);
  return [
    settingsFinding(parts),
    ...register.findings,
    ...(await network).flat(),
    ...(register.ready ? await checkApplication(parts, clientId) : [clientsNotChecked()]),
  ];
}

function settingsFinding({ settings: { production, issuer } }: DoctorParts): Finding {
  if (production) return fine("settings", "production, and all are given");
  if (isLoopback(issuer)) return fine("settings", "development, with its defaults");
  const advice = "set NODE_ENV=production: development has defaults that are no secrets";
  return warning("settings", `NODE_ENV is not production, and ISSUER is ${issuer}`, advice);
}

/** Exit code 1 with any problem. */
function answered(findings: readonly Finding[]): Answer {
  const problems = findings.filter(({ state }) => state === "problem");
  const answer = shown(findings, findings.map(findingText).join(""));
  if (problems.length === 0) return answer;
  const error = `${problems.length} problem${problems.length === 1 ? "" : "s"} found`;
  return { ...answer, failure: { error, problems, lines: [] } };
}

function findingText({ check, state, found, advice }: Finding): string {
  const line = `${state.padEnd(12)}${check.padEnd(15)}${plain(found)}\n`;
  return state === "ok" ? line : `${line}${" ".repeat(27)}→ ${plain(advice)}\n`;
}
