import type { Command } from "commander";
import { type Answer, shown } from "./answer.ts";
import { plain } from "./columns.ts";
import { checkApplication, checkDeclarations } from "./doctor-application.ts";
import { clientsNotChecked } from "./doctor-clients.ts";
import type { Finding } from "./doctor-finding.ts";
import { checkIssuer } from "./doctor-issuer.ts";
import { checkLegalTexts } from "./doctor-legal.ts";
import { checkMail, checkPrivateHosts } from "./doctor-network.ts";
import { checkPorts } from "./doctor-ports.ts";
import { checkRegister } from "./doctor-register.ts";
import { changesSince } from "./doctor-watch.ts";
import { checkRuntime, checkSettings, unlessWrong } from "./doctor-settings.ts";
import type { CommandRun, CommandSurroundings } from "./command-run.ts";

/** `lopauth doctor`: looks at a deployment, changes nothing, and says of every finding what to do. */
export function addDoctorCommand(program: Command, run: CommandRun): void {
  program
    .command("doctor")
    .description("check settings, database, mail, issuer, keys and clients; says what to do")
    .option("--client <id>", "check this client too, up to the sign-in page")
    .option(
      "--watch [file]",
      "for cron: one line for each change since the last run, kept in this file (var/doctor.json)",
    )
    .action(({ client, watch }: { client?: string; watch?: string | true }) =>
      run.withSurroundings(async (surroundings) => {
        const findings = await examine(surroundings, client);
        if (watch === undefined) return answered(findings);
        const file = watch === true ? "var/doctor.json" : watch;
        return changesSince(file, findings, surroundings.clock);
      }),
    );
}

async function examine(
  { readSettings, clock, random }: CommandSurroundings,
  clientId: string | undefined,
): Promise<readonly Finding[]> {
  const read = checkSettings(readSettings);
  const { settings, wrong } = read;
  const parts = { settings, wrong, clock, random };
  const network = Promise.all([
    unlessWrong(read, ["SMTP_URL"], "smtp", () => checkMail(parts)),
    unlessWrong(read, ["ISSUER"], "issuer", () => checkIssuer(parts)),
    checkPrivateHosts(parts),
  ]);
  let ready = false;
  const register = await unlessWrong(read, ["DATABASE_URL"], "database", async () => {
    const found = await checkRegister(parts);
    ({ ready } = found);
    return found.findings;
  });
  const legal = checkLegalTexts(parts);
  const declared = await checkDeclarations(parts);
  // What is told of already stands in nobody's way.
  const legalTexts = hasProblem(legal) ? undefined : settings.legalTexts;
  const whole = { ...parts, settings: { ...settings, legalTexts } };
  const clients = await unlessWrong(read, [...wrong], "clients", async () =>
    ready ? checkApplication(whole, clientId) : [clientsNotChecked()],
  );
  return [
    ...read.findings,
    ...checkRuntime(),
    ...legal,
    ...register,
    ...(await network).flat(),
    ...(await checkPorts(parts)),
    ...(hasProblem(declared) ? declared : clients),
  ];
}

function hasProblem(findings: readonly Finding[]): boolean {
  return findings.some(({ state }) => state === "problem");
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
