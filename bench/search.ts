/**
 * The search of accounts in the back office, on a register filled with a million of them:
 * `node bench/search.ts [--accounts N] [--database URL]`, one JSON line a query. A database that holds no
 * account is filled; without one a new SQLite file is made. In this process, no HTTP.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { AccountSearchStore } from "../src/backoffice/account-search-store.ts";
import { createAccountSearch } from "../src/backoffice/account-search.ts";
import { migrate, openDatabase } from "../src/storage/index.ts";
import { seedManyAccounts } from "./many-accounts.ts";
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
  // By establishment: a word that all have, one that one has, one that none has.
  "oeuvre saint malo",
  "organisme 17777",
  "organisme zzz",
];

const folder = values.database === undefined ? mkdtempSync(join(tmpdir(), "bench-search-")) : "";
const url = values.database ?? `sqlite:${join(folder, "auth.sqlite3")}`;
// A million rows are not written within the time limit of a request.
const database = openDatabase(url, { connections: 8, timeoutSeconds: undefined });
try {
  await migrate(database);
  const startedAt = performance.now();
  await seedManyAccounts(database, count);
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
