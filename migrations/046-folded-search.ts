import type { Knex } from "knex";

/** The oldest build that works behind this migration. */
export const oldestBuild = "0.2.0";

/** Letters that are no accented ones to Unicode, and how they are written without. */
const letters: readonly (readonly [string, string])[] = [
  ...([
    ["œ", "oe"],
    ["Œ", "oe"],
    ["æ", "ae"],
    ["Æ", "ae"],
    ["ß", "ss"],
    ["ẞ", "ss"],
  ] as const),
  ...([
    ["þ", "th"],
    ["Þ", "th"],
    ["ø", "o"],
    ["Ø", "o"],
    ["ł", "l"],
    ["Ł", "l"],
  ] as const),
  ...([
    ["đ", "d"],
    ["Đ", "d"],
    ["ð", "d"],
    ["Ð", "d"],
    ["ı", "i"],
  ] as const),
];
/** Apostrophes, hyphens and spaces of every kind, and what nobody sees: each is as a space. */
const joints = Array.from(
  "'’‘‛ʼʹʻ′`´＇-\u058a\u05be\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2e17\u2e1a\u2e3a\u2e3b\u301c\u3030\ufe58\ufe63\uff0d" +
    "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000" +
    "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff",
);

/**
 * The search of accounts folds as people type: `œ` as `oe`, and apostrophes, hyphens and spaces of every kind alike; and
 * establishments are found by name and address. On SQLite full-text tables that triggers keep, beside that of release
 * 0.2.0; on PostgreSQL functions, whose indexes the next migration makes.
 */
export async function up(knex: Knex): Promise<void> {
  if (isSqlite(knex)) {
    await createIndex(knex, accounts);
    await createIndex(knex, establishments);
    return;
  }
  const long = letters.filter(([, plain]) => plain.length > 1);
  const short = letters.filter(([, plain]) => plain.length === 1);
  const from = [...short.map(([letter]) => letter), ...joints].join("").replaceAll("'", "''");
  const to = short.map(([, plain]) => plain).join("");
  await knex.raw(`
    CREATE FUNCTION folded_words(words text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
      SELECT translate(${replaced("lower(words)", long)}, '${from}', rpad('${to}', length('${from}'), ' '))
    $body$`);
  await knex.raw(`
    CREATE FUNCTION establishment_words(name text, address text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
      SELECT folded_words(regexp_replace(normalize(lower(
        coalesce(name, '') || ' ' || coalesce(address, '')), NFD), '[\\u0300-\\u036f]', '', 'g'))
    $body$`);
}

/** Drops what `up` made. */
export async function down(knex: Knex): Promise<void> {
  if (!isSqlite(knex)) {
    await knex.raw("DROP FUNCTION establishment_words(text, text)");
    await knex.raw("DROP FUNCTION folded_words(text)");
    return;
  }
  for (const { index } of [accounts, establishments]) {
    for (const name of ["inserted", "changed", "removed"]) {
      await knex.raw(`DROP TRIGGER ${index}_${name}`);
    }
    await knex.raw(`DROP TABLE ${index}`);
  }
}

function isSqlite(knex: Knex): boolean {
  return (knex.client as { dialect: string }).dialect === "sqlite3";
}

function replaced(words: string, pairs: readonly (readonly [string, string])[]): string {
  return pairs.reduce(
    (inner, [from, to]) => `replace(${inner}, '${from.replaceAll("'", "''")}', '${to}')`,
    words,
  );
}

/** A table, and the index that follows it: no room that writes the table has to know of it. */
interface Followed {
  readonly index: string;
  readonly table: string;
  readonly columns: string;
  /** The key and the words of a row; the key is a whole number. */
  readonly key: (row: string) => string;
  readonly words: (row: string) => string;
  /** Which rows are in it. */
  readonly holds: (row: string) => string;
}

const accounts: Followed = {
  ...{ index: "account_words", table: "accounts", columns: "given_name, family_name, email" },
  key: (row) => `${row}id`,
  words: (row) => `${row}given_name || ' ' || ${row}family_name || ' ' || ${row}email`,
  holds: (row) => `${row}email IS NOT NULL`,
};

const establishments: Followed = {
  ...{ index: "establishment_words", table: "establishments", columns: "name, address" },
  key: (row) => `CAST(${row}siret AS INTEGER)`,
  words: (row) => `coalesce(${row}name, '') || ' ' || coalesce(${row}address, '')`,
  holds: (row) => `coalesce(${row}name, ${row}address) IS NOT NULL`,
};

async function createIndex(knex: Knex, followed: Followed): Promise<void> {
  const { index, table, columns, key, holds } = followed;
  const pairs = [...letters, ...joints.map((joint) => [joint, " "] as const)];
  const words = (row: string) => replaced(followed.words(row), pairs);
  const insert = (row: string) =>
    `INSERT INTO ${index} (rowid, words) SELECT ${key(row)}, ${words(row)}`;
  await knex.raw(`
    CREATE VIRTUAL TABLE ${index} USING fts5(
      words, content='', contentless_delete=1, tokenize='trigram remove_diacritics 1')`);
  await knex.raw(`${insert("")} FROM ${table} WHERE ${holds("")}`);
  await knex.raw(`
    CREATE TRIGGER ${index}_inserted AFTER INSERT ON ${table} BEGIN
      ${insert("NEW.")} WHERE ${holds("NEW.")};
    END`);
  await knex.raw(`
    CREATE TRIGGER ${index}_changed AFTER UPDATE OF ${columns} ON ${table} BEGIN
      DELETE FROM ${index} WHERE rowid = ${key("OLD.")};
      ${insert("NEW.")} WHERE ${holds("NEW.")};
    END`);
  await knex.raw(`
    CREATE TRIGGER ${index}_removed AFTER DELETE ON ${table} BEGIN
      DELETE FROM ${index} WHERE rowid = ${key("OLD.")};
    END`);
}
