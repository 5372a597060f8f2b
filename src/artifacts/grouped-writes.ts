import type { DatabaseSync } from "node:sqlite";
import type { BusyPatience } from "../storage/index.ts";

/** Writes, each with its own result, that are committed together. */
export interface GroupedWrites {
  /** @returns what `work` returned once it is committed; a fault of `work` is its own alone */
  readonly run: <Result>(work: () => Result) => Promise<Result>;
  /** Commits at once what still waits. */
  readonly flush: () => void;
}

interface Write {
  readonly work: () => unknown;
  readonly resolve: (result: never) => void;
  readonly reject: (fault: unknown) => void;
}

/**
 * Commits the writes of one turn of the event loop in one transaction: a commit writes each page it
 * changed, and tokens that are issued together change the same pages of the indexes. Nobody is told
 * of a write before it is committed.
 * @param committed told how many writes a commit held
 */
export function groupedWrites(
  database: DatabaseSync,
  committed: (writes: number) => void,
  patience: BusyPatience,
): GroupedWrites {
  const together = oneTransaction(database);
  let waiting: Write[] = [];

  const flush = (): void => {
    const writes = waiting;
    waiting = [];
    if (writes.length === 0) return;
    const attempt = () => attemptAll(writes, patience);
    try {
      // One alone is its own transaction.
      const settle = writes.length === 1 ? attempt() : together(attempt);
      for (const each of settle) each();
      committed(writes.length);
    } catch (fault) {
      patience.met(fault);
      for (const { reject } of writes) reject(fault);
    }
  };
  return {
    run: (work) =>
      new Promise((resolve, reject) => {
        waiting.push({ work, resolve, reject });
        if (waiting.length === 1) setImmediate(flush);
      }),
    flush,
  };
}

function oneTransaction(database: DatabaseSync): <Result>(work: () => Result) => Result {
  const begin = database.prepare("BEGIN IMMEDIATE");
  const commit = database.prepare("COMMIT");
  return (work) => {
    begin.run();
    try {
      const result = work();
      commit.run();
      return result;
    } catch (fault) {
      // A full disk has rolled all of it back already.
      if (database.isTransaction) database.exec("ROLLBACK");
      throw fault;
    }
  };
}

/** Does each, and says how to settle it. A statement that fails undoes itself alone. */
function attemptAll(writes: readonly Write[], patience: BusyPatience): (() => void)[] {
  return writes.map(({ work, resolve, reject }) => {
    try {
      const result = work() as never;
      patience.through();
      return () => resolve(result);
    } catch (fault) {
      patience.met(fault);
      return () => reject(fault);
    }
  });
}
