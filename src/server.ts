import { setTimeout as pause } from "node:timers/promises";
import { type Application, createApplication } from "./application.ts";
import { databaseFiles } from "./artifacts/index.ts";
import { seconds } from "./foundation/index.ts";
import { type Surroundings, watchRegister } from "./house/index.ts";
import {
  type Jobs,
  type Settings,
  createJobs,
  restNowAndThen,
  settledWithin,
} from "./operations/index.ts";
import { closeToOthers, thisBuild } from "./storage/index.ts";
import { type Watch, openWatch } from "./telemetry/index.ts";
import { type HttpServer, createHttpServer } from "./web/index.ts";

/** A running provider. */
export interface RunningServer {
  readonly application: Application;
  /**
   * Says that it is not ready, waits until proxies know, takes no new request, finishes those under way, and closes the stores;
   * jobs and senders end meanwhile. All of it within ten seconds, whatever is under way.
   * @param delaySeconds `STOP_DELAY`
   */
  readonly stop: (delaySeconds?: number) => Promise<void>;
}

/** What is under way ends in this time, or is left to itself; supervisors kill after ten seconds, or later. */
const stopSeconds = seconds(9);

/** And what is left of the ten is for closing: a database that is silent is given up. */
const closeSeconds = seconds(1);

/**
 * Starts the provider: stores, pages, jobs, and a port to listen on.
 * @throws ConfigurationError SchemaError
 */
export async function startServer(
  settings: Settings,
  surroundings: Surroundings,
): Promise<RunningServer> {
  databaseFiles(settings.databaseUrl).forEach(closeToOthers);
  const { logger } = surroundings;
  const watch = await openWatch({
    ...{ settings: settings.watch, version: thisBuild, logger },
    worker: settings.worker,
  });
  const { telemetry = watch.telemetry } = surroundings;
  // Production never applies migrations by itself.
  const options = { migrate: !settings.production };
  let application: Application | undefined;
  try {
    application = await createApplication(settings, { ...surroundings, telemetry }, options);
    return await serve(application, watch);
  } catch (error) {
    await application?.close();
    await watch.close();
    throw error;
  }
}

async function serve(application: Application, watch: Watch): Promise<RunningServer> {
  await application.start();
  await watchRegister(application);
  await tellWhatIsUnusual(application);
  const http = createHttpServer(answersOf(application));
  const jobs = createJobs(application);
  for (const job of application.jobs()) jobs.register(job);
  await watch.listen([...application.gauges(), ...jobs.gauges]);
  const { host, port, worker } = application.settings;
  await http.listen({ host, port, isShared: worker !== undefined });
  jobs.start();
  const endRest = restNowAndThen();
  let stopping: Promise<void> | undefined;
  return {
    application,
    stop: (delaySeconds = 0) =>
      (stopping ??= stop({ application, watch, http, jobs }, delaySeconds).finally(endRest)),
  };
}

/** Every row of routes behind what stands in front of it. */
function answersOf({ routes, inMaintenance, byRightClock, answers }: Application) {
  return answers({
    first: routes("documents"),
    routes: [
      byRightClock,
      inMaintenance.all,
      ...routes("endpoints"),
      inMaintenance.pages,
      ...routes("pages"),
      ...routes("rest"),
    ],
  });
}

async function tellWhatIsUnusual({ database, settings, logger }: Application): Promise<void> {
  const poolerMode = await database.pooler();
  if (poolerMode !== undefined) {
    logger.info({ poolerMode }, "a pooler stands before the database: statements have no names");
  }
  if (settings.mailGuard) {
    logger.warn({}, "MAIL_GUARD is set: nothing is written to anybody else");
  }
}

async function stop(
  {
    application,
    watch,
    http,
    jobs,
  }: {
    readonly application: Application;
    readonly watch: Watch;
    readonly http: HttpServer;
    readonly jobs: Jobs;
  },
  delaySeconds: number,
): Promise<void> {
  const { node, logger } = application;
  const ended = async (work: Promise<unknown>, patienceSeconds: number, what: string) => {
    const isEnded = await settledWithin(work, patienceSeconds).catch((error: unknown) => {
      logger.error({ err: error }, `the stop met a fault with ${what}, and goes on`);
      return true;
    });
    if (!isEnded) logger.warn({}, `${what} did not end in time, and is left to itself`);
  };
  node.set("stopping", true);
  const graceSeconds = Math.max(1, stopSeconds - delaySeconds);
  const working = Promise.all([
    jobs.stop(stopSeconds),
    ended(application.endWork(graceSeconds), stopSeconds, "what was to be sent"),
  ]);
  await pause(delaySeconds * 1000);
  await http.close(graceSeconds, delaySeconds > 0);
  await working;
  await ended(application.close(), closeSeconds, "what the rooms hold");
  await ended(watch.close(), closeSeconds, "the watch");
}
