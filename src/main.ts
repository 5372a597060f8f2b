import "../config/required-node.cjs";
import { systemClock, systemRandom } from "./foundation/index.ts";
import {
  ConfigurationError,
  createLogger,
  developmentSecrets,
  readSettings,
} from "./operations/index.ts";
import { startServer } from "./server.ts";
import { SchemaError } from "./storage/index.ts";

/** The provider alone: what `npm run start:production` runs. */
async function main(): Promise<void> {
  const settings = readSettings(process.env, () => developmentSecrets("var", systemRandom));
  const format = settings.production ? "json" : "readable";
  const logger = createLogger({ level: settings.logLevel, format, clock: systemClock });
  const server = await startServer(settings, { clock: systemClock, random: systemRandom, logger });
  logger.info({ issuer: settings.issuer, host: settings.host, port: settings.port }, "listening");
  // npm passes on the signal that a terminal sent to all already: it comes twice, and counts once.
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= server.stop(settings.stopDelaySeconds).then(() => {
      logger.info({}, "stopped");
      // What did not end in time keeps no process: a supervisor would have to kill it.
      setTimeout(() => process.exit(), 250).unref();
    });
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  await forgetStart();
}

/**
 * Gives back the room that starting took, a tenth of the process: a last-resort collection alone shrinks the young
 * generation, which loading the sources has filled. It takes some 55 ms, once. Needs `--expose-gc`.
 */
async function forgetStart(): Promise<void> {
  await globalThis.gc?.({ type: "major", execution: "async", flavor: "last-resort" });
}

try {
  await main();
} catch (error) {
  const foreseen = error instanceof ConfigurationError || error instanceof SchemaError;
  process.stderr.write(`${foreseen ? error.message : String((error as Error).stack ?? error)}\n`);
  process.exitCode = 1;
}
