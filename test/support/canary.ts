import { type RequestListener, type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A listener on loopback that no call of the provider may reach, unless its host is named. */
export interface Canary {
  readonly port: number;
  /** How many connections were made to it, whatever was sent over them. */
  readonly connections: () => number;
  /** The body of every request. */
  readonly bodies: readonly string[];
  /** What it answers from now on; an empty key set until told. */
  answer: CanaryAnswer;
  readonly close: () => Promise<void>;
}

/** One answer of a canary. */
export interface CanaryAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  /** In place of the JSON. */
  readonly bytes?: Buffer;
}

/** Listens on both loopback addresses, IPv4 and, where the machine has it, IPv6. */
export async function startCanary(): Promise<Canary> {
  let connections = 0;
  const bodies: string[] = [];
  const answering: RequestListener = (request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      bodies.push(body);
      const { status = 200, headers = {}, json = { keys: [] }, bytes } = canary.answer;
      response.writeHead(status, { "content-type": "application/json", ...headers });
      response.end(bytes ?? JSON.stringify(json));
    });
  };
  const servers = [createServer(answering), createServer(answering)] as const;
  for (const server of servers) server.on("connection", () => (connections += 1));
  await listen(servers[0], "127.0.0.1", 0);
  const { port } = servers[0].address() as AddressInfo;
  const hasIpv6 = await listen(servers[1], "::1", port).then(
    () => true,
    () => false,
  );
  const canary: Canary = {
    port,
    connections: () => connections,
    bodies,
    answer: {},
    close: async () => {
      await close(servers[0]);
      if (hasIpv6) await close(servers[1]);
    },
  };
  return canary;
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeAllConnections();
  });
}
