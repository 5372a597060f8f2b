import { type Gauge, hours, seconds } from "../foundation/index.ts";
import { healthRoutes, runtimeVersions } from "../operations/index.ts";
import { keptSecretPlace, renewAll, sealedColumn } from "../secrets/index.ts";
import { thisBuild } from "../storage/index.ts";
import type { Ground } from "./ground.ts";
import type { ClaimedTable } from "./personal-data.ts";
import type { RoomList } from "./room-list.ts";
import { type Room, room } from "./room.ts";

/** What the ground itself is made of, as far as its room needs it. */
type GroundParts = Pick<
  Ground,
  "database" | "encryption" | "clock" | "node" | "maintenance" | "logger"
>;

/** What the ground itself gives: signs of life, the tables of the migrations, and what the register keeps secret. The last room to be closed. */
export function groundRoom(
  ground: GroundParts,
  { sealed, ways }: Pick<RoomList, "sealed" | "ways">,
): Room {
  const { database, encryption, node, maintenance } = ground;
  const follow = () => followMaintenance(ground);
  return room({
    name: "storage",
    acts: undefined,
    routes: {
      documents: [
        healthRoutes({ ways, node, readsOnlyUntil: () => maintenance.fault()?.untilIso }),
      ],
    },
    jobs: [
      { name: "follow-maintenance", everySeconds: seconds(1), follows: true, run: follow },
      {
        // What older keys hold is sealed by the newest, so that they may go.
        name: "encrypt-anew",
        everySeconds: hours(1),
        run: async (stopping) => {
          await renewAll(sealed(), stopping);
        },
      },
    ],
    tables: groundTables,
    sealed: [
      sealedColumn(
        { database, encryption },
        { table: "kept_secrets", key: "name", column: "sealed", place: keptSecretPlace },
      ),
    ],
    ways: { register: () => database.ping() },
    gauges: groundGauges(ground),
    start: follow,
    close: () => database.close(),
  });
}

/** Says once that the register only reads, and once that it is written again. */
async function followMaintenance({
  maintenance,
  database,
  node,
  logger,
}: GroundParts): Promise<void> {
  await maintenance.follow(database);
  const fault = maintenance.fault();
  if (!node.set("maintenance", fault !== undefined)) return;
  if (fault) logger.warn({ reason: fault.reason }, fault.message);
  else logger.info({}, "the register is written again");
}

const groundTables: readonly ClaimedTable[] = [
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
    table: "maintenance",
    personal: [],
    impersonal: ["id", "since_at", "until_at"],
    export: { because: "about the register, and nobody" },
    erase: { because: "about the register, and nobody" },
    purge: { because: "one row, which goes when its time is over" },
  },
  {
    table: "kept_secrets",
    personal: [],
    impersonal: ["name", "sealed", "created_at"],
    export: { because: "secrets of the register's own, about nobody" },
    erase: { because: "secrets of the register's own, about nobody" },
    purge: { because: "kept for ever: what people's identifiers derive from" },
  },
];

function groundGauges({ database, maintenance, clock }: GroundParts): readonly Gauge[] {
  const { node } = runtimeVersions();
  const build = { version: thisBuild, node, database: database.dialect };
  return [
    {
      name: "build_info",
      help: "Which build runs, and on what.",
      read: () => [{ labels: build, value: 1 }],
    },
    {
      name: "database_connections",
      ofProcess: true,
      help: "Connections of each pool: lent (used), free (idle), and who waits for one (waiting).",
      read: () =>
        database
          .pools()
          .flatMap(({ name: pool, ...counts }) =>
            Object.entries(counts).map(([state, value]) => ({ labels: { pool, state }, value })),
          ),
    },
    {
      name: "reads_only_until_timestamp_seconds",
      help: "Until when the register only reads (lopauth maintenance); 0: it may be written.",
      read: () => [{ labels: {}, value: maintenance.fault()?.until ?? 0 }],
    },
    {
      name: "clock_timestamp_seconds",
      help: "What this node calls now: compare it with the time of the scrape.",
      read: () => [{ labels: {}, value: clock.epochMilliseconds() / 1000 }],
    },
  ];
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
