import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { waitFor } from "../support/wait-for.ts";
import { deployed } from "./deployed.ts";

/** A real proxy in front of some nodes: each request goes to the next one that is ready. */
export interface Haproxy {
  /** Lets a node end what it has, and gives it nothing more. */
  readonly drain: (name: string) => Promise<void>;
  readonly putBack: (name: string) => Promise<void>;
  /** Waits until a node takes requests. */
  readonly serves: (name: string) => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** @param nodes names and ports of all that may ever stand behind it, started or not */
export async function startHaproxy(
  port: number,
  nodes: Readonly<Record<string, number>>,
): Promise<Haproxy> {
  const folder = mkdtempSync(join(tmpdir(), "lopauth-haproxy-"));
  const socket = join(folder, "admin.sock");
  const file = join(folder, "haproxy.cfg");
  writeFileSync(file, configuration(port, nodes, socket));
  const child = spawn("haproxy", ["-f", file], { stdio: ["ignore", "ignore", "pipe"] });
  const errors: string[] = [];
  child.stderr.on("data", (chunk: Buffer) => errors.push(chunk.toString()));
  const ask = (line: string) => {
    if (child.exitCode !== null) throw new Error(`haproxy ended: ${errors.join("")}`);
    return asked(socket, line);
  };
  const stateOf = async (name: string) => {
    const rows = (await ask("show stat")).split("\n").map((row) => row.split(","));
    return rows.find(([backend, server]) => backend === "nodes" && server === name)?.[17];
  };
  await waitFor("haproxy", () => asked(socket, "show info").catch(() => undefined));
  return {
    drain: async (name) => {
      await ask(`set server nodes/${name} state drain`);
    },
    putBack: async (name) => {
      await ask(`set server nodes/${name} state ready`);
    },
    serves: async (name) => {
      await waitFor(`${name} behind the proxy`, async () => (await stateOf(name)) === "UP", 20);
    },
    stop: async () => {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGKILL");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The file of `deploy/`, without TLS, in front of these nodes. */
function configuration(
  port: number,
  nodes: Readonly<Record<string, number>>,
  socket: string,
): string {
  const servers = Object.entries(nodes).map(([name, at]) => `  server ${name} 127.0.0.1:${at}\n`);
  return deployed("haproxy/haproxy.cfg", [
    ["  log /dev/log local0\n", `  stats socket ${socket} mode 600 level admin\n`],
    ["  bind :80\n", `  bind 127.0.0.1:${port}\n`],
    [/ {2}bind :443 .*\n/g, ""],
    [/ {2}http-request redirect scheme https .*\n/g, ""],
    [/( {2}server \w+ 10\.0\.0\.\d+:3000\n?)+/g, servers.join("")],
  ]);
}

function asked(socket: string, line: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: string[] = [];
    const connection = connect(socket, () => connection.write(`${line}\n`));
    connection.on("data", (chunk) => chunks.push(chunk.toString()));
    connection.on("error", reject);
    connection.on("end", () => resolve(chunks.join("")));
  });
}
