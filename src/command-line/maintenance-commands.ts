import type { Command } from "commander";
import type { Application } from "../application.ts";
import { isoInstant, readUntil, untilRule } from "../foundation/index.ts";
import { type Answer, failed, quoted, shown } from "./answer.ts";
import { readDuration } from "./duration.ts";
import type { CommandRun } from "./command-run.ts";
import { instantText } from "./instants.ts";

/** `lopauth maintenance …`: every node of this release follows within two seconds. */
export function addMaintenanceCommands(maintenance: Command, run: CommandRun): void {
  maintenance
    .command("on")
    .description(
      "write nothing into the register until a time: who is signed in is served, all else is told until when; again: move the end",
    )
    .requiredOption("--until <time>", "an instant with its offset, a day, or so long from now: 45m")
    .action(({ until }: { readonly until: string }) =>
      run.withApplication((application) => begin(application, until)),
    );
  maintenance
    .command("off")
    .description("end it before its time")
    .action(() => run.withApplication(end));
  maintenance
    .command("status")
    .description("whether the register only reads, and until when")
    .action(() => run.withApplication((application) => Promise.resolve(status(application))));
}

async function begin(application: Application, typed: string): Promise<Answer> {
  const { maintenance, database, clock } = application;
  const now = clock.epochSeconds();
  const seconds = readDuration(typed);
  const until = seconds === undefined ? readUntil(typed) : now + seconds;
  if (until === undefined || until <= now) {
    const rule =
      until === undefined ? `${untilRule}, or so long from now (45m, 2h)` : "must be in the future";
    return failed("nothing has begun", [{ argument: "--until", found: quoted(typed), rule }]);
  }
  return maintenance.writing(async () => {
    // Recorded first: afterwards nothing is written.
    await record(application, "maintenance-begun", { until: isoInstant(until) });
    await maintenance.begin(database, until);
    return status(application);
  });
}

async function end(application: Application): Promise<Answer> {
  const { maintenance, database } = application;
  return maintenance.writing(async () => {
    const ended = await maintenance.end(database);
    if (ended) await record(application, "maintenance-ended");
    return shown(
      { ended, until: null },
      ended ? "The register is written again." : "There was none.",
    );
  });
}

function status({ maintenance }: Application): Answer {
  const fault = maintenance.fault();
  if (!fault) return shown({ until: null }, "The register is written.");
  const text = `The register only reads until ${instantText(fault.until)}. Nodes follow within two seconds.`;
  return shown({ until: fault.untilIso }, text);
}

function record(
  { record: recordEvent }: Application,
  name: "maintenance-begun" | "maintenance-ended",
  details?: { readonly until: string },
): Promise<void> {
  return recordEvent({ name, outcome: "accepted", actor: "operator", details });
}
