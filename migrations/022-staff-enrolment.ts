import type { Knex } from "knex";

/** The oldest build that works behind this migration. */
export const oldestBuild = "0.2.0";

/**
 * Which second factors open the back office: those turned on in the term for which their person is of the staff, the first
 * of them with a code that somebody else gave. Who was of the staff before keeps what they have: nobody is locked out.
 */
export async function up(knex: Knex): Promise<void> {
  for (const name of termed) await knex.raw(`ALTER TABLE ${name} ADD COLUMN staff_term TEXT`);
  await knex("accounts").whereNotNull("role").update({ staff_term: before });
  for (const name of ["totp_factors", "passkeys"]) {
    const staff = knex("accounts").whereNotNull("role").select("sub");
    await knex(name).whereIn("account_sub", staff).update({ staff_term: before });
  }
  await knex.schema.createTable("enrolment_codes", (table) => {
    table.text("account_sub").primary();
    table.text("digest").notNullable();
    // It is good for this term and role alone.
    table.text("staff_term").notNullable();
    table.text("role").notNullable();
    table.bigInteger("created_at").notNullable();
    table.bigInteger("expires_at").notNullable().index();
  });
  for (const statement of isSqlite(knex) ? sqliteTrigger : postgresTrigger) {
    await knex.raw(statement);
  }
}

/** Drops what `up` made. */
export async function down(knex: Knex): Promise<void> {
  await knex.raw(`DROP TRIGGER accounts_staff_term${isSqlite(knex) ? "" : " ON accounts"}`);
  if (!isSqlite(knex)) await knex.raw("DROP FUNCTION end_staff_term()");
  await knex.schema.dropTable("enrolment_codes");
  for (const name of termed) await knex.raw(`ALTER TABLE ${name} DROP COLUMN staff_term`);
}

const termed = ["accounts", "totp_factors", "passkeys"];

/** The term of who was of the staff before there were terms. */
const before = "before";

// A node of release 0.2.0 takes a role away and knows of no term: the register ends it.
const ended = "NEW.role IS NULL AND NEW.staff_term IS NOT NULL";

const sqliteTrigger = [
  `CREATE TRIGGER accounts_staff_term AFTER UPDATE OF role ON accounts WHEN ${ended} BEGIN
    UPDATE accounts SET staff_term = NULL WHERE id = NEW.id;
  END`,
];

const postgresTrigger = [
  `CREATE FUNCTION end_staff_term() RETURNS trigger LANGUAGE plpgsql AS $body$ BEGIN
    NEW.staff_term := NULL;
    RETURN NEW;
  END $body$`,
  `CREATE TRIGGER accounts_staff_term BEFORE UPDATE ON accounts FOR EACH ROW WHEN (${ended})
    EXECUTE FUNCTION end_staff_term()`,
];

function isSqlite(knex: Knex): boolean {
  return (knex.client as { dialect: string }).dialect === "sqlite3";
}
