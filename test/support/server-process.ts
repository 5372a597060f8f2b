import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { freePort } from "./free-port.ts";
import { waitFor } from "./wait-for.ts";

/** The provider as an operator runs it: a process of its own, that may be killed and started again. */
export interface ServerProcess {
  readonly issuer: string;
  readonly port: number;
  /** The one client, and where the browser would be sent (nobody listens there). */
  readonly client: {
    readonly id: string;
    readonly secret: string;
    readonly origin: string;
    /** A public one has no use for its secret. */
    readonly isPublic: boolean;
  };
  /** Everything it wrote until now. */
  readonly output: string[];
  /** Starts it and waits until it serves. */
  readonly start: () => Promise<void>;
  /** Ends it as a power cut would. */
  readonly kill: () => Promise<void>;
  /** Ends it as an operator would, and waits. */
  readonly stop: () => Promise<void>;
  /** Of the process that was started, while it runs. */
  readonly processId: () => number | undefined;
  /** What it ended with by itself; nothing while it runs, or when a signal ended it. */
  readonly exitCode: () => number | undefined;
  /** Resident memory, in MiB. */
  readonly memory: () => number;
  /** Runs the operator's command line on the same settings. @throws Error when it fails */
  readonly commandLine: (...words: string[]) => Promise<string>;
  /** Kills it and removes its folder. */
  readonly remove: () => Promise<void>;
}

const root = fileURLToPath(new URL("../..", import.meta.url));
const flags = ["--disable-warning=ExperimentalWarning"];

/** Sources that are compiled already, where the tests keep them: a start takes half as long. */
const { NODE_COMPILE_CACHE } = process.env;
const keptCode = NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE };

/** Prepares one; it does not run yet. */
export async function serverProcess(settings: {
  readonly databaseUrl: string;
  readonly smtpUrl: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Whether the client is a public one, whose refresh tokens rotate at each use; no unless told. */
  readonly isPublic?: boolean;
  /** What else the client declares. */
  readonly metadata?: object;
}): Promise<ServerProcess> {
  const folder = mkdtempSync(join(tmpdir(), "lopauth-process-"));
  const port = await freePort();
  const issuer = `http://localhost:${port}`;
  const client = {
    id: "portal",
    secret: randomBytes(32).toString("base64url"),
    origin: "http://127.0.0.1:9",
    isPublic: settings.isPublic ?? false,
  };
  const clientsFile = join(folder, "clients.json");
  writeFileSync(clientsFile, JSON.stringify([{ ...declared(client), ...settings.metadata }]));
  const environment = {
    PATH: process.env["PATH"] ?? "",
    ...keptCode,
    PORT: String(port),
    ISSUER: issuer,
    DATABASE_URL: settings.databaseUrl,
    SMTP_URL: settings.smtpUrl,
    CLIENTS_FILE: clientsFile,
    PORTAL_URL: client.origin,
    COOKIE_KEYS: randomBytes(32).toString("base64url"),
    ENCRYPTION_KEYS: randomBytes(32).toString("base64url"),
    SIGN_UPS_PER_ADDRESS_PER_HOUR: "100000",
    SIGN_INS_PER_ADDRESS_PER_MINUTE: "100000",
    ...settings.environment,
  };
  const output: string[] = [];
  let child: ChildProcess | undefined;
  const end = async (signal: NodeJS.Signals) => {
    const ending = child;
    child = undefined;
    if (!ending || ending.exitCode !== null) return;
    const ended = new Promise((resolve) => ending.once("exit", resolve));
    ending.kill(signal);
    await ended;
  };
  return {
    issuer,
    port,
    client,
    output,
    start: async () => {
      if (child && child.exitCode === null) return;
      const started = spawn(process.execPath, [...flags, join(root, "src/main.ts")], {
        cwd: root,
        env: environment,
      });
      child = started;
      for (const stream of [started.stdout, started.stderr]) {
        stream.on("data", (chunk: Buffer) => output.push(chunk.toString()));
      }
      await waitFor(
        "the server to serve",
        async () => {
          if (started.exitCode !== null) throw new Error(`it ended: ${output.join("")}`);
          return fetch(`${issuer}/readyz`).then(
            ({ ok }) => ok,
            () => false,
          );
        },
        20,
      );
    },
    kill: () => end("SIGKILL"),
    stop: () => end("SIGTERM"),
    processId: () => child?.pid,
    exitCode: () => child?.exitCode ?? undefined,
    memory: () => {
      const status = readFileSync(`/proc/${child?.pid ?? 0}/status`, "utf8");
      return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
    },
    commandLine: async (...words) => {
      const call = [...flags, join(root, "src/cli.ts"), ...words];
      const { stdout } = await promisify(execFile)(process.execPath, call, {
        cwd: root,
        env: environment,
      });
      return stdout;
    },
    remove: async () => {
      await end("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function declared({ id, secret, origin, isPublic }: ServerProcess["client"]): object {
  return {
    client_id: id,
    ...(isPublic
      ? { token_endpoint_auth_method: "none" }
      : { client_secret: secret, require_pkce: false }),
    client_name: "Service portal",
    client_uri: origin,
    redirect_uris: [`${origin}/callback`],
    grant_types: ["authorization_code", "refresh_token"],
    scope: "openid profile email siret establishments",
  };
}
