import type { Writable } from "node:stream";

/**
 * Has a process outlive whoever reads its log: `| tee`, to which a terminal sends Ctrl-C too, or a collector that fails, would end it with
 * all that is under way; so would a full disk. The audit stands in the database. It is said once, to who reads the errors; what is
 * lost is counted by the log itself.
 */
export function outliveReader(
  log: Writable = process.stdout,
  errors: Writable = process.stderr,
): void {
  let isTold = false;
  log.on("error", (error: NodeJS.ErrnoException) => {
    const why = error.code === "EPIPE" ? "nobody reads the log any more" : "the log is not taken";
    if (!isTold) errors.write(`${why} (${error.code ?? error.message}): this process goes on\n`);
    isTold = true;
  });
  // Often both have one reader.
  errors.on("error", () => undefined);
}
