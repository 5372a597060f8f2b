import { type ArtifactStore, openArtifactStore } from "../../src/artifacts/index.ts";
import type { Clock } from "../../src/foundation/index.ts";
import { migrate, openDatabase } from "../../src/storage/index.ts";
import type { DatabaseKind } from "../support/databases.ts";

/** A clock that stands still until a test moves it. */
export interface TestClock extends Clock {
  /** Epoch seconds. */
  now: number;
}

/** A database that artifacts can be opened on, several times: each is a node. */
export interface ArtifactsDatabase {
  readonly url: string;
  readonly clock: TestClock;
  readonly open: () => ArtifactStore;
  /** Closes what was opened and drops everything. */
  readonly drop: () => Promise<void>;
}

/** Creates one, migrated. */
export async function createArtifactsDatabase(kind: DatabaseKind): Promise<ArtifactsDatabase> {
  const { url, drop } = await kind.create();
  if (kind.name === "PostgreSQL") {
    const register = openDatabase(url);
    await migrate(register);
    await register.close();
  }
  const clock: TestClock = {
    now: 1_800_000_000,
    epochSeconds: () => clock.now,
    epochMilliseconds: () => clock.now * 1000,
  };
  const opened: ArtifactStore[] = [];
  return {
    url,
    clock,
    open: () => {
      const store = openArtifactStore(url, clock);
      opened.push(store);
      return store;
    },
    drop: async () => {
      await Promise.all(opened.map((store) => store.close()));
      await drop();
    },
  };
}
