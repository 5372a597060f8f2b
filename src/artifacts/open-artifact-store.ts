import { join, parse } from "node:path";
import type { Clock } from "../foundation/index.ts";
import {
  type DatabaseLimits,
  type Prepared,
  PostgresServer,
  defaultLimits,
  openPrepared,
} from "../storage/index.ts";
import type { ArtifactStore } from "./artifact-store.ts";
import { PostgresArtifacts } from "./postgres-artifacts.ts";
import { SqliteArtifacts } from "./sqlite-artifacts.ts";

/** How artifacts are asked. */
export interface ArtifactWays {
  /** The register's own prepared statements on PostgreSQL: the artifacts share their connections. */
  readonly prepared?: Prepared | undefined;
  /** Of connections of their own, or of the file. */
  readonly limits?: DatabaseLimits | undefined;
}

/**
 * Opens the artifacts that go with a register. SQLite makes its file at once; PostgreSQL connects at
 * the first statement and needs the register's migrations.
 * @param databaseUrl the register's: `sqlite:PATH` or `postgres://user:password@host:port/database`
 */
export function openArtifactStore(
  databaseUrl: string,
  clock: Clock,
  { prepared, limits = defaultLimits }: ArtifactWays = {},
): ArtifactStore {
  if (databaseUrl.startsWith("sqlite:")) {
    const busyMilliseconds = ((limits.timeoutSeconds ?? 60) * 1000) / 2;
    return new SqliteArtifacts(artifactsPath(databaseUrl), clock, busyMilliseconds);
  }
  if (prepared) return new PostgresArtifacts(prepared, clock, () => Promise.resolve());
  const server = new PostgresServer(databaseUrl, limits);
  return new PostgresArtifacts(openPrepared(server), clock, () => server.close());
}

/** The files of an SQLite register and of the artifacts beside it; none for PostgreSQL. */
export function databaseFiles(databaseUrl: string): readonly string[] {
  return databaseUrl.startsWith("sqlite:")
    ? [databaseUrl.slice("sqlite:".length), artifactsPath(databaseUrl)]
    : [];
}

/**
 * Where the artifacts live beside an SQLite register: `sqlite:var/auth.sqlite3` has them in
 * `var/auth-artifacts.sqlite3`.
 */
export function artifactsPath(databaseUrl: string): string {
  const { dir, name } = parse(databaseUrl.slice("sqlite:".length));
  return join(dir, `${name}-artifacts.sqlite3`);
}
