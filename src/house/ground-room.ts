import { hours } from "../foundation/index.ts";
import { healthRoutes, runtimeVersions } from "../operations/index.ts";
import { keptSecretPlace, renewAll, sealedColumn } from "../secrets/index.ts";
import { thisBuild } from "../storage/index.ts";
import type { Ground } from "./ground.ts";
import type { ClaimedTable } from "./personal-data.ts";
import type { RoomList } from "./room-list.ts";
import { type Room, room } from "./room.ts";

/** What the ground itself gives: signs of life, the tables of the migrations, and what the register keeps secret. The last room to be closed. */
export function groundRoom(
  { database, encryption, clock, node }: Pick<Ground, "database" | "encryption" | "clock" | "node">,
  { sealed, ways }: Pick<RoomList, "sealed" | "ways">,
): Room {
  return room({
    name: "storage",
    acts: undefined,
    routes: { documents: [healthRoutes({ ways, node })] },
    jobs: [
      {
        // What older keys hold is sealed by the newest, so that they may go.
        name: "encrypt-anew",
        everySeconds: hours(1),
        run: async (stopping) => {
          await renewAll(sealed(), stopping);
        },
      },
    ],
    tables: [
      ofMigrations("migrations", ["id", "name", "batch", "migration_time"]),
      ofMigrations("migrations_lock", ["index", "is_locked"]),
      ofMigrations("schema_versions", ["migration", "oldest_build", "applied_by"]),
      {
        table: "purges",
        personal: [],
        impersonal: ["kind", "ran_at", "refused_at", "refusal"],
        export: { because: "one row a kind of data, about nobody" },
        erase: { because: "one row a kind of data, about nobody" },
        purge: { because: "one row a kind of data, which stays" },
      },
      {
        table: "kept_secrets",
        personal: [],
        impersonal: ["name", "sealed", "created_at"],
        export: { because: "secrets of the register's own, about nobody" },
        erase: { because: "secrets of the register's own, about nobody" },
        purge: { because: "kept for ever: what people's identifiers derive from" },
      },
    ],
    sealed: [
      sealedColumn(
        { database, encryption },
        { table: "kept_secrets", key: "name", column: "sealed", place: keptSecretPlace },
      ),
    ],
    ways: { register: () => database.ping() },
    gauges: [
      {
        name: "build_info",
        help: "Which build runs, and on what.",
        read: () => [
          {
            labels: {
              version: thisBuild,
              node: runtimeVersions().node,
              database: database.dialect,
            },
            value: 1,
          },
        ],
      },
      {
        name: "clock_timestamp_seconds",
        help: "What this node calls now: compare it with the time of the scrape.",
        read: () => [{ labels: {}, value: clock.epochMilliseconds() / 1000 }],
      },
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
