import { execFile, execFileSync } from "node:child_process";
import {
  chownSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import type { TestCertificate } from "./certificate.ts";
import { freePort } from "./free-port.ts";

/** A PostgreSQL server of the test's own, that may be stopped and started. */
export interface PostgresCluster {
  readonly url: string;
  readonly port: number;
  /** The folder of its socket. */
  readonly folder: string;
  /** `immediate` ends it as a crash does; what was committed is there when it is back. */
  readonly restart: (mode: "fast" | "immediate") => Promise<void>;
  /** As a crash of its machine. */
  readonly stop: () => Promise<void>;
  /** It says nothing any more, though its connections stand; until it is thawed. */
  readonly freeze: () => void;
  readonly thaw: () => void;
  /** Another server that follows it by streaming, until it is promoted. */
  readonly standby: () => Promise<StandbyCluster>;
  readonly remove: () => Promise<void>;
}

/** A server that follows another one, and only reads. */
export interface StandbyCluster extends PostgresCluster {
  /** It takes writes from now on. */
  readonly promote: () => Promise<void>;
}

/** Whether the programs to make one are at hand, and PostgreSQL is asked for. */
export const canMakeCluster =
  process.env["TEST_DATABASE_URL"] !== undefined && programsFolder() !== undefined;

/**
 * Makes one on a free port and starts it. PostgreSQL refuses to run as root: it is run as `postgres` then.
 * @param tls what it shows to who asks for TLS; without one it has none
 */
export function makeCluster(tls?: TestCertificate): Promise<PostgresCluster> {
  return start(
    async ({ data, run }) => {
      const init = ["--pgdata", data, "--auth", "trust", "--username", "postgres", "--no-sync"];
      await run("initdb", ...init, "--encoding", "UTF8", "--locale", "C.UTF-8");
      if (tls) showCertificate(data, tls);
    },
    tls ? " -c ssl=on" : "",
  );
}

/** A key that others may read is refused. */
function showCertificate(data: string, { cert, key }: TestCertificate): void {
  const identity = postgresUser();
  for (const [name, text] of [
    ["server.crt", cert],
    ["server.key", key],
  ] as const) {
    const file = join(data, name);
    writeFileSync(file, text, { mode: 0o600 });
    if (identity) chownSync(file, identity.uid, identity.gid);
  }
}

/** Who runs what PostgreSQL brings: never root. */
export function postgresUser(): { readonly uid: number; readonly gid: number } | undefined {
  return process.getuid?.() === 0 ? postgresIdentity() : undefined;
}

type Run = (program: string, ...words: string[]) => Promise<void>;

/**
 * @param fill makes the folder of its data
 * @param more settings
 */
async function start(
  fill: (parts: { readonly data: string; readonly run: Run }) => Promise<void>,
  more = "",
): Promise<StandbyCluster> {
  const programs = programsFolder() ?? "";
  const folder = mkdtempSync(join(tmpdir(), "lopauth-cluster-"));
  const data = join(folder, "data");
  const identity = postgresUser();
  if (identity) chownSync(folder, identity.uid, identity.gid);
  const port = await freePort();
  const run: Run = async (program, ...words) => {
    const options = {
      cwd: folder,
      env: { PATH: process.env["PATH"] ?? "", LC_ALL: "C" },
      ...identity,
    };
    await promisify(execFile)(join(programs, program), words, options);
  };
  const control = (act: string, ...words: string[]) =>
    run("pg_ctl", act, "--pgdata", data, "--wait", "--log", join(folder, "log"), ...words);
  await fill({ data, run });
  const settings = `-c port=${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=${folder} -c max_connections=100${more}`;
  await control("start", "--options", settings);
  const signal = (name: NodeJS.Signals) => {
    for (const pid of processesOf(data)) {
      try {
        process.kill(pid, name);
      } catch {
        // A connection that ended meanwhile has no process any more.
      }
    }
  };
  let isStopped = false;
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    port,
    folder,
    restart: (mode) => control("restart", "--mode", mode),
    stop: async () => {
      isStopped = true;
      await control("stop", "--mode", "immediate");
    },
    freeze: () => signal("SIGSTOP"),
    thaw: () => signal("SIGCONT"),
    standby: () =>
      start(({ data: copy, run: runThere }) =>
        runThere(
          ...(["pg_basebackup", "--pgdata", copy, "--write-recovery-conf", "--no-sync"] as const),
          ...["--checkpoint", "fast", "--host", "127.0.0.1", "--port", String(port)],
          ...["--username", "postgres"],
        ),
      ),
    promote: () => control("promote"),
    remove: async () => {
      signal("SIGCONT");
      if (!isStopped) await control("stop", "--mode", "immediate");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The first process, and one a connection. */
function processesOf(data: string): number[] {
  const file = join(data, "postmaster.pid");
  if (!existsSync(file)) return [];
  const [first = ""] = readFileSync(file, "utf8").split("\n");
  const children = readFileSync(`/proc/${first}/task/${first}/children`, "utf8").trim().split(" ");
  return [first, ...children].map(Number).filter((pid) => pid > 0);
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
