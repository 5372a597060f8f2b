import type { Writable } from "node:stream";

/**
 * Has a process outlive whoever reads its log: `| tee`, to which a terminal sends Ctrl-C too, or a collector that fails, would end it with
 * all that is under way. The audit stands in the database. It is said once, to who reads the errors.
 * @throws whatever else is wrong with the log
 */
export function outliveReader(
  log: Writable = process.stdout,
  errors: Writable = process.stderr,
): void {
  let isTold = false;
  log.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    if (!isTold) errors.write("nobody reads the log any more (EPIPE): this process goes on\n");
    isTold = true;
  });
  // Often both have one reader.
  errors.on("error", () => undefined);
}
