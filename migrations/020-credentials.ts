import type { Knex } from "knex";

/** The oldest build that works behind this migration. */
export const oldestBuild = "0.2.0";

/**
 * Under which credentials something was proven. Each change of an account that voids what was proven before counts its
 * version up; the installation has one too, which ends everybody's at once. What is proven carries both, and counts while
 * they are equal. Where a row carries none it was written by release 0.2.0.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable("accounts", (table) => {
    table.integer("credentials_version").notNullable().defaultTo(0);
  });
  await knex.schema.createTable("installation", (table) => {
    table.integer("id").primary().checkIn(["1"], "installation_one_row");
    table.integer("credentials_version").notNullable();
  });
  await knex("installation").insert({ id: 1, credentials_version: 0 });
  for (const name of proofs) {
    await knex.schema.alterTable(name, (table) => {
      table.text("credentials");
    });
  }
  for (const statement of isSqlite(knex) ? sqliteTrigger : postgresTrigger) {
    await knex.raw(statement);
  }
}

/** Drops what `up` made. */
export async function down(knex: Knex): Promise<void> {
  await knex.raw(`DROP TRIGGER accounts_credentials${isSqlite(knex) ? "" : " ON accounts"}`);
  if (!isSqlite(knex)) await knex.raw("DROP FUNCTION count_credentials()");
  // Not by knex, which makes the tables anew on SQLite, without the triggers of 014.
  for (const name of proofs) await knex.raw(`ALTER TABLE ${name} DROP COLUMN credentials`);
  await knex.schema.dropTable("installation");
  await knex.raw("ALTER TABLE accounts DROP COLUMN credentials_version");
}

/** What is mailed, asked for, or remembered of a browser, under the credentials of that moment. */
const proofs = ["one_time_tokens", "address_changes", "known_browsers"];

// A node of release 0.2.0 counts `endings_due` with each change that voids, and knows of no version: the register counts
// for it while both releases run side by side.
const untold = `NEW.endings_due > OLD.endings_due
  AND NEW.credentials_version = OLD.credentials_version`;

const sqliteTrigger = [
  `CREATE TRIGGER accounts_credentials AFTER UPDATE OF endings_due ON accounts WHEN ${untold} BEGIN
    UPDATE accounts SET credentials_version = credentials_version + 1 WHERE id = NEW.id;
  END`,
];

const postgresTrigger = [
  `CREATE FUNCTION count_credentials() RETURNS trigger LANGUAGE plpgsql AS $body$ BEGIN
    NEW.credentials_version := OLD.credentials_version + 1;
    RETURN NEW;
  END $body$`,
  `CREATE TRIGGER accounts_credentials BEFORE UPDATE ON accounts FOR EACH ROW WHEN (${untold})
    EXECUTE FUNCTION count_credentials()`,
];

function isSqlite(knex: Knex): boolean {
  return (knex.client as { dialect: string }).dialect === "sqlite3";
}
