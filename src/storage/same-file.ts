import { statSync } from "node:fs";
import { DatabaseFault } from "./database-fault.ts";
import type { DatabaseWatch } from "./postgres-server.ts";

/** A path is looked at so often at most, unless it is judged for a write: a look costs some microseconds. */
const lookMilliseconds = 100;

/** While nobody asks, so often. */
const watchMilliseconds = 1000;

/** Whether an SQLite file that is open is still the one at its path. */
export interface SameFile {
  /** Why nothing may be asked of it, as it was seen a moment ago; undefined: it is there. */
  readonly fault: () => DatabaseFault | undefined;
  /** @throws DatabaseFault when at this moment it is not */
  readonly mustBeThere: () => void;
  /** Tells when it was removed or replaced, and when it is there again, until it is closed. */
  readonly watch: (watch: Pick<DatabaseWatch, "changed">) => Promise<void>;
  readonly close: () => void;
}

/**
 * SQLite does not see that its file was removed, or replaced by a copy: it would go on in one that nobody can open any more,
 * and all that is acknowledged then ends with the process. One that is put back may be asked again.
 */
export function sameFile(path: string): SameFile {
  const opened = identityOf(path);
  const message = `the database cannot be asked: ${path} is no longer the file that was opened; put it back, or restart`;
  let fault: DatabaseFault | undefined;
  let lookedAt = performance.now();
  let watching: NodeJS.Timeout | undefined;
  const look = () => {
    lookedAt = performance.now();
    fault = identityOf(path) === opened ? undefined : new DatabaseFault("file-moved", { message });
    return fault;
  };
  const glance = () => (performance.now() - lookedAt < lookMilliseconds ? fault : look());
  return {
    fault: glance,
    mustBeThere: () => {
      const met = look();
      if (met) throw met;
    },
    watch: ({ changed }) => {
      let isAway = false;
      watching ??= setInterval(() => {
        const met = glance();
        if ((met !== undefined) === isAway) return;
        isAway = !isAway;
        changed(met);
      }, watchMilliseconds).unref();
      return Promise.resolve();
    },
    close: () => clearInterval(watching),
  };
}

/** A file may have several names, and a name several files in turn. */
function identityOf(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}
