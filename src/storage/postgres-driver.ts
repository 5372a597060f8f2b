import { createRequire } from "node:module";
import type pg from "pg";

type Driver = typeof pg;

let loaded: Driver | undefined;

/** PostgreSQL's driver, loaded with its first use: a process on SQLite does without its weight. */
export function postgresDriver(): Driver {
  if (loaded) return loaded;
  loaded = createRequire(import.meta.url)("pg") as Driver;
  // node-postgres returns BIGINT and count(*) as strings: '10' + 1 locked Logto's users out.
  loaded.types.setTypeParser(loaded.types.builtins.INT8, Number);
  return loaded;
}
