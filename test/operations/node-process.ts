import { type ChildProcess, execFile, spawn } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { waitFor } from "../support/wait-for.ts";
import type { Build } from "./builds.ts";

/** One node of an installation: a build on a port, under the settings that all nodes share. */
export interface NodeProcess {
  readonly name: string;
  readonly port: number;
  readonly pid: number;
  /** Everything it wrote until now. */
  readonly output: string[];
  /** As an operator ends it, and waits. @returns the exit code */
  readonly stop: () => Promise<number | null>;
  /** As a power cut ends it. */
  readonly kill: () => Promise<void>;
}

/** Settings as the environment gives them. */
export type Environment = Readonly<Record<string, string>>;

const flags = ["--disable-warning=ExperimentalWarning"];

/** Starts a node and waits until it is ready. @throws Error with its output when it ends instead */
export async function startNode(
  build: Build,
  { name, port, environment }: { name: string; port: number; environment: Environment },
): Promise<NodeProcess> {
  const output: string[] = [];
  const child = spawn(process.execPath, [...flags, "src/main.ts"], {
    cwd: build.folder,
    env: { PATH: process.env["PATH"] ?? "", ...environment, PORT: String(port) },
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => output.push(chunk.toString()));
  }
  await waitFor(
    `${name} to be ready`,
    async () => {
      if (child.exitCode !== null) throw new Error(`${name} ended: ${output.join("")}`);
      const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
      return answer?.ok;
    },
    180,
  );
  return {
    name,
    port,
    pid: child.pid ?? 0,
    output,
    stop: () => end(child, "SIGTERM"),
    kill: async () => {
      await end(child, "SIGKILL");
    },
  };
}

/** Runs the operator's command line of a build. @throws Error when it fails */
export async function lopauth(
  build: Build,
  environment: Environment,
  ...words: string[]
): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [...flags, join(build.folder, "src/cli.ts"), ...words],
    { cwd: build.folder, env: { PATH: process.env["PATH"] ?? "", ...environment } },
  );
  return stdout;
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  child.kill(signal);
  return ended;
}
