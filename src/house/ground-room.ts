import { healthRoutes } from "../operations/index.ts";
import type { Ground } from "./ground.ts";
import type { ClaimedTable } from "./personal-data.ts";
import { type Room, room } from "./room.ts";

/** What the ground itself gives: signs of life, and the tables of the migrations. The last room to be closed. */
export function groundRoom({ database }: Pick<Ground, "database">): Room {
  return room({
    name: "storage",
    acts: undefined,
    routes: { documents: [healthRoutes(() => database.ping())] },
    tables: [
      ofMigrations("migrations", ["id", "name", "batch", "migration_time"]),
      ofMigrations("migrations_lock", ["index", "is_locked"]),
      ofMigrations("schema_versions", ["migration", "oldest_build", "applied_by"]),
    ],
    close: () => database.close(),
  });
}

function ofMigrations(table: string, impersonal: readonly string[]): ClaimedTable {
  const nobody = { because: "about the schema, and nobody" };
  return {
    table,
    personal: [],
    impersonal,
    export: nobody,
    erase: nobody,
    purge: { because: "kept: what a build asks of the schema" },
  };
}
