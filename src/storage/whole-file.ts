import { rmSync } from "node:fs";
import { link, lstat, open, rename, rm } from "node:fs/promises";
import { resolve } from "node:path";
import { type Outcome, accepted, refused } from "../foundation/index.ts";

/** Why a file cannot be made. */
export type WholeFileReason = "file-exists" | "folder-missing" | "folder-closed";

const reasons: Readonly<Record<string, WholeFileReason>> = {
  EEXIST: "file-exists",
  ENOENT: "folder-missing",
  ENOTDIR: "folder-missing",
  EACCES: "folder-closed",
  EROFS: "folder-closed",
};

/** What ends a program that does nothing about it. */
const endings = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Where a file has one name only. */
const withoutLinks: ReadonlySet<unknown> = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"]);

/**
 * Makes a file that its owner alone may read, whole or not at all, whatever ends the process: it is written under a name that says
 * that it is unfinished, and gets its own when it is on the disk. Ctrl-C leaves neither.
 * @param path must not exist: nothing is overwritten, also not what appears meanwhile
 * @param write writes into the empty file at the path that it is given
 * @throws Error of the system, or of `write`; nothing is left then
 */
export async function makeWholeFile<Result>(
  path: string,
  write: (unfinished: string) => Promise<Result>,
): Promise<Outcome<Result, WholeFileReason>> {
  const file = resolve(path);
  const unfinished = `${file}.unfinished-${process.pid}`;
  const begun = await unlessRefused(begin(file, unfinished));
  if (!begun.accepted) return begun;
  const forget = removedAtEnd(unfinished);
  try {
    const result = await write(unfinished);
    await flush(unfinished);
    const given = await unlessRefused(give(unfinished, file));
    return given.accepted ? accepted(result) : given;
  } finally {
    await rm(unfinished, { force: true });
    forget();
  }
}

async function unlessRefused(work: Promise<void>): Promise<Outcome<undefined, WholeFileReason>> {
  try {
    await work;
    return accepted(undefined);
  } catch (error) {
    const reason = reasons[(error as NodeJS.ErrnoException).code ?? ""];
    if (reason === undefined) throw error;
    return refused({ reason });
  }
}

async function begin(path: string, unfinished: string): Promise<void> {
  const found = await lstat(path).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  });
  if (found) throw Object.assign(new Error(`${path} is there`), { code: "EEXIST" });
  await (await open(unfinished, "wx", 0o600)).close();
}

/** Removes what is unfinished, and ends as if nobody had listened. @returns has it no longer removed */
function removedAtEnd(path: string): () => void {
  const listeners = endings.map((signal) => {
    const end = () => {
      rmSync(path, { force: true });
      process.kill(process.pid, signal);
    };
    process.once(signal, end);
    return [signal, end] as const;
  });
  return () => {
    for (const [signal, end] of listeners) process.off(signal, end);
  };
}

async function flush(path: string): Promise<void> {
  const handle = await open(path, "r+");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function give(unfinished: string, path: string): Promise<void> {
  try {
    await link(unfinished, path);
  } catch (error) {
    if (!withoutLinks.has((error as NodeJS.ErrnoException).code)) throw error;
    await (await open(path, "wx", 0o600)).close();
    await rename(unfinished, path);
  }
}
