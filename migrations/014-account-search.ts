import type { Knex } from "knex";

/**
 * Finding accounts by part of a name or an address: an index of every three letters that follow one
 * another, without case nor accents. On SQLite a full-text table that triggers keep; on PostgreSQL an
 * index on an expression, for `pg_trgm` is an extension that not every operator may make.
 */
export async function up(knex: Knex): Promise<void> {
  if (isSqlite(knex)) await createTable(knex);
  else await createExpressionIndex(knex);
  // By establishment, then by account: the order in which a search pages.
  await knex.raw("CREATE INDEX accesses_by_siret_account ON accesses (siret, account_id)");
  await knex.raw("CREATE INDEX accounts_staff ON accounts (email) WHERE role IS NOT NULL");
  await knex.raw("CREATE INDEX audit_events_by_event ON audit_events (event, seq)");
}

/** Drops what `up` made. */
export async function down(knex: Knex): Promise<void> {
  await knex.raw("DROP INDEX audit_events_by_event");
  await knex.raw("DROP INDEX accounts_staff");
  await knex.raw("DROP INDEX accesses_by_siret_account");
  if (isSqlite(knex)) {
    for (const name of ["inserted", "changed", "removed"]) {
      await knex.raw(`DROP TRIGGER account_search_${name}`);
    }
    await knex.raw("DROP TABLE account_search");
    return;
  }
  await knex.raw("DROP INDEX accounts_by_trigram");
  await knex.schema.alterTable("accounts", (table) => {
    table.dropColumn("search_words");
  });
  await knex.raw("DROP FUNCTION account_trigrams(text)");
  await knex.raw("DROP FUNCTION account_words(text, text, text)");
}

function isSqlite(knex: Knex): boolean {
  return (knex.client as { dialect: string }).dialect === "sqlite3";
}

/** Whoever writes an account, the table follows: no room has to know of it. */
async function createTable(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE VIRTUAL TABLE account_search USING fts5(
      words, content='', contentless_delete=1, tokenize='trigram remove_diacritics 1')`);
  const words = (row: string) =>
    `${row}given_name || ' ' || ${row}family_name || ' ' || ${row}email`;
  await knex.raw(`
    INSERT INTO account_search (rowid, words)
    SELECT id, ${words("")} FROM accounts WHERE email IS NOT NULL`);
  await knex.raw(`
    CREATE TRIGGER account_search_inserted AFTER INSERT ON accounts WHEN NEW.email IS NOT NULL BEGIN
      INSERT INTO account_search (rowid, words) VALUES (NEW.id, ${words("NEW.")});
    END`);
  await knex.raw(`
    CREATE TRIGGER account_search_changed
    AFTER UPDATE OF given_name, family_name, email ON accounts BEGIN
      DELETE FROM account_search WHERE rowid = OLD.id;
      INSERT INTO account_search (rowid, words)
      SELECT NEW.id, ${words("NEW.")} WHERE NEW.email IS NOT NULL;
    END`);
  await knex.raw(`
    CREATE TRIGGER account_search_removed AFTER DELETE ON accounts BEGIN
      DELETE FROM account_search WHERE rowid = OLD.id;
    END`);
}

/** Each function names only what PostgreSQL itself has: a dump is restored without a search path. */
async function createExpressionIndex(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE FUNCTION account_words(given_name text, family_name text, email text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
      SELECT regexp_replace(normalize(lower(
        given_name || ' ' || family_name || ' ' || coalesce(email, '')), NFD), '[\\u0300-\\u036f]', '', 'g')
    $body$`);
  // Not for several processes at once: to start one takes longer than the index does.
  await knex.raw(`
    CREATE FUNCTION account_trigrams(words text) RETURNS text[]
    LANGUAGE sql IMMUTABLE COST 1000 AS $body$
      SELECT array(SELECT substr(words, place, 3) FROM generate_series(1, length(words) - 2) AS place)
    $body$`);
  await knex.raw(`
    ALTER TABLE accounts ADD COLUMN search_words text
    GENERATED ALWAYS AS (account_words(given_name, family_name, email)) STORED`);
  // Without fastupdate no search pays for the accounts that were written since the last vacuum.
  await knex.raw(`
    CREATE INDEX accounts_by_trigram ON accounts
    USING gin (account_trigrams(search_words)) WITH (fastupdate = off)`);
}
