import type { Account } from "../accounts/index.ts";
import { searchedDigits } from "../establishments/index.ts";
import { type Outcome, accepted, foldedText, networkDomain, refused } from "../foundation/index.ts";
import type { AccountSearchStore } from "./account-search-store.ts";
import type { SearchPage } from "./trigram-search-store.ts";

/** A page of accounts, the newest first. */
export interface FoundAccounts {
  readonly accounts: readonly Account[];
  /** The `before` of the next page; undefined on the last. */
  readonly next: number | undefined;
}

/**
 * Finds accounts by part of a name or an address, by the name and the address of an establishment that is or was open to
 * them, or by the beginning of its SIRET (a SIREN is one).
 */
export type SearchAccounts = (
  typed: string,
  before: number | undefined,
) => Promise<Outcome<FoundAccounts, "search-too-short">>;

/** How many accounts a page shows. */
const accountsAPage = 25;
/** The greatest `id` that both databases hold. */
const lastId = 2 ** 31 - 1;
const leastLetters = 3;
const mostWords = 8;

/**
 * Each word of three letters or more must be in the name or the address of the person, or of one establishment,
 * whatever its case, accents, apostrophes and hyphens; shorter ones are passed over, for three letters are what the index knows. Nothing typed lists everybody.
 */
export function createAccountSearch(store: AccountSearchStore): SearchAccounts {
  return async (typed, before = lastId) => {
    const page = { before: Math.min(before, lastId), limit: accountsAPage + 1 };
    const text = folded(typed);
    if (text === "") return accepted(paged(await store.newest(page)));
    const found = await find(store, { text, digits: searchedDigits(typed.slice(0, 200)) }, page);
    if (found) return accepted(paged(found));
    return refused({ field: "q", reason: "search-too-short", details: { minimum: leastLetters } });
  };
}

/** @returns undefined when no word is long enough */
async function find(
  store: AccountSearchStore,
  { text, digits }: { readonly text: string; readonly digits: string },
  page: SearchPage,
): Promise<Account[] | undefined> {
  const words = text.split(" ").filter((word) => Array.from(word).length >= leastLetters);
  const isNumber = /^\d{3,14}$/.test(digits);
  if (words.length === 0 && !isNumber) return undefined;
  const looked = words.slice(0, mostWords);
  const lists = await Promise.all([
    ...(words.length > 0 ? [store.byWords(looked, page), store.byEstablishment(looked, page)] : []),
    // Digits may stand in an address too: all are one list.
    ...(isNumber ? [store.bySiret(digits, page)] : []),
  ]);
  const all = lists.flat();
  const byId = new Map(all.map((account) => [account.id, account]));
  return [...byId.values()].sort((left, right) => right.id - left.id).slice(0, page.limit);
}

function paged(found: readonly Account[]): FoundAccounts {
  const accounts = found.slice(0, accountsAPage);
  return { accounts, next: found.length > accountsAPage ? accounts.at(-1)?.id : undefined };
}

/** As the index folds; the domain of an address as the network knows it. */
function folded(typed: string): string {
  const lower = typed.slice(0, 200).toWellFormed().toLowerCase();
  return foldedText(lower.replace(/[^\s@]+\.[^\s@.]+/gu, networkDomain));
}
