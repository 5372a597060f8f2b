import { spawn } from "node:child_process";
import { chownSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../support/free-port.ts";
import { type PostgresCluster, postgresUser } from "../support/postgres-cluster.ts";
import { waitFor } from "../support/wait-for.ts";

/** A real pgbouncer in front of a server. */
export interface Pgbouncer {
  readonly url: string;
  /** As an operator restarts it: its connections to the server are new ones. */
  readonly restart: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** @param mode how it lends its few connections: for a transaction, a statement, or for as long as a client stays */
export async function startPgbouncer(
  cluster: PostgresCluster,
  mode: "transaction" | "session" | "statement",
): Promise<Pgbouncer> {
  const folder = mkdtempSync(join(tmpdir(), "lopauth-pgbouncer-"));
  const port = await freePort();
  const file = join(folder, "pgbouncer.ini");
  // Session mode needs as many connections as all nodes have; transaction mode shows itself with few.
  const size = mode === "session" ? 80 : 6;
  writeFileSync(
    file,
    `[databases]
* = host=127.0.0.1 port=${cluster.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = trust
auth_file = ${join(folder, "users.txt")}
pool_mode = ${mode}
default_pool_size = ${size}
max_client_conn = 300
ignore_startup_parameters = extra_float_digits
`,
  );
  writeFileSync(join(folder, "users.txt"), `"postgres" ""\n`);
  const identity = postgresUser();
  if (identity) chownSync(folder, identity.uid, identity.gid);
  const start = async () => {
    const child = spawn("pgbouncer", [file], { stdio: ["ignore", "ignore", "pipe"], ...identity });
    const errors: string[] = [];
    child.stderr.on("data", (chunk: Buffer) => errors.push(chunk.toString()));
    await waitFor("pgbouncer", () => {
      if (child.exitCode !== null) throw new Error(`pgbouncer ended: ${errors.join("")}`);
      return listens(port);
    });
    return child;
  };
  let child = await start();
  const end = async () => {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    await ended;
  };
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    restart: async () => {
      await end();
      child = await start();
    },
    stop: async () => {
      await end();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = connect(port, "127.0.0.1", () => {
      connection.destroy();
      resolve(true);
    });
    connection.on("error", () => resolve(false));
  });
}
