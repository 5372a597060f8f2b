import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { setTimeout as pause } from "node:timers/promises";
import { memoryMegabytes } from "./measure.ts";
import { freePort } from "./processes.ts";
import { asProduction, ownFolder, preparePlace } from "./provider-settings.ts";

/** How long a start takes, in seconds, and what it weighs. */
export interface StartUp {
  /** An empty database: migrations and keys are made. */
  readonly first: number;
  /** The median of several later starts, as production. */
  readonly warm: number;
  /** Megabytes resident after ten seconds of rest. */
  readonly idleMegabytes: number;
}

const mainFile = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const started = asProduction(ownFolder);

/** From the start of the process to its first good answer. */
export async function measureStartUp(databaseUrl: string | undefined): Promise<StartUp> {
  const port = await freePort();
  const place = await preparePlace(databaseUrl, port);
  // Production never migrates: the first run is development's.
  const production = { NODE_ENV: "production", ISSUER: `https://127.0.0.1:${port}` };
  const portal = { PORTAL_URL: "https://127.0.0.1:9", TRUSTED_PROXIES: "1" };
  const first = await startOnce(port, place.folder, place.env);
  await end(first.child);
  const warm: number[] = [];
  let idleMegabytes = 0;
  for (let run = 0; run < 5; run++) {
    const { child, seconds } = await startOnce(port, place.folder, {
      ...place.env,
      ...production,
      ...portal,
    });
    warm.push(seconds);
    if (run === 4) {
      await pause(10_000);
      idleMegabytes = memoryMegabytes(child.pid ?? 0).now;
    }
    await end(child);
  }
  await place.remove();
  return { first: first.seconds, warm: warm.sort((a, b) => a - b)[2] ?? Number.NaN, idleMegabytes };
}

async function startOnce(port: number, cwd: string, env: Readonly<Record<string, string>>) {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [...started.flags, mainFile], {
    cwd,
    // As the npm scripts start it.
    env: { PATH: process.env["PATH"], ...started.env, ...env },
    stdio: ["ignore", "ignore", 2],
  });
  for (;;) {
    if (child.exitCode !== null) throw new Error("the server ended in place of starting");
    if (await answersWell(port)) return { child, seconds: (performance.now() - startedAt) / 1000 };
    await pause(5);
  }
}

async function answersWell(port: number): Promise<boolean> {
  const address = `http://127.0.0.1:${port}/.well-known/openid-configuration`;
  return fetch(address).then(
    (answer) => answer.ok,
    () => false,
  );
}

async function end(child: ChildProcess): Promise<void> {
  child.kill("SIGTERM");
  if (child.exitCode === null) await once(child, "exit");
}
