import "../config/required-node.cjs";
import { examined } from "./examination/index.ts";
import { systemClock, systemRandom } from "./foundation/index.ts";
import {
  ConfigurationError,
  type Logger,
  type Settings,
  createLogger,
  createWorkers,
  developmentSecrets,
  isWorker,
  outliveReader,
  readSettings,
  tellListening,
} from "./operations/index.ts";
import { startServer } from "./server.ts";
import { openSharedWatch } from "./telemetry/index.ts";
import { SchemaError } from "./storage/index.ts";

/** The provider alone: what `npm run start:production` runs. */
async function main(): Promise<void> {
  const settings = await soundSettings();
  const format = settings.production ? "json" : "readable";
  const logger = createLogger({ level: settings.logLevel, format, clock: systemClock });
  const { worker } = settings;
  if (worker === undefined && settings.workers > 1) return lead(settings, logger);
  // What a node does unasked is the first one's; two would but wait for each other.
  const own =
    worker === undefined ? settings : { ...settings, jobs: settings.jobs && worker === 1 };
  await serve(own, worker === undefined ? logger : logger.with({ worker }));
}

/** A worker goes by what its leader has looked at, at ports that the others share. */
async function soundSettings(): Promise<Settings> {
  const read = () => readSettings(process.env, () => developmentSecrets("var", systemRandom));
  if (isWorker(process.env)) return read();
  return examined(read, { clock: systemClock, random: systemRandom });
}

async function serve(settings: Settings, logger: Logger): Promise<void> {
  const server = await startServer(settings, { clock: systemClock, random: systemRandom, logger });
  logger.info({ issuer: settings.issuer, host: settings.host, port: settings.port }, "listening");
  tellListening();
  onStop(async () => {
    await server.stop(settings.stopDelaySeconds);
    logger.info({}, "stopped");
    // What did not end in time keeps no process: a supervisor would have to kill it.
    setTimeout(() => process.exit(), 250).unref();
    if (process.connected) process.disconnect();
  });
}

/** Starts several workers, and adds up what they count. */
async function lead(settings: Settings, logger: Logger): Promise<void> {
  const watch = await openSharedWatch({ settings: settings.watch, logger });
  const workers = createWorkers({ count: settings.workers, logger });
  onStop(async () => {
    await workers.stop();
    await watch.close();
    logger.info({}, "stopped");
  });
  const { exitCode } = await workers.start();
  if (exitCode === undefined) {
    logger.info({ workers: settings.workers, port: settings.port }, "all workers listen");
    return;
  }
  process.exitCode = exitCode;
  await watch.close();
}

/** npm passes on the signal that a terminal sent to all already: it comes twice, and counts once. A worker stops without its leader, too. */
function onStop(end: () => Promise<void>): void {
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= end();
  };
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, stop);
  process.on("disconnect", stop);
}

outliveReader();
try {
  await main();
} catch (error) {
  const foreseen = error instanceof ConfigurationError || error instanceof SchemaError;
  process.stderr.write(`${foreseen ? error.message : String((error as Error).stack ?? error)}\n`);
  process.exitCode = 1;
  // Its leader's line alone would keep a worker, and `node:cluster` ends one that lets go of it as one that did well.
  if (process.connected) process.exit();
}
