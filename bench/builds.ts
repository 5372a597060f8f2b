import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type Build, releasedBuild } from "../test/operations/builds.ts";
import { type Child, startChild } from "./processes.ts";
import { type Place, asProduction, preparePlace } from "./provider-settings.ts";
import { note } from "./report.ts";
import type { Target } from "./targets.ts";

/** A server of a build under load, with what is asked of it beside the load. */
export interface Served {
  readonly target: Target;
  readonly server: Child;
  readonly place: Place;
}

/**
 * Another build to measure in turn with this one.
 * @param named a release of `docs/releases.json`, built in a folder of its own and removed after the run; or the folder of a
 * build whose dependencies are installed
 */
export function otherBuild(named: string): Pick<Build, "folder" | "remove"> {
  if (existsSync(join(named, "package.json"))) {
    return { folder: resolve(named), remove: () => undefined };
  }
  note(`building ${named}: its dependencies are installed in a folder of its own`);
  return releasedBuild(named);
}

/** Starts the benchmark's server of a build as its own `npm run start:production` starts Node, on an empty database. */
export async function serve(
  name: Target["name"],
  folder: string,
  port: number,
  options: {
    readonly databaseUrl: string | undefined;
    readonly env?: Readonly<Record<string, string>>;
    readonly execArgv?: readonly string[];
  },
): Promise<Served> {
  const { flags, env } = asProduction(folder);
  const place = await preparePlace(options.databaseUrl, port);
  const server = await startChild(pathToFileURL(join(folder, "bench/server.ts")).href, {
    env: { ...env, ...place.env, ...options.env },
    execArgv: [...flags, ...(options.execArgv ?? [])],
  });
  return { target: { name, pid: server.pid, port }, server, place };
}
