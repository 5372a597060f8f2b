import type { Knex } from "knex";
import { type AccountRow, installationVersion, selectAccounts } from "../accounts/index.ts";
import type { Queryable } from "../storage/index.ts";

/** Where a page of a search begins, and how long it is. */
export interface SearchPage {
  /** The `id` of the last account of the page before. */
  readonly before: number;
  readonly limit: number;
}

/** Among how many accounts, or accesses, a page is looked for first. */
const nearby = 300;
/** How many of those that the index gives are folded at once. */
const candidatesAtOnce = 300;

/** The accounts to which an establishment that holds these words is or was open: as {@link accountsByTrigrams}. */
export async function holdersByTrigrams(
  knex: Queryable,
  words: readonly string[],
  page: SearchPage,
): Promise<number[]> {
  const folded = "establishment_words(name, address)";
  const first = knex("accesses")
    .select("account_id", "siret")
    .where("account_id", "<", page.before)
    .orderBy("account_id", "desc")
    .limit(nearby);
  const near = holdersAmong(knex.from(first.as("near")), page).join(
    ...(["establishments", "establishments.siret", "near.siret"] as const),
  );
  const ids = await near.whereRaw(...holding(folded, words)).pluck<number[]>("account_id");
  if (ids.length === page.limit) return ids;
  const candidates = knex("establishments")
    .select("siret", "name", "address")
    .whereRaw(`account_trigrams(${folded}) @> ?::text[]`, [trigramsOfAll(words)]);
  return newestHolding(page, (before, siret = "") => {
    const newest = knex("accesses")
      .join("candidates", "candidates.siret", "accesses.siret")
      .whereRaw("(accesses.account_id, accesses.siret) < (?, ?)", [before, siret])
      .orderBy(
        ["accesses.account_id", "accesses.siret"].map((column) => ({ column, order: "desc" })),
      )
      .limit(candidatesAtOnce)
      .select("accesses.account_id as id", "accesses.siret", "name", "address");
    return knex
      .withMaterialized("candidates", candidates)
      .from(newest.as("newest"))
      .orderBy([
        { column: "id", order: "desc" },
        { column: "siret", order: "desc" },
      ])
      .select<Candidate[]>("id", "siret", holdsAs(knex, folded, words));
  });
}

/**
 * PostgreSQL's index knows no order, and to fold a text costs more than to find it: so of the accounts that a page begins with a
 * few are folded first, which fill the page of a common word; when they do not, the index is asked for all, and only the
 * newest that it gives are folded.
 */
export async function accountsByTrigrams(
  knex: Queryable,
  words: readonly string[],
  page: SearchPage,
): Promise<AccountRow[]> {
  const folded = "folded_words(search_words)";
  const first = knex("accounts").where("id", "<", page.before).orderBy("id", "desc").limit(nearby);
  const near = await knex
    .from(first.as("near"))
    .whereRaw(...holding(folded, words))
    .whereNotNull("email")
    .orderBy("id", "desc")
    .limit(page.limit)
    .select<AccountRow[]>("*", installationVersion(knex));
  if (near.length === page.limit) return near;
  const ids = await newestHolding(page, (before) => {
    // Materialized, or the planner walks through every account in order, in the hope of a page of them.
    const candidates = knex("accounts")
      .whereRaw(`account_trigrams(${folded}) @> ?::text[]`, [trigramsOfAll(words)])
      .where("id", "<", before)
      .whereNotNull("email")
      .select("id", "search_words");
    const newest = knex.from("candidates").orderBy("id", "desc").limit(candidatesAtOnce);
    return knex
      .withMaterialized("candidates", candidates)
      .from(newest.as("newest"))
      .orderBy("id", "desc")
      .select<Candidate[]>("id", holdsAs(knex, folded, words));
  });
  return selectAccounts(knex).whereIn("id", ids).orderBy("id", "desc");
}

/** The accounts of a page among these accesses. */
export function holdersAmong(
  accesses: Knex.QueryBuilder,
  { before, limit }: SearchPage,
): Knex.QueryBuilder {
  return accesses
    .where("account_id", "<", before)
    .distinct("account_id")
    .orderBy("account_id", "desc")
    .limit(limit);
}

/** Of an account, or of an access to an establishment: whether it holds each word. */
interface Candidate {
  readonly id: number;
  readonly siret?: string;
  readonly holds: boolean;
}

/**
 * Of what the index gives, the newest accounts of a page that hold each word whole.
 * @param read the newest candidates before an account, or before an access of it
 */
async function newestHolding(
  { before, limit }: SearchPage,
  read: (before: number, siret?: string) => Promise<Candidate[]> | Knex.QueryBuilder,
): Promise<number[]> {
  const found = new Set<number>();
  let last: Pick<Candidate, "id" | "siret"> = { id: before };
  while (found.size < limit) {
    const candidates = (await read(last.id, last.siret)) as Candidate[];
    for (const { id, holds } of candidates) if (holds && found.size < limit) found.add(id);
    const end = candidates.at(-1);
    if (!end || candidates.length < candidatesAtOnce) break;
    last = end;
  }
  return [...found];
}

/** Whether a text holds each word whole, where the index knows three letters of it at a time. */
function holding(folded: string, words: readonly string[]): [sql: string, bindings: string[]] {
  return [words.map(() => `position(? in ${folded}) > 0`).join(" AND "), [...words]];
}

function holdsAs(knex: Knex, folded: string, words: readonly string[]): Knex.Raw {
  const [sql, bindings] = holding(folded, words);
  return knex.raw(`(${sql}) AS holds`, bindings);
}

function trigramsOfAll(words: readonly string[]): string[] {
  return [...new Set(words.flatMap(trigramsOf))];
}

function trigramsOf(word: string): string[] {
  const letters = Array.from(word);
  return letters.slice(2).map((_, place) => letters.slice(place, place + 3).join(""));
}
