import { type IncomingHttpHeaders, type Server, createServer, request } from "node:http";

/** One request and the whole answer to it. */
export interface Exchange {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What stands between the browsers and a provider, and writes down every answer. */
export interface RecordingProxy {
  readonly exchanges: readonly Exchange[];
  readonly close: () => Promise<void>;
}

/** Listens where people believe the provider to be, and passes everything on to where it is. */
export async function startRecordingProxy(
  port: number,
  providerPort: number,
): Promise<RecordingProxy> {
  const exchanges: Exchange[] = [];
  const server: Server = createServer((asked, answered) => {
    const { method = "GET", url = "/", headers } = asked;
    const onward = request(
      { host: "127.0.0.1", port: providerPort, method, path: url, headers, agent: false },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on("data", (chunk: Buffer) => chunks.push(chunk));
        answer.on("end", () => {
          const body = Buffer.concat(chunks);
          const status = answer.statusCode ?? 0;
          exchanges.push({
            method,
            url,
            status,
            headers: answer.headers,
            body: body.toString("utf8"),
          });
          answered.writeHead(status, answer.headers).end(body);
        });
      },
    );
    onward.on("error", () => answered.destroy());
    asked.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    exchanges,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
