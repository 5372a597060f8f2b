import { spawn } from "node:child_process";
import { once } from "node:events";

/** Another process that holds SQLite files: of two SQLites in one process neither sees the other's locks. @returns lets go */
export async function lockedByOther(files: readonly string[]): Promise<() => Promise<void>> {
  const program = `
    const { DatabaseSync } = require("node:sqlite");
    const locks = ${JSON.stringify(files)}.map((file) => new DatabaseSync(file));
    for (const lock of locks) lock.exec("BEGIN IMMEDIATE");
    console.log("locked");
    setInterval(() => locks.length, 1000);`;
  const child = spawn(process.execPath, ["-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  return async () => {
    if (child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  };
}
