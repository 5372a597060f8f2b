import { execFile, execFileSync } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { freePort } from "./free-port.ts";

/** A PostgreSQL server of the test's own, that may be stopped and started. */
export interface PostgresCluster {
  readonly url: string;
  /** `immediate` ends it as a crash does; what was committed is there when it is back. */
  readonly restart: (mode: "fast" | "immediate") => Promise<void>;
  readonly remove: () => Promise<void>;
}

/** Whether the programs to make one are at hand, and PostgreSQL is asked for. */
export const canMakeCluster =
  process.env["TEST_DATABASE_URL"] !== undefined && programsFolder() !== undefined;

/** Makes one on a free port and starts it. PostgreSQL refuses to run as root: it is run as `postgres` then. */
export async function makeCluster(): Promise<PostgresCluster> {
  const programs = programsFolder() ?? "";
  const folder = mkdtempSync(join(tmpdir(), "lopauth-cluster-"));
  const data = join(folder, "data");
  const identity = process.getuid?.() === 0 ? postgresIdentity() : undefined;
  if (identity) chownSync(folder, identity.uid, identity.gid);
  const port = await freePort();
  const run = async (program: string, ...words: string[]) => {
    const options = {
      cwd: folder,
      env: { PATH: process.env["PATH"] ?? "", LC_ALL: "C" },
      ...identity,
    };
    await promisify(execFile)(join(programs, program), words, options);
  };
  const control = (act: string, ...words: string[]) =>
    run("pg_ctl", act, "--pgdata", data, "--wait", "--log", join(folder, "log"), ...words);
  const init = ["--pgdata", data, "--auth", "trust", "--username", "postgres", "--no-sync"];
  await run("initdb", ...init, "--encoding", "UTF8", "--locale", "C.UTF-8");
  const settings = `-c port=${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=60`;
  await control("start", "--options", settings);
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    restart: (mode) => control("restart", "--mode", mode),
    remove: async () => {
      await control("stop", "--mode", "immediate");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Where the server's programs are: on the path, or where distributions keep them. */
function programsFolder(): string | undefined {
  const home = "/usr/lib/postgresql";
  const versions = existsSync(home)
    ? readdirSync(home).map((version) => join(home, version, "bin"))
    : [];
  const folders = [...versions.reverse(), ...(process.env["PATH"] ?? "").split(delimiter)];
  return folders.find((folder) =>
    ["initdb", "pg_ctl"].every((name) => existsSync(join(folder, name))),
  );
}

function postgresIdentity(): { readonly uid: number; readonly gid: number } {
  const number = (flag: string) =>
    Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
  return { uid: number("-u"), gid: number("-g") };
}
