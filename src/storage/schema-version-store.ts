import type { Queryable } from "./database.ts";

/** What a migration leaves for builds that do not know it. */
export interface SchemaVersion {
  /** Its file's name. */
  readonly migration: string;
  /** The oldest build that works behind it. */
  readonly oldestBuild: string;
  readonly appliedBy: string;
}

/** The table `schema_versions`, from migration 018 on. */
export class SchemaVersionStore {
  readonly #db: Queryable;

  constructor(db: Queryable) {
    this.#db = db;
  }

  /** Once a migration; one that is repeated after a crash says it anew. */
  async keep({ migration, oldestBuild, appliedBy }: SchemaVersion): Promise<void> {
    const said = { oldest_build: oldestBuild, applied_by: appliedBy };
    await this.#db("schema_versions")
      .insert({ migration, ...said })
      .onConflict("migration")
      .merge(said);
  }

  /** The builds that applied migrations of this table, each once. */
  async appliers(): Promise<string[]> {
    if (!(await this.#db.schema.hasTable("schema_versions"))) return [];
    return this.#db("schema_versions").distinct().pluck<string[]>("applied_by");
  }

  /** The migrations that the database has. @param table knex's own, which a look does not make */
  async applied(table: string): Promise<string[]> {
    if (!(await this.#db.schema.hasTable(table))) return [];
    return this.#db(table).pluck<string[]>("name");
  }

  /** The number of the last run that applied some; 0 before the first. @param table knex's own */
  async lastBatch(table: string): Promise<number> {
    const row = await this.#db(table).max<{ batch: number | null }>({ batch: "batch" }).first();
    return row?.batch ?? 0;
  }

  /** Notes a migration as applied, as knex would. @param table knex's own */
  async noteApplied(
    table: string,
    migration: { readonly name: string; readonly batch: number },
  ): Promise<void> {
    await this.#db(table).insert({ ...migration, migration_time: this.#db.fn.now() });
  }

  /** What these migrations say; nothing for one that is older than the table. */
  async of(migrations: readonly string[]): Promise<SchemaVersion[]> {
    if (!(await this.#db.schema.hasTable("schema_versions"))) return [];
    return this.#db("schema_versions")
      .whereIn("migration", [...migrations])
      .select({
        migration: "migration",
        oldestBuild: "oldest_build",
        appliedBy: "applied_by",
      });
  }
}
