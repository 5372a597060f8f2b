import { createServer } from "node:net";

/**
 * Each test process has ports of its own, below those that systems give to outgoing connections: two that asked for any
 * free port were given the same one between the asking and the listening.
 */
const portsAWorker = 1500;
const worker = Number(process.env["JEST_WORKER_ID"] ?? 1) % 14;
const first = 10_000 + worker * portsAWorker;
// Runs beside each other begin at different places.
let next = process.pid % portsAWorker;

/** A loopback port that nobody listens on: for servers that must know their address beforehand. */
export async function freePort(): Promise<number> {
  for (let tried = 0; tried < portsAWorker; tried += 1) {
    next = (next + 1) % portsAWorker;
    // Kept here: who asks at the same time moves on to the next.
    const port = first + next;
    if (await isFree(port)) return port;
  }
  throw new Error(`no port from ${first} on is free`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
      .once("error", () => resolve(false))
      .listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
