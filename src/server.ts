import { type Server, createServer } from "node:http";
import { type Application, createApplication } from "./application.ts";
import { databaseFiles } from "./artifacts/index.ts";
import { seconds } from "./foundation/index.ts";
import type { Surroundings } from "./house/index.ts";
import { type Settings, createJobs, portFault } from "./operations/index.ts";
import { closeToOthers } from "./storage/index.ts";

/** A running provider. */
export interface RunningServer {
  readonly application: Application;
  /** Takes no new request, finishes those under way, then ends the jobs and closes the stores. */
  readonly stop: () => Promise<void>;
}

/** How long a stop waits for requests under way. */
const graceSeconds = seconds(10);

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
  const application = await createApplication(settings, surroundings, { migrate });
  try {
    await application.start();
    const { routes } = application;
    const web = application.createApp({
      first: routes("documents"),
      routes: [...routes("endpoints"), ...routes("pages"), ...routes("rest")],
    });
    const handle = web.callback();
    const server = createServer(patience, (request, response) => void handle(request, response));
    await listen(server, settings);
    const jobs = createJobs(application);
    for (const job of application.jobs()) jobs.register(job);
    jobs.start();
    return {
      application,
      stop: async () => {
        await closeServer(server);
        await jobs.stop();
        await application.close();
      },
    };
  } catch (error) {
    await application.close();
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

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const tooLate = setTimeout(() => server.closeAllConnections(), graceSeconds * 1000);
    server.close(() => {
      clearTimeout(tooLate);
      resolve();
    });
  });
}
