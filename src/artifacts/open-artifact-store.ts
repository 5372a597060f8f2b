import { join, parse } from "node:path";
import type { Clock } from "../foundation/index.ts";
import type { ArtifactStore } from "./artifact-store.ts";
import { PostgresArtifacts } from "./postgres-artifacts.ts";
import { SqliteArtifacts } from "./sqlite-artifacts.ts";

/**
 * Opens the artifacts that go with a register. SQLite makes its file at once; PostgreSQL connects at
 * the first statement and needs the register's migrations.
 * @param databaseUrl the register's: `sqlite:PATH` or `postgres://user:password@host:port/database`
 */
export function openArtifactStore(databaseUrl: string, clock: Clock): ArtifactStore {
  return databaseUrl.startsWith("sqlite:")
    ? new SqliteArtifacts(artifactsPath(databaseUrl), clock)
    : new PostgresArtifacts(databaseUrl, clock);
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
