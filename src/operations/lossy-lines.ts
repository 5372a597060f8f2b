/** Where lines go; each ends with a line feed. */
export interface LogDestination {
  readonly write: (line: string) => unknown;
}

/** What is needed of a stream. */
export interface LineStream {
  readonly on: (event: "error", listener: () => void) => unknown;
  readonly write: (line: string, done: (error?: Error | null) => void) => unknown;
}

/**
 * A stream whose disk may be full, or whose reader may be gone: what it does not take is lost, and nothing else. Without who
 * listens, its error would end the process, and everybody's way in with it.
 * @param told how many lines were lost, with the first that is taken again
 */
export function lossyLines(stream: LineStream, told: (lines: number) => void): LogDestination {
  let lost = 0;
  stream.on("error", () => undefined);
  const written = (error?: Error | null) => {
    if (error) {
      lost += 1;
      return;
    }
    if (lost === 0) return;
    const lines = lost;
    lost = 0;
    told(lines);
  };
  return { write: (line) => stream.write(line, written) };
}
