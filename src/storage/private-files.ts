import { chmodSync, closeSync, mkdirSync, openSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { sqliteFileProblem } from "./sqlite-file.ts";

const fileMode = 0o600;
const folderMode = 0o700;
const others = 0o077;

/** What stands beside an SQLite file; SQLite gives each of its own the mode of the file itself. */
const companions = ["", "-wal", "-shm", "-journal", "-migrating"];

/**
 * Makes a file that its owner alone may read, and the folders that lead to it, unless they are there. Those that are
 * there keep their modes: a folder may be anybody's.
 */
export function makePrivateFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: folderMode });
  closeSync(openSync(path, "a", fileMode));
}

/**
 * Which of a database's files others than their owner may read or write. None of what a setting names by mistake: a
 * folder, a device, somebody else's file.
 */
export function openToOthers(path: string): readonly string[] {
  if (sqliteFileProblem(path) !== undefined) return [];
  return companions.map((suffix) => path + suffix).filter((file) => (modeOf(file) & others) !== 0);
}

/** Takes from others what builds until 0.2.0 left them: the register holds people, the artifacts their sessions. */
export function closeToOthers(path: string): void {
  for (const file of openToOthers(path)) {
    try {
      chmodSync(file, fileMode);
    } catch {
      // Another's file: the doctor names it.
    }
  }
}

function modeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mode ?? 0;
}
