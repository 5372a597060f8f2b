import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** What one test file ran: for each thread, by source file, stretches of text with how often they were run. */
export type Coverage = readonly ReadonlyMap<string, readonly Stretch[]>[];

interface Stretch {
  readonly startOffset: number;
  readonly endOffset: number;
  readonly count: number;
}

interface Report {
  readonly result: readonly {
    readonly url: string;
    readonly functions: readonly { readonly ranges: readonly Stretch[] }[];
  }[];
}

/**
 * Reads what V8 wrote (`NODE_V8_COVERAGE`), a file a thread. Node strips types by blanks, so offsets are those of the source.
 * @param root the project, whose `src/` alone is kept; keys are paths below it
 */
export function readCoverage(folder: string, root: string): Coverage {
  return readdirSync(folder).map((name) => {
    const { result } = JSON.parse(readFileSync(join(folder, name), "utf8")) as Report;
    const kept = new Map<string, Stretch[]>();
    for (const { url, functions } of result) {
      const path = url.startsWith("file:") ? fileURLToPath(url.replace(/\?.*$/, "")) : "";
      if (!path.startsWith(join(root, "src/"))) continue;
      const ranges = functions.flatMap((each) => [...each.ranges]);
      kept.set(path.slice(root.length + 1), ranges);
    }
    return kept;
  });
}

/** Whether a place of a source file was run by any thread: the innermost stretch around it says so. */
export function wasRun(coverage: Coverage, path: string, offset: number): boolean {
  return coverage.some((thread) => {
    const around = (thread.get(path) ?? []).filter(
      ({ startOffset, endOffset }) => startOffset <= offset && offset < endOffset,
    );
    const [smallest] = around.sort((a, b) => sizeOf(a) - sizeOf(b));
    return smallest !== undefined && smallest.count > 0;
  });
}

function sizeOf({ startOffset, endOffset }: Stretch): number {
  return endOffset - startOffset;
}
