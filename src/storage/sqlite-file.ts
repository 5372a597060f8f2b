import { closeSync, existsSync, openSync, readSync, statSync } from "node:fs";
import { SchemaError } from "./schema-error.ts";

/** What every SQLite database begins with (https://www.sqlite.org/fileformat.html §1.3.1). */
const magic = Buffer.from("SQLite format 3\0");

/**
 * What stands at a path in place of an SQLite database, in words; undefined where there is one, or where one may be made:
 * nothing, or an empty file. A file that cannot be read is not judged: to open it says why.
 */
export function sqliteFileProblem(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found || (found.isFile() && found.size === 0)) return undefined;
  if (found.isDirectory()) return "a folder";
  if (!found.isFile()) return "no file, but a device or the like";
  return beginsAsDatabase(path) ? undefined : "a file that is no SQLite database";
}

/**
 * That there is a register to be read: to open an SQLite file that is not there makes it, and an empty one is taken for the
 * register by whoever backs it up.
 * @throws SchemaError where there is no file; of PostgreSQL, which makes none, never
 */
export function refuseMissingRegister(url: string): void {
  const path = url.startsWith("sqlite:") ? url.slice("sqlite:".length) : undefined;
  if (path === undefined || existsSync(path)) return;
  throw new SchemaError(
    `there is no register at ${path}: check DATABASE_URL; on a first installation "lopauth migrate" makes it`,
  );
}

function beginsAsDatabase(path: string): boolean {
  const begin = Buffer.alloc(magic.length);
  try {
    const file = openSync(path, "r");
    try {
      readSync(file, begin);
    } finally {
      closeSync(file);
    }
  } catch {
    return true;
  }
  return begin.equals(magic);
}
