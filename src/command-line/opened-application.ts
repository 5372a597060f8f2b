import type { Application } from "../application.ts";
import { createLogger, type Settings } from "../operations/index.ts";
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
  { clock, random, terminal }: CommandSurroundings,
  work: (opened: Opened) => Promise<void>,
): Promise<void> {
  // Loaded here and not at the top: with oidc-provider it takes half a second that help, `migrate`,
  // `backup` and `client check` need not wait.
  const { createApplication } = await import("../application.ts");
  const logger = createLogger({
    level: "warn",
    format: settings.production ? "json" : "readable",
    clock,
    destination: { write: terminal.err },
  });
  let application: Application;
  try {
    application = await createApplication(settings, { clock, random, logger });
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    await work(failed(error.refusal));
    return;
  }
  try {
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
