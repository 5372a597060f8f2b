import type { Queryable } from "../storage/index.ts";

/** A column whose values are sealed by `ENCRYPTION_KEYS`: they are sealed anew when a key is to go. */
export interface SealedColumn {
  readonly table: string;
  /** The primary key, a text. */
  readonly key: string;
  readonly column: string;
  /** Where a value stands, as its room encrypts it. */
  readonly place: (key: string) => string;
}

/** A sealed value and the key of its row. */
export interface SealedRow {
  readonly key: string;
  readonly sealed: string;
}

/** How many values a key holds. */
export interface KeyCount {
  /** The identifier of the key, as it stands in the values. */
  readonly keyId: string;
  readonly count: number;
}

/** The length of the form's name before the identifier, and of the identifier. */
const [formLength, idLength] = ["v1.".length, 8];

/** A column of any table that holds sealed values: the room whose table it is says where, and this reads them all alike. */
export class SealedColumnStore {
  readonly #db: Queryable;
  readonly #column: SealedColumn;

  constructor(db: Queryable, column: SealedColumn) {
    this.#db = db;
    this.#column = column;
  }

  /** Values that another key than this one holds, by the key of their row, after one of these. */
  async heldByOthers(keyId: string, after: string, limit: number): Promise<SealedRow[]> {
    const { table, column, key } = this.#column;
    return this.#db(table)
      .whereNotNull(column)
      .whereRaw(`${this.#keyId()} <> ?`, [keyId])
      .where(key, ">", after)
      .orderBy(key)
      .limit(limit)
      .select<SealedRow[]>({ key, sealed: column });
  }

  /** Puts a value in the place of the one that was read; a row that changed meanwhile is left alone. */
  async replace({ key, sealed }: SealedRow, anew: string): Promise<boolean> {
    const { table, column, key: name } = this.#column;
    const where = { [name]: key, [column]: sealed };
    return (
      (await this.#db(table)
        .where(where)
        .update({ [column]: anew })) === 1
    );
  }

  /** How many values each key holds. */
  async counts(): Promise<KeyCount[]> {
    const { table, column } = this.#column;
    const rows = await this.#db(table)
      .whereNotNull(column)
      .groupByRaw(this.#keyId())
      .select<{ key_id: string; count: number | string }[]>(
        this.#db.raw(`${this.#keyId()} AS key_id, count(*) AS count`),
      );
    return rows.map(({ key_id: keyId, count }) => ({ keyId, count: Number(count) }));
  }

  #keyId(): string {
    return `substr(${this.#column.column}, ${formLength + 1}, ${idLength})`;
  }
}
