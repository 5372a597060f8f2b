import { type Server, createServer } from "node:http";
import type { Logger } from "../operations/index.ts";
import type { Metrics } from "./metrics.ts";

/** Where a monitoring server asks. */
export interface MetricsServer {
  readonly close: () => Promise<void>;
}

/**
 * Serves `GET /metrics` and nothing else, on a port of its own: what runs here is not for people, and no proxy leads
 * to it by mistake.
 * @throws Error of the system when it cannot listen
 */
export async function serveMetrics(
  metrics: Pick<Metrics, "contentType" | "exposition">,
  address: { readonly host: string; readonly port: number },
  logger: Pick<Logger, "error">,
): Promise<MetricsServer> {
  const server = createServer((request, response) => {
    const path = request.url?.split("?")[0];
    if (request.method !== "GET" || path !== "/metrics") {
      const isThere = path === "/metrics";
      const headers = { "Content-Length": 0, ...(isThere && { Allow: "GET" }) };
      response.writeHead(isThere ? 405 : 404, headers).end();
      return;
    }
    metrics.exposition().then(
      (text) => {
        const headers = { "Content-Type": metrics.contentType, "Cache-Control": "no-store" };
        response.writeHead(200, headers).end(text);
      },
      (error: unknown) => {
        logger.error({ err: error }, "the metrics cannot be told");
        response.writeHead(500, { "Content-Length": 0 }).end();
      },
    );
  });
  await listen(server, address);
  // A process that has nothing else to do may end.
  server.unref();
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, { host, port }: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}
