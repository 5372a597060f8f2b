import type { DatabaseSync } from "node:sqlite";

/** Writes, each with its own result, that are committed together. */
export interface GroupedWrites {
  /** @returns what `work` returned once it is committed; a fault of `work` is its own alone */
  readonly run: <Result>(work: () => Result) => Promise<Result>;
  /** Commits at once what still waits. */
  readonly flush: () => void;
}

/** How long a writer waits for another process, as the register's storage has it. */
export interface WriterPatience {
  /** Told of each fault. */
  readonly met: (fault: unknown) => void;
  /** Told of each write that was done. */
  readonly through: () => void;
}

/** The file that is written, and who is told. */
export interface GroupedFile {
  readonly database: DatabaseSync;
  /** Told how many writes a commit held. */
  readonly committed: (writes: number) => void;
  readonly patience: WriterPatience;
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
 */
export function groupedWrites({ database, committed, patience }: GroupedFile): GroupedWrites {
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
function attemptAll(writes: readonly Write[], patience: WriterPatience): (() => void)[] {
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
