import { withoutPassword } from "../foundation/index.ts";

/**
 * The `pg_dump` that makes a consistent copy of the register while the server runs, ready for a shell.
 * Artifacts are left out, as they are from the copy of an SQLite register. The password is left out
 * too: it would stand in the history and in the list of processes.
 * @param url `postgres://user:password@host:port/database`
 */
export function pgDumpCommand(url: string, file: string): string {
  return [
    "pg_dump",
    "--format=custom",
    "--no-owner",
    "--exclude-table-data=artifacts",
    "--exclude-table-data=frozen_establishments",
    `--file=${shellWord(file)}`,
    `--dbname=${shellWord(withoutPassword(url))}`,
  ].join(" ");
}

function shellWord(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
