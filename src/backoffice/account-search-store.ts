import type { Knex } from "knex";
import {
  type Account,
  type AccountRow,
  installationVersion,
  selectAccounts,
  toAccount,
} from "../accounts/index.ts";
import type { Database } from "../storage/index.ts";

/** Where a page of a search begins, and how long it is. */
export interface SearchPage {
  /** The `id` of the last account of the page before. */
  readonly before: number;
  readonly limit: number;
}

/** Finds accounts by index, the newest first. */
export class AccountSearchStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Every account that is not deleted. */
  async newest({ before, limit }: SearchPage): Promise<Account[]> {
    const rows = await selectAccounts(this.#database.knex)
      .where("id", "<", before)
      .whereNotNull("email")
      .orderBy("id", "desc")
      .limit(limit);
    return rows.map(toAccount);
  }

  /** Those whose name or address holds each of these words, of three letters or more, folded. */
  async byWords(words: readonly string[], page: SearchPage): Promise<Account[]> {
    const rows =
      this.#database.dialect === "sqlite"
        ? await this.#byFullText(words, page)
        : await this.#byTrigrams(words, page);
    return rows.map(toAccount);
  }

  /** Those to which an establishment whose SIRET begins so is or was open. */
  async bySiret(digits: string, { before, limit }: SearchPage): Promise<Account[]> {
    const found: Account[] = [];
    for (let last = before; found.length < limit;) {
      const ids = await this.#holders(digits, { before: last, limit });
      const rows = await selectAccounts(this.#database.knex)
        .whereIn("id", ids)
        .whereNotNull("email")
        .orderBy("id", "desc");
      found.push(...rows.map(toAccount));
      if (ids.length < limit) break;
      last = ids.at(-1) ?? 0;
    }
    return found.slice(0, limit);
  }

  /** By the index alone: it holds both columns. Deleted accounts are among them. */
  #holders(digits: string, { before, limit }: SearchPage): Promise<number[]> {
    const holders = this.#database
      .knex("accesses")
      .where("account_id", "<", before)
      .distinct("account_id")
      .orderBy("account_id", "desc")
      .limit(limit);
    // Of one whole SIRET the index gives the accounts in order: however many, a page of them is read.
    // Digits alone compare alike in every collation: the range has no other end.
    const chosen =
      digits.length === 14
        ? holders.where("siret", digits)
        : holders.whereBetween("siret", [digits.padEnd(14, "0"), digits.padEnd(14, "9")]);
    return chosen.pluck<number[]>("account_id");
  }

  async #byFullText(words: readonly string[], page: SearchPage): Promise<AccountRow[]> {
    const phrases = words.map((word) => `"${word.replaceAll('"', '""')}"`).join(" ");
    return this.#database
      .knex("account_search")
      .join("accounts", "accounts.id", "account_search.rowid")
      .whereRaw("account_search MATCH ?", [phrases])
      .where("account_search.rowid", "<", page.before)
      .orderBy("account_search.rowid", "desc")
      .limit(page.limit)
      .select<AccountRow[]>("accounts.*", installationVersion(this.#database.knex));
  }

  /**
   * PostgreSQL's index knows no order: of a common word it would give a great many accounts, to sort. So
   * the accounts that a page begins with are read first, which soon fill the page of a common word; only
   * when they do not, the index is asked for all.
   */
  async #byTrigrams(
    words: readonly string[],
    { before, limit }: SearchPage,
  ): Promise<AccountRow[]> {
    const { knex } = this.#database;
    const first = knex("accounts").where("id", "<", before).orderBy("id", "desc").limit(nearby);
    const near = await holding(knex.from(first.as("near")), words)
      .whereNotNull("email")
      .orderBy("id", "desc")
      .limit(limit)
      .select<AccountRow[]>("*", installationVersion(knex));
    if (near.length === limit) return near;
    const trigrams = [...new Set(words.flatMap(trigramsOf))];
    const all = holding(knex("accounts"), words)
      .whereRaw("account_trigrams(search_words) @> ?::text[]", [trigrams])
      .where("id", "<", before)
      .whereNotNull("email");
    // Materialized, or the planner walks through every account in order, in the hope of a page of them.
    const rows = knex
      .withMaterialized("found", all)
      .from("found")
      .orderBy("id", "desc")
      .limit(limit);
    return rows.select<AccountRow[]>("*", installationVersion(knex));
  }
}

/** Among how many accounts a page is looked for first. */
const nearby = 20_000;

/** Those that hold each word whole, where the index knows three letters of it at a time. */
function holding(accounts: Knex.QueryBuilder, words: readonly string[]): Knex.QueryBuilder {
  for (const word of words) void accounts.whereRaw("position(? in search_words) > 0", [word]);
  return accounts;
}

function trigramsOf(word: string): string[] {
  const letters = Array.from(word);
  return letters.slice(2).map((_, place) => letters.slice(place, place + 3).join(""));
}
