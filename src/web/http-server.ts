import { type RequestListener, type Server, createServer } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { seconds } from "../foundation/index.ts";
import { portFault } from "../operations/index.ts";
import { answerUnreadable, mostHeaderBytes } from "./large-headers.ts";
import { LastAnswers, acceptConnected } from "./last-answers.ts";

/** Where to listen. */
export interface ListenAt {
  readonly host: string;
  readonly port: number;
  /** Whether other processes listen there, too: the kernel gives each connection to one of them. */
  readonly isShared?: boolean;
}

/** A port that answers requests. */
export interface HttpServer {
  /** @throws ConfigurationError when the port cannot be had */
  readonly listen: (at: ListenAt) => Promise<void>;
  /**
   * Takes no new request and finishes those under way.
   * @param graceSeconds for all of it, at least a second; what is under way then is cut off
   * @param hasProxies whether connections that a proxy keeps are given {@link farewellSeconds} to end by themselves
   */
  readonly close: (graceSeconds: number, hasProxies: boolean) => Promise<void>;
}

/**
 * How long connections that a proxy keeps open are given to end by an answer, or by the proxy itself: one that is closed here
 * while it sends is a request lost. A proxy should keep an idle one for a second at most.
 */
const farewellSeconds = seconds(1.5);

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

/** Makes it, and listens to nothing yet. */
export function createHttpServer(answer: RequestListener): HttpServer {
  const lastAnswers = new LastAnswers();
  const handle = lastAnswers.told(answer);
  const server = createServer({ ...patience, maxHeaderSize: mostHeaderBytes }, handle);
  answerUnreadable(server, handle);
  return {
    listen: (at) => listen(server, at),
    close: async (graceSeconds, hasProxies) => {
      lastAnswers.begin();
      if (hasProxies) await pause(farewellSeconds * 1000);
      await acceptConnected(server);
      await closeServer(server, Math.max(1, graceSeconds - farewellSeconds));
    },
  };
}

function listen(server: Server, { host, port, isShared = false }: ListenAt): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (fault: Error) => reject(portFault(fault, { PORT: port }));
    server.once("error", fail);
    server.listen({ host, port, reusePort: isShared }, () => {
      server.off("error", fail);
      resolve();
    });
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
