/**
 * The search of accounts in the back office, on a register filled with a million of them:
 * `node bench/search.ts [--accounts N] [--database URL]`, one JSON line a query. A database that holds no
 * account is filled; without one a new SQLite file is made. In this process, no HTTP.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { AccountSearchStore, createAccountSearch } from "../src/backoffice/index.ts";
import { type Database, migrate, openDatabase } from "../src/storage/index.ts";
import { percentile, rounded } from "./measure.ts";
import { note } from "./report.ts";

const { values } = parseArgs({
  options: {
    accounts: { type: "string", default: "1000000" },
    database: { type: "string" },
    rounds: { type: "string", default: "20" },
  },
});
const count = Number(values.accounts);
const rounds = Number(values.rounds);

const givenNames =
  "Jeanne Zoé Camille Léa Chloé Louise Alice Manon Inès Sarah Jules Hugo Louis Gabriel Arthur Raphaël Adam Paul Noé Théo Élodie Françoise".split(
    " ",
  );
const familyNames =
  "Martin Bernard Dubois Thomas Robert Richard Petit Durand Leroy Moreau Simon Laurent Lefèvre Michel Garcia David Bertrand Roux Vincent Fournier Morel Girard André Mercier Dupont Lambert Bonnet François Martinez Legrand".split(
    " ",
  );

/** What staff type: the rare and the common, one word and several, accents, none found. */
const queries = [
  "",
  "durand",
  "jeanne durand",
  "lefèvre zoé",
  "personne.777777@",
  "partenaire",
  "com",
  "zzz",
  "durand zzz",
  "ran",
  "777",
  "130025265",
  "13002526500013",
  "418 166 096 00051",
];

const folder = values.database === undefined ? mkdtempSync(join(tmpdir(), "bench-search-")) : "";
const url = values.database ?? `sqlite:${join(folder, "auth.sqlite3")}`;
const database = openDatabase(url);
try {
  await migrate(database);
  const startedAt = performance.now();
  await seed(database);
  note(`${String(count)} accounts in ${String(rounded((performance.now() - startedAt) / 1000))} s`);
  const search = createAccountSearch(new AccountSearchStore(database));
  for (const query of queries) process.stdout.write(`${JSON.stringify(await measure(query))}\n`);

  /** The first page, and where there is one, a page far behind it. */
  async function measure(query: string): Promise<object> {
    const first = await timed(() => search(query, undefined));
    const deep = await timed(() => search(query, Math.ceil(count / 2)));
    return {
      workload: "account-search",
      database: database.dialect,
      accounts: count,
      query,
      ...first,
      deep,
    };
  }

  async function timed(ask: () => ReturnType<typeof search>): Promise<object> {
    const milliseconds: number[] = [];
    let found = 0;
    for (let round = 0; round <= rounds; round++) {
      const before = performance.now();
      const outcome = await ask();
      if (!outcome.accepted) throw new Error(outcome.problems[0].reason);
      // The first one warms the cache.
      if (round > 0) milliseconds.push(performance.now() - before);
      found = outcome.value.accounts.length;
    }
    const at = (share: number) => rounded(percentile(milliseconds, share));
    return { found, p50: at(0.5), max: at(1) };
  }
} finally {
  await database.close();
  if (folder !== "") rmSync(folder, { recursive: true });
}

/** Names of every sort, a fifth of the accounts with two establishments of twenty thousand. */
async function seed({ knex, dialect }: Database): Promise<void> {
  if (await knex("accounts").first("id")) return;
  const numbers =
    dialect === "sqlite"
      ? `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${String(count)})`
      : `WITH numbers AS (SELECT n FROM generate_series(1, ${String(count)}) AS n)`;
  const pick = (names: readonly string[], step: number) =>
    `CASE (n / ${String(step)}) % ${String(names.length)} ${names
      .map((name, place) => `WHEN ${String(place)} THEN '${name}'`)
      .join(" ")} END`;
  await knex.raw(`
    INSERT INTO accounts (sub, email, given_name, family_name, locale, state,
                          email_verified_at, credentials_changed_at, created_at, updated_at)
    ${numbers} SELECT 'bench-' || n, 'personne.' || n || '@partenaire-' || (n % 5000) || '.com',
      ${pick(givenNames, 1)}, ${pick(familyNames, 22)}, 'fr', 'active', 1, 0, 1, 1 FROM numbers`);
  const sirets =
    dialect === "sqlite" ? `printf('%014d', n * 4999)` : `lpad((n * 4999::bigint)::text, 14, '0')`;
  await knex.raw(`
    INSERT INTO establishments (siret, created_at, updated_at)
    ${numbers} SELECT ${sirets}, 1, 1 FROM numbers WHERE n <= 20000`);
  await knex("establishments").insert(
    ["13002526500013", "41816609600051"].map((siret) => ({ siret, created_at: 1, updated_at: 1 })),
  );
  const insert = "INSERT INTO accesses (account_id, siret, opened_at, opened_by)";
  const spread = sirets.replace("n *", "(1 + n % 20000) *");
  await knex.raw(
    `${insert} ${numbers} SELECT n, ${spread}, 1, 'operator' FROM numbers WHERE n % 5 = 0`,
  );
  // One establishment of a great many, and one of a single account.
  await knex.raw(
    `${insert} ${numbers} SELECT n, '13002526500013', 1, 'operator' FROM numbers WHERE n % 10 = 1`,
  );
  await knex.raw(`${insert} SELECT 3, '41816609600051', 1, 'operator'`);
  await knex.raw(dialect === "sqlite" ? "ANALYZE" : "VACUUM ANALYZE accounts, accesses");
}
