import { readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import pg from "pg";
import { type ArtifactStore, openArtifactStore } from "../../src/artifacts/index.ts";
import type { Clock } from "../../src/foundation/index.ts";
import { type FastLane, fastLane } from "../../src/fast-lane/index.ts";
import { type DatabaseKind, migrated } from "../support/databases.ts";

/** A clock that stands still until a test moves it. */
export interface TestClock extends Clock {
  /** Epoch seconds. */
  now: number;
}

/** A database that artifacts can be opened on, several times: each is a node. */
export interface ArtifactsDatabase {
  readonly url: string;
  readonly clock: TestClock;
  readonly open: () => Promise<ArtifactStore>;
  /** Everything that stands in it, as text. */
  readonly stored: () => Promise<string>;
  /** Closes what was opened and drops everything. */
  readonly drop: () => Promise<void>;
}

/** A clock that stands still. */
export function standingClock(): TestClock {
  const clock: TestClock = {
    now: 1_800_000_000,
    epochSeconds: () => clock.now,
    epochMilliseconds: () => clock.now * 1000,
  };
  return clock;
}

/** Creates one, migrated. */
export async function createArtifactsDatabase(
  kind: DatabaseKind,
  lane: FastLane = fastLane,
): Promise<ArtifactsDatabase> {
  // SQLite's artifacts have a file of their own, which the store makes.
  const { url, drop } = await kind.create(kind.name === "PostgreSQL" ? migrated : undefined);
  const clock = standingClock();
  const opened: ArtifactStore[] = [];
  return {
    url,
    clock,
    open: async () => {
      const store = await openArtifactStore(url, clock, { lane });
      opened.push(store);
      return store;
    },
    stored: () => storedBytes(url),
    drop: async () => {
      await Promise.all(opened.map((store) => store.close()));
      await drop();
    },
  };
}

/** Everything that stands in the database: SQLite's files as they are, PostgreSQL's rows as text. */
async function storedBytes(url: string): Promise<string> {
  if (url.startsWith("sqlite:")) {
    const folder = dirname(url.slice("sqlite:".length));
    const files = readdirSync(folder).map((file) => readFileSync(join(folder, file), "latin1"));
    return files.join("\n");
  }
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ row: string }>(
      "SELECT a::text AS row FROM artifacts a UNION ALL SELECT f::text FROM frozen_establishments f",
    );
    return rows.map(({ row }) => row).join("\n");
  } finally {
    await client.end();
  }
}
