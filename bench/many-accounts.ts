import type { Database } from "../src/storage/index.ts";

const givenNames =
  "Jeanne Zoé Camille Léa Chloé Louise Alice Manon Inès Sarah Jules Hugo Louis Gabriel Arthur Raphaël Adam Paul Noé Théo Élodie Françoise".split(
    " ",
  );
const familyNames =
  "Martin Bernard Dubois Thomas Robert Richard Petit Durand Leroy Moreau Simon Laurent Lefèvre Michel Garcia David Bertrand Roux Vincent Fournier Morel Girard André Mercier Dupont Lambert Bonnet François Martinez Legrand".split(
    " ",
  );

/** Fills a register: names of every sort, a fifth of the accounts with establishments of twenty thousand. Once. */
export async function seedManyAccounts(database: Database, count: number): Promise<void> {
  if (await database.knex("accounts").where({ sub: "bench-many-1" }).first("id")) return;
  if (database.dialect === "sqlite") return fill(database, count);
  await withoutWordIndexes(database, () => fill(database, count));
}

/** A million rows take half an hour into PostgreSQL's indexes of words one by one, and a minute at once. */
async function withoutWordIndexes({ knex }: Database, work: () => Promise<void>): Promise<void> {
  const indexes = await knex("pg_indexes")
    .where("indexdef", "like", "% USING gin %")
    // Others may share the database, each in a schema of their own.
    .whereRaw("schemaname = current_schema()")
    .select<{ indexname: string; indexdef: string }[]>("indexname", "indexdef");
  for (const { indexname } of indexes) await knex.raw(`DROP INDEX ${indexname}`);
  await work();
  for (const { indexdef } of indexes) await knex.raw(indexdef);
  await knex.raw("VACUUM ANALYZE accounts, accesses, establishments");
}

async function fill({ knex, dialect }: Database, count: number): Promise<void> {
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
    ${numbers} SELECT 'bench-many-' || n, 'personne.' || n || '@partenaire-' || (n % 5000) || '.com',
      ${pick(givenNames, 1)}, ${pick(familyNames, 22)}, 'fr', 'active', 1, 0, 1, 1 FROM numbers`);
  // Of the first of them: others may stand before.
  const ofFirst = await knex("accounts").where({ sub: "bench-many-1" }).first<{ id: number }>("id");
  const accountId = `n + ${String(ofFirst.id - 1)}`;
  const sirets =
    dialect === "sqlite" ? `printf('%014d', n * 4999)` : `lpad((n * 4999::bigint)::text, 14, '0')`;
  await knex.raw(`
    INSERT INTO establishments (siret, name, address, created_at, updated_at)
    ${numbers} SELECT ${sirets}, 'Organisme L’Œuvre nº ' || n, n || ' QUAI DU PORT 35400 SAINT-MALO', 1, 1
    FROM numbers WHERE n <= 20000`);
  await knex("establishments")
    .insert(
      ["13002526500013", "41816609600051"].map((siret) => ({
        siret,
        created_at: 1,
        updated_at: 1,
      })),
    )
    .onConflict("siret")
    .ignore();
  const insert = "INSERT INTO accesses (account_id, siret, opened_at, opened_by)";
  const spread = sirets.replace("n *", "(1 + n % 20000) *");
  await knex.raw(
    `${insert} ${numbers} SELECT ${accountId}, ${spread}, 1, 'operator' FROM numbers WHERE n % 5 = 0`,
  );
  // One establishment of a great many, and one of a single account.
  await knex.raw(
    `${insert} ${numbers} SELECT ${accountId}, '13002526500013', 1, 'operator' FROM numbers WHERE n % 10 = 1`,
  );
  await knex.raw(`${insert} SELECT ${String(ofFirst.id + 2)}, '41816609600051', 1, 'operator'`);
  if (dialect === "sqlite") await knex.raw("ANALYZE");
}
