import { type Server, createServer } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { type Application, createApplication } from "./application.ts";
import { databaseFiles } from "./artifacts/index.ts";
import { seconds } from "./foundation/index.ts";
import type { Surroundings } from "./house/index.ts";
import {
  type Settings,
  clocksApart,
  createJobs,
  portFault,
  settledWithin,
} from "./operations/index.ts";
import { closeToOthers, thisBuild } from "./storage/index.ts";
import { openWatch } from "./telemetry/index.ts";
import { LastAnswers, acceptConnected, answerUnreadable, mostHeaderBytes } from "./web/index.ts";

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
 * How long connections that a proxy keeps open are given to end by an answer, or by the proxy itself: one that is closed here
 * while it sends is a request lost. A proxy should keep an idle one for a second at most.
 */
const farewellSeconds = seconds(1.5);

/**
 * Starts the provider: stores, pages, jobs, and a port to listen on.
 * @throws ConfigurationError SchemaError
 */
export async function startServer(
  settings: Settings,
  surroundings: Surroundings,
): Promise<RunningServer> {
  databaseFiles(settings.databaseUrl).forEach(closeToOthers);
  // Production never applies migrations by itself.
  const migrate = !settings.production;
  const { logger } = surroundings;
  const watch = await openWatch({ settings: settings.watch, version: thisBuild, logger });
  const { telemetry = watch.telemetry } = surroundings;
  const application = await createApplication(
    settings,
    { ...surroundings, telemetry },
    { migrate },
  ).catch(async (fault: unknown) => {
    await watch.close();
    throw fault;
  });
  try {
    await application.start();
    const { routes, inMaintenance, byRightClock } = application;
    const web = application.createApp({
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
    await watchDatabase(application);
    const pooler = await application.database.pooler();
    if (pooler !== undefined) {
      const fields = { poolerMode: pooler };
      logger.info(fields, "a pooler stands before the database: statements have no names");
    }
    if (settings.mailGuard) {
      logger.warn({}, "MAIL_GUARD is set: nothing is written to anybody else");
    }
    const answer = web.callback();
    const lastAnswers = new LastAnswers();
    const handle = lastAnswers.told((request, response) => void answer(request, response));
    const server = createServer({ ...patience, maxHeaderSize: mostHeaderBytes }, handle);
    answerUnreadable(server, handle);
    const ended = async (work: Promise<unknown>, patienceSeconds: number, what: string) => {
      const isEnded = await settledWithin(work, patienceSeconds).catch((error: unknown) => {
        logger.error({ err: error }, `the stop met a fault with ${what}, and goes on`);
        return true;
      });
      if (!isEnded) logger.warn({}, `${what} did not end in time, and is left to itself`);
    };
    const jobs = createJobs(application);
    for (const job of application.jobs()) jobs.register(job);
    await watch.listen([...application.gauges(), ...jobs.gauges]);
    await listen(server, settings);
    jobs.start();
    const stop = async (delaySeconds: number) => {
      application.node.set("stopping", true);
      const graceSeconds = Math.max(1, stopSeconds - delaySeconds);
      const working = Promise.all([
        jobs.stop(stopSeconds),
        ended(application.endWork(graceSeconds), stopSeconds, "what was to be sent"),
      ]);
      await pause(delaySeconds * 1000);
      lastAnswers.begin();
      if (delaySeconds > 0) await pause(farewellSeconds * 1000);
      await acceptConnected(server);
      await closeServer(server, Math.max(1, graceSeconds - farewellSeconds));
      await working;
      await ended(application.close(), closeSeconds, "what the rooms hold");
      await ended(watch.close(), closeSeconds, "the watch");
    };
    let stopping: Promise<void> | undefined;
    return { application, stop: (delaySeconds = 0) => (stopping ??= stop(delaySeconds)) };
  } catch (error) {
    await application.close();
    await watch.close();
    throw error;
  }
}

/**
 * Half-open connections and heads that trickle in are ended: they hold no more than a socket, and not for long. Node
 * looks for them each 30 s unless told, three times what it is to wait for a head.
 */
const patience = {
  headersTimeout: seconds(10) * 1000,
  requestTimeout: seconds(30) * 1000,
  connectionsCheckingInterval: seconds(5) * 1000,
  // Longer than the usual idle time of a proxy, so that the proxy is the one who closes.
  keepAliveTimeout: seconds(65) * 1000,
};

function listen(server: Server, { host, port }: Settings): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (fault: Error) => reject(portFault(fault, { PORT: port }));
    server.once("error", fail);
    server.listen(port, host, () => {
      server.off("error", fail);
      resolve();
    });
  });
}

/** A node whose database is silent, or whose clock is wrong, takes itself out of service until that is over. */
async function watchDatabase({
  database,
  node,
  clock,
  logger,
  comparesClocks = true,
}: Application): Promise<void> {
  await database.watch({
    changed: (fault) => {
      node.set("database", fault !== undefined);
      if (fault) logger.error({ reason: fault.reason }, "the database does not answer");
      else logger.info({}, "the database answers again");
    },
    clock: (theirs) => {
      const { secondsAhead, tooFar } = clocksApart(clock, theirs);
      const isWrong = comparesClocks && tooFar;
      if (!node.set("clock", isWrong)) return;
      const fields = { secondsAhead };
      if (isWrong) logger.error(fields, "the clocks of this node and of the database are apart");
      else logger.info(fields, "the clocks of this node and of the database agree again");
    },
  });
}

function closeServer(server: Server, graceSeconds: number): Promise<void> {
  return new Promise((resolve) => {
    const tooLate = setTimeout(() => server.closeAllConnections(), graceSeconds * 1000);
    server.close(() => {
      clearTimeout(tooLate);
      resolve();
    });
  });
}
