import { statSync } from "node:fs";
import { open } from "node:fs/promises";
import { resolve } from "node:path";
import { type Outcome, accepted, refused } from "../foundation/index.ts";
import { type Database, openDatabase } from "./database.ts";
import { wholeFile } from "./whole-file.ts";

/** Why no copy was made: a file without tables is no register either. */
export type BackupReason = "register-missing" | "file-exists" | "folder-missing";

/**
 * Copies an SQLite register as it is at one moment, while others read and write it. The copy is readable
 * by its owner alone: it holds what the register holds.
 * @param url `sqlite:PATH`
 * @param file must not exist; it is on the disk, whole, when this returns
 * @returns the size of the copy
 * @throws Error of the system or of SQLite; then no file is left, as where the process is ended half way
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

async function copied(
  { knex }: Database,
  file: string,
): Promise<Outcome<{ readonly bytes: number }, BackupReason>> {
  try {
    const bytes = await wholeFile(file, async (part) => {
      // SQLite writes into a file that exists when it is empty.
      await knex.raw("VACUUM INTO ?", [resolve(part)]);
      return flushed(part);
    });
    return accepted({ bytes });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return refused({ reason: "file-exists" });
    if (code === "ENOENT" || code === "ENOTDIR") return refused({ reason: "folder-missing" });
    throw error;
  }
}

async function flushed(file: string): Promise<number> {
  const handle = await open(file, "r+");
  try {
    await handle.sync();
    return (await handle.stat()).size;
  } finally {
    await handle.close();
  }
}
