import { type AddressInfo, type Socket, connect, createServer } from "node:net";

/** A line to a server that can be made to fail as networks and firewalls do. */
export interface FaultyLine {
  readonly port: number;
  /** What was said and is said arrives nowhere; new connections are made and hear nothing. */
  readonly silence: () => void;
  /** What was held back arrives, and the line is as good as new. */
  readonly speak: () => void;
  /** Ends every connection. */
  readonly cut: () => void;
  /** How many connections were made until now. */
  readonly connections: () => number;
  readonly close: () => Promise<void>;
}

/** @param change what the other side says, as it is passed on */
export async function faultyLine(
  to: { readonly host: string; readonly port: number },
  change: (chunk: Buffer) => Buffer = (chunk) => chunk,
): Promise<FaultyLine> {
  const sockets = new Set<Socket>();
  let isSilent = false;
  let made = 0;
  const server = createServer((near) => {
    made += 1;
    const far = connect(to);
    near.on("data", (chunk) => far.write(chunk));
    far.on("data", (chunk) => near.write(change(chunk)));
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      if (isSilent) socket.pause();
      socket.on("error", () => undefined);
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    silence: () => {
      isSilent = true;
      for (const socket of sockets) socket.pause();
    },
    speak: () => {
      isSilent = false;
      for (const socket of sockets) socket.resume();
    },
    cut,
    connections: () => made,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      cut();
      await closed;
    },
  };
}

/** A database's address by another port of this machine. */
export function throughPort(databaseUrl: string, port: number): string {
  const url = new URL(databaseUrl);
  url.hostname = "127.0.0.1";
  url.port = String(port);
  return url.href;
}
