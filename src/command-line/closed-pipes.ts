/** What shells say of a program that wrote where nobody reads any more (SIGPIPE): it was not read to its end. */
const nobodyReads = 128 + 13;

/**
 * Ends the process where nobody reads its answer any more. `lopauth account list | head -1` is no fault, and has not told all either: a new
 * secret may be what nobody read. Who reads no errors does not end what is under way.
 */
export function endWithReader(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit(nobodyReads);
  });
  process.stderr.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}
