import { existsSync } from "node:fs";
import { link, open, rename, rm } from "node:fs/promises";

/** What a file is called until it is whole. */
export function partOf(path: string): string {
  return `${path}.part`;
}

/**
 * Makes a file that is there once it is whole, for its owner alone: whoever ends the process half way, or cuts its power, leaves
 * nothing that passes for it. It never overwrites.
 * @param write into a file that is there, and empty
 * @throws Error of the system, `EEXIST` where there is one already; or of `write`, and then nothing is left
 */
export async function wholeFile<Result>(
  path: string,
  write: (part: string) => Promise<Result>,
): Promise<Result> {
  if (existsSync(path)) throw alreadyThere(path);
  const part = partOf(path);
  // Of one that was broken off.
  await rm(part, { force: true });
  try {
    await (await open(part, "wx", 0o600)).close();
    const result = await write(part);
    await name(part, path);
    return result;
  } finally {
    await rm(part, { force: true }).catch(() => undefined);
  }
}

/** A second name is given to no file that has appeared meanwhile; some file systems have none to give. */
async function name(part: string, path: string): Promise<void> {
  try {
    await link(part, path);
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (!["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"].includes(code)) throw error;
    if (existsSync(path)) throw alreadyThere(path);
    await rename(part, path);
  }
}

function alreadyThere(path: string): Error {
  return Object.assign(new Error(`EEXIST: file already exists, open '${path}'`), {
    code: "EEXIST",
    path,
  });
}
