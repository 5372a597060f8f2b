import { statSync } from "node:fs";
import { type Outcome, refused } from "../foundation/index.ts";
import { type Database, openDatabase } from "./database.ts";
import { type WholeFileReason, makeWholeFile } from "./whole-file.ts";

/** Why no copy was made: a file without tables is no register either. */
export type BackupReason = "register-missing" | WholeFileReason;

/**
 * Copies an SQLite register as it is at one moment, while others read and write it. The copy is readable
 * by its owner alone: it holds what the register holds.
 * @param url `sqlite:PATH`
 * @param file must not exist; it is on the disk, whole, when this returns
 * @returns the size of the copy
 * @throws Error of the system or of SQLite; then, and when the process is ended meanwhile, no file is left
 */
export async function backUpSqlite(
  url: string,
  file: string,
): Promise<Outcome<{ readonly bytes: number }, BackupReason>> {
  if (sizeOf(url.slice("sqlite:".length)) === 0) return refused({ reason: "register-missing" });
  const database = openDatabase(url);
  try {
    const isRegister = await database.knex.schema.hasTable("migrations");
    return isRegister ? await copied(database, file) : refused({ reason: "register-missing" });
  } finally {
    await database.close();
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function copied({ knex }: Database, file: string) {
  return makeWholeFile(file, async (unfinished) => {
    // SQLite writes into a file that exists when it is empty.
    await knex.raw("VACUUM INTO ?", [unfinished]);
    return { bytes: sizeOf(unfinished) };
  });
}
