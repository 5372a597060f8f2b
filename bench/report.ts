import { rounded } from "./measure.ts";

/** Prints one JSON line a workload, and keeps its numbers for the summary. */
export interface Report {
  /** Numbers of three significant digits are enough for a reader; the summary judges them as printed. */
  readonly line: (workload: string, result: Readonly<Record<string, unknown>>) => void;
  readonly values: ReadonlyMap<string, number>;
}

/** A report on standard output. */
export function createReport(database: string): Report {
  const values = new Map<string, number>();
  return {
    values,
    line: (workload, result) => {
      const printed = Object.fromEntries(
        Object.entries(result).map(([name, value]) => {
          if (typeof value !== "number") return [name, value];
          const short = rounded(value, Math.abs(value) < 10 ? 3 : 1);
          values.set(`${workload}.${name}`, short);
          return [name, short];
        }),
      );
      process.stdout.write(`${JSON.stringify({ workload, database, ...printed })}\n`);
    },
  };
}

/** A line for the person who waits. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}
