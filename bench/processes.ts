import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import type { LoadOrders } from "./load-client.ts";
import type { ServerQuestion } from "./server.ts";

/** A process of the benchmark that answers one question after the other. */
export interface Child {
  readonly pid: number;
  readonly ask: <Result>(question: object) => Promise<Result>;
  /** Resolves when it has ended by itself. */
  readonly ended: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Starts a file of this folder (or the file of a `file:` URL) as a process and waits until it is ready. */
export async function startChild(
  file: string,
  options: {
    readonly args?: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
    readonly execArgv?: readonly string[];
  } = {},
): Promise<Child> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), options.args ?? [], {
    env: { PATH: process.env["PATH"], ...options.env },
    execArgv: ["--disable-warning=ExperimentalWarning", ...(options.execArgv ?? [])],
    stdio: ["ignore", 2, 2, "ipc"],
  });
  const ended = async () => {
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  };
  const ready = await nextMessage(child);
  if (!("ready" in ready)) throw new Error(`${file} did not start`);
  return {
    pid: child.pid ?? 0,
    ask: async <Result>(question: object) => {
      const answer = nextMessage(child);
      child.send(question);
      const result = await answer;
      if ("failure" in result) throw new Error(String(result.failure));
      return result as Result;
    },
    ended,
    stop: async () => {
      child.kill("SIGTERM");
      await ended();
    },
  };
}

/** Asks our server what its IPC tells. */
export function askServer<Result>(server: Child, question: ServerQuestion): Promise<Result> {
  return server.ask<Result>(question);
}

/** Gives the load client an order and waits for its result. */
export function orderLoad<Kind extends keyof LoadOrders>(
  client: Child,
  kind: Kind,
  order: Parameters<LoadOrders[Kind]>[0],
): Promise<ReturnType<LoadOrders[Kind]>> {
  return client.ask({ kind, order });
}

/** A port that nobody listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}

function nextMessage(child: ChildProcess): Promise<object> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null) => {
      reject(new Error(`a process of the benchmark ended with code ${String(code)}`));
    };
    child.once("exit", onExit);
    child.once("message", (message) => {
      child.off("exit", onExit);
      resolve(message as object);
    });
  });
}
