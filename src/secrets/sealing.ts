import { type Encryption, attemptEach } from "../foundation/index.ts";
import type { Database } from "../storage/index.ts";
import { type KeyCount, type SealedColumn, SealedColumnStore } from "./sealed-column-store.ts";

/** Values of one table that a key of ours sealed or signed: they are made anew by the newest key when an older one is to go. */
export interface Sealed {
  readonly table: string;
  /** The keys that are given for it, the first makes anew. */
  readonly keyIds: readonly string[];
  /** How many values each key holds, keys that are not given included. */
  readonly counts: () => Promise<readonly KeyCount[]>;
  /** Makes anew what older keys hold. @param stopping breaks off between two values; the next run goes on */
  readonly renew: (stopping?: AbortSignal) => Promise<Renewed>;
}

/** What became of the values of a table. */
export interface Renewed {
  /** Made anew by the first key. */
  readonly renewed: number;
  /** Left as they are: of a key that is not given, of a newer build, or altered. */
  readonly unreadable: number;
}

/** How many values of one table a key holds. */
export interface KeyHolding extends KeyCount {
  readonly table: string;
  /** Whether the key is given. */
  readonly given: boolean;
}

/** What sealed columns are worked on with. */
export interface SealingParts {
  readonly database: Database;
  readonly encryption: Encryption;
}

const rowsAtOnce = 200;

/**
 * A column that `ENCRYPTION_KEYS` seals. Each value is replaced only while it is what was read, so the server may work
 * meanwhile, and another node may do the same.
 */
export function sealedColumn(parts: SealingParts, column: SealedColumn): Sealed {
  const store = new SealedColumnStore(parts.database.knex, column);
  return {
    table: column.table,
    keyIds: parts.encryption.keyIds,
    counts: () => store.counts(),
    renew: (stopping) => renewColumn(store, column, parts.encryption, stopping),
  };
}

async function renewColumn(
  store: SealedColumnStore,
  column: SealedColumn,
  encryption: Encryption,
  stopping: AbortSignal | undefined,
): Promise<Renewed> {
  const [first = ""] = encryption.keyIds;
  let [renewed, unreadable, after] = [0, 0, ""];
  for (;;) {
    const rows = await store.heldByOthers(first, after, rowsAtOnce);
    for (const row of rows) {
      if (stopping?.aborted) return { renewed, unreadable };
      const anew = seal(row.sealed, column.place(row.key), encryption);
      if (anew === undefined) unreadable += 1;
      else if (await store.replace(row, anew)) renewed += 1;
    }
    if (rows.length < rowsAtOnce) return { renewed, unreadable };
    after = rows.at(-1)?.key ?? after;
  }
}

function seal(sealed: string, place: string, encryption: Encryption): string | undefined {
  try {
    return encryption.encrypt(encryption.decrypt(sealed, place), place);
  } catch {
    // The doctor says which key is missing.
    return undefined;
  }
}

/**
 * Makes anew what older keys hold, table by table: one that fails keeps none behind it from it.
 * @throws what one failed with, or AggregateError for several, once all were attempted
 */
export async function renewAll(
  sealed: readonly Sealed[],
  stopping?: AbortSignal,
): Promise<(Renewed & { readonly table: string })[]> {
  const done: (Renewed & { readonly table: string })[] = [];
  await attemptEach(
    sealed,
    async ({ table, renew }) => void done.push({ table, ...(await renew(stopping)) }),
    stopping,
  );
  return done;
}

/** How many values each key holds, table by table. */
export async function keyHoldings(sealed: readonly Sealed[]): Promise<KeyHolding[]> {
  const holdings: KeyHolding[] = [];
  for (const { table, keyIds, counts } of sealed) {
    const own = await counts();
    holdings.push(...own.map((each) => ({ table, given: keyIds.includes(each.keyId), ...each })));
  }
  return holdings;
}
