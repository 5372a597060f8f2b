/**
 * How long a writer of an SQLite file waits for another process. One that has waited in vain takes the patience of those
 * behind it: a lock that is held for good would else cost each of them the whole wait, one after the other. The first write
 * that gets through gives it back.
 */
export interface BusyPatience {
  /** Told of each fault; what is none of the lock says nothing. */
  readonly met: (fault: unknown) => void;
  /** Told of each write that was done. */
  readonly through: () => void;
}

/** @param setWait sets the wait of the connection, milliseconds */
export function busyPatience(
  busyMilliseconds: number,
  setWait: (milliseconds: number) => void,
): BusyPatience {
  let isShort = false;
  const set = (short: boolean) => {
    if (short === isShort) return;
    isShort = short;
    setWait(short ? 0 : busyMilliseconds);
  };
  return { met: (fault) => isBusy(fault) && set(true), through: () => set(false) };
}

/** SQLITE_BUSY as `node:sqlite` says it (5, in the low byte of the extended codes too) and as `sqlite3` does. */
export function isBusy(fault: unknown): boolean {
  if (!(fault instanceof Error)) return false;
  const { code, errcode } = fault as { readonly code?: unknown; readonly errcode?: unknown };
  return code === "SQLITE_BUSY" || (typeof errcode === "number" && (errcode & 0xff) === 5);
}
