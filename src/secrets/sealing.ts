import type { Encryption } from "../foundation/index.ts";
import type { Database } from "../storage/index.ts";
import { type SealedColumn, SealedColumnStore } from "./sealed-column-store.ts";

/** What became of one table's sealed values. */
export interface Resealed {
  readonly table: string;
  /** Sealed anew by the first key. */
  readonly resealed: number;
  /** Left as they are: of a key that is not given, or of a newer build. */
  readonly unreadable: number;
}

/** How many sealed values of one table a key holds. */
export interface KeyHolding {
  readonly table: string;
  readonly keyId: string;
  readonly count: number;
}

/** What sealed columns are worked on with. */
export interface SealingParts {
  readonly database: Database;
  readonly encryption: Encryption;
}

const rowsAtOnce = 200;

/**
 * Seals anew, by the first key, every value that another key holds. Each is replaced only while it is what was read, so
 * the server may work meanwhile, and another node may do the same.
 * @param stopping breaks off between two values; the next run goes on
 */
export async function resealed(
  columns: readonly SealedColumn[],
  parts: SealingParts,
  stopping?: AbortSignal,
): Promise<Resealed[]> {
  const done: Resealed[] = [];
  for (const column of columns) done.push(await resealColumn(column, parts, stopping));
  return done;
}

async function resealColumn(
  column: SealedColumn,
  { database, encryption }: SealingParts,
  stopping: AbortSignal | undefined,
): Promise<Resealed> {
  const store = new SealedColumnStore(database.knex, column);
  const [first = ""] = encryption.keyIds;
  let [count, unreadable, after] = [0, 0, ""];
  for (;;) {
    const rows = await store.heldByOthers(first, after, rowsAtOnce);
    for (const row of rows) {
      if (stopping?.aborted) return { table: column.table, resealed: count, unreadable };
      const anew = reseal(row.sealed, column.place(row.key), encryption);
      if (anew === undefined) unreadable += 1;
      else if (await store.replace(row, anew)) count += 1;
    }
    if (rows.length < rowsAtOnce) return { table: column.table, resealed: count, unreadable };
    after = rows.at(-1)?.key ?? after;
  }
}

function reseal(sealed: string, place: string, encryption: Encryption): string | undefined {
  try {
    return encryption.encrypt(encryption.decrypt(sealed, place), place);
  } catch {
    // The doctor says which key is missing.
    return undefined;
  }
}

/** How many values each key holds, table by table, keys that are not given included. */
export async function keyHoldings(
  columns: readonly SealedColumn[],
  { database }: Pick<SealingParts, "database">,
): Promise<KeyHolding[]> {
  const holdings: KeyHolding[] = [];
  for (const column of columns) {
    const counts = await new SealedColumnStore(database.knex, column).counts();
    holdings.push(...counts.map((each) => ({ table: column.table, ...each })));
  }
  return holdings;
}
