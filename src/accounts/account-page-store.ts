import type { EmailAddress } from "../foundation/index.ts";
import type { Queryable } from "../storage/index.ts";
import { selectAccounts, toAccount } from "./account-rows-store.ts";
import type { Account } from "./account.ts";

/** Which accounts are asked for; every condition holds. */
export interface AccountPageFilter {
  readonly email?: EmailAddress | undefined;
  /** A part of the address, the given name or the family name, in any case. */
  readonly part?: string | undefined;
}

/** Reads accounts for programs: page by page, in the order they were made. Deleted ones are not told of. */
export class AccountPageStore {
  readonly #db: Queryable;

  constructor(db: Queryable) {
    this.#db = db;
  }

  /** At most `limit` accounts after this one, by id. */
  async page(
    { email, part }: AccountPageFilter,
    { after, limit }: { readonly after: number; readonly limit: number },
  ): Promise<Account[]> {
    const query = selectAccounts(this.#db).where("id", ">", after).whereNot("state", "deleted");
    if (email !== undefined) void query.where({ email });
    if (part !== undefined) {
      const { folded, pattern } = inAnyCase(part);
      const columns = ["email", "given_name", "family_name"].map(folded);
      const like = columns.map(({ sql }) => `${sql} LIKE ? ESCAPE '!'`).join(" OR ");
      void query.whereRaw(
        `(${like})`,
        columns.flatMap(({ bindings }) => [...bindings, pattern]),
      );
    }
    const rows = await query.orderBy("id").limit(limit);
    return rows.map(toAccount);
  }

  /** The account of this subject identifier. */
  async find(sub: string): Promise<Account | undefined> {
    const row = await selectAccounts(this.#db).where({ sub }).whereNot("state", "deleted").first();
    return row && toAccount(row);
  }
}

/**
 * How a column is compared with a part of it in any case. `lower` of SQLite, and of a PostgreSQL of the locale `C`, knows the
 * letters of ASCII alone: what else the part has is folded by what it has.
 */
function inAnyCase(part: string) {
  const lower = part.toLowerCase();
  const others = [...new Set(lower)].filter((letter) => letter > "\x7f");
  const pairs = others
    .map((letter) => [letter.toUpperCase(), letter] as const)
    .filter(([upper, letter]) => upper !== letter && upper.length === letter.length);
  return {
    pattern: `%${lower.replace(/[!%_]/g, "!$&")}%`,
    folded: (column: string) => ({
      sql: pairs.reduce((inner) => `replace(${inner}, ?, ?)`, `lower(${column})`),
      bindings: pairs.flat(),
    }),
  };
}
