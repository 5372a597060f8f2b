import type { Application } from "../application.ts";
import { clocksApart, createLogger, type Settings } from "../operations/index.ts";
import { SchemaError } from "../storage/index.ts";
import { type Failure, failed } from "./answer.ts";
import type { CommandSurroundings } from "./command-run.ts";

/** The application ready for a command, or why it is not. */
export type Opened = { readonly application: Application } | { readonly failure: Failure };

/**
 * Builds the application on a migrated database, and closes it when the work is done. Its log goes to
 * standard error, warnings and worse only.
 * @throws ConfigurationError when the declared clients have problems
 */
export async function openedApplication(
  settings: Settings,
  { clock, random, terminal, comparesClocks = true }: CommandSurroundings,
  work: (opened: Opened) => Promise<void>,
): Promise<void> {
  // Loaded here and not at the top: with oidc-provider it takes half a second that help, `migrate`
  // and `backup` need not wait.
  const { createApplication } = await import("../application.ts");
  const logger = createLogger({
    level: "warn",
    format: settings.production ? "json" : "readable",
    clock,
    destination: { write: terminal.err },
  });
  let application: Application;
  try {
    application = await createApplication(settings, { clock, random, logger, comparesClocks });
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    await work(failed(error.refusal));
    return;
  }
  try {
    const wrong = comparesClocks ? await wrongClock(application) : undefined;
    if (wrong) {
      await work(wrong);
      return;
    }
    // What ends sessions must know the registered clients, to tell them. Not `open`, which a clash of
    // client_id refuses: the command that removes it must run.
    await application.clients.reload();
    // What would write is refused as a request is, while the register only reads.
    await application.maintenance.follow(application.database);
    await application.maintenance.reading(() => work({ application }));
  } finally {
    await application.close();
  }
}

/**
 * Commands erase, end, rotate and date by this machine's clock, which nothing has watched before, and what they write is
 * everybody's: where it is not the database's, none is carried out, whatever is allowed.
 */
async function wrongClock({ database, clock }: Application) {
  const theirs = await database.now();
  if (theirs === undefined) return undefined;
  const { secondsAhead, tooFar } = clocksApart(clock, theirs);
  if (!tooFar) return undefined;
  const how = `${Math.abs(secondsAhead)} s ${secondsAhead < 0 ? "behind" : "ahead of"}`;
  return failed(
    `nothing was done: the clock of this machine is ${how} the database's; set both by NTP (timedatectl, chronyc tracking), or run the command where the clock is right`,
  );
}
