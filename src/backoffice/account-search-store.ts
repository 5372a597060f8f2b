import {
  type Account,
  type AccountRow,
  installationVersion,
  selectAccounts,
  toAccount,
} from "../accounts/index.ts";
import type { Database } from "../storage/index.ts";
import {
  type SearchPage,
  accountsByTrigrams,
  holdersAmong,
  holdersByTrigrams,
} from "./trigram-search-store.ts";

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
        : await accountsByTrigrams(this.#database.knex, words, page);
    return rows.map(toAccount);
  }

  /** Those to which an establishment is or was open whose name and address hold each of these words. */
  byEstablishment(words: readonly string[], page: SearchPage): Promise<Account[]> {
    return this.#accountsOf(page, (each) =>
      this.#database.dialect === "sqlite"
        ? this.#holdersByFullText(words, each)
        : holdersByTrigrams(this.#database.knex, words, each),
    );
  }

  /** Those to which an establishment whose SIRET begins so is or was open. */
  bySiret(digits: string, page: SearchPage): Promise<Account[]> {
    return this.#accountsOf(page, (each) => this.#holders(digits, each));
  }

  /** The accounts that are not deleted among those a search of holders finds. */
  async #accountsOf(
    { before, limit }: SearchPage,
    holders: (page: SearchPage) => Promise<number[]>,
  ): Promise<Account[]> {
    const found: Account[] = [];
    for (let last = before; found.length < limit;) {
      const ids = await holders({ before: last, limit });
      if (ids.length === 0) break;
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
  #holders(digits: string, page: SearchPage): Promise<number[]> {
    const holders = holdersAmong(this.#database.knex("accesses"), page);
    // Of one whole SIRET the index gives the accounts in order: however many, a page of them is read.
    // Digits alone compare alike in every collation: the range has no other end.
    const chosen =
      digits.length === 14
        ? holders.where("siret", digits)
        : holders.whereBetween("siret", [digits.padEnd(14, "0"), digits.padEnd(14, "9")]);
    return chosen.pluck<number[]>("account_id");
  }

  async #byFullText(words: readonly string[], page: SearchPage): Promise<AccountRow[]> {
    return this.#database
      .knex("account_words")
      .join("accounts", "accounts.id", "account_words.rowid")
      .whereRaw("account_words MATCH ?", [phrases(words)])
      .where("account_words.rowid", "<", page.before)
      .orderBy("account_words.rowid", "desc")
      .limit(page.limit)
      .select<AccountRow[]>("accounts.*", installationVersion(this.#database.knex));
  }

  /** Of a few establishments the accounts are read; of a great many there is soon a page among the newest. */
  async #holdersByFullText(words: readonly string[], page: SearchPage): Promise<number[]> {
    const { knex } = this.#database;
    const keys = await knex("establishment_words")
      .whereRaw("establishment_words MATCH ?", [phrases(words)])
      .limit(fewEstablishments + 1)
      .pluck<number[]>("rowid");
    if (keys.length === 0) return [];
    const holders = holdersAmong(knex("accesses"), page);
    if (keys.length <= fewEstablishments) {
      const sirets = keys.map((key) => String(key).padStart(14, "0"));
      return holders.whereIn("siret", sirets).pluck<number[]>("account_id");
    }
    const among = "SELECT rowid FROM establishment_words WHERE establishment_words MATCH ?";
    return holders
      .whereRaw(`CAST(accesses.siret AS INTEGER) IN (${among})`, [phrases(words)])
      .pluck<number[]>("account_id");
  }
}

/** Of how many establishments the accounts are read. */
const fewEstablishments = 2000;

/** For SQLite's full-text search: each word as it is, none an operator. */
function phrases(words: readonly string[]): string {
  return words.map((word) => `"${word.replaceAll('"', '""')}"`).join(" ");
}
