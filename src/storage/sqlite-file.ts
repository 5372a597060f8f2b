import { closeSync, openSync, readSync, statSync } from "node:fs";

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
