import { Question, minutes } from "../foundation/index.ts";
import { type ClaimedTable, type Ground, type Person, type Room, room } from "../house/index.ts";
import type { ArtifactStore } from "./artifact-store.ts";
import { openArtifactStore } from "./open-artifact-store.ts";

/** Rows a piece of the purge: so many hold SQLite's one writer, and the event loop, for about 3 ms. */
const rowsASweep = 200;

/** What the artifacts stand on. */
export interface ArtifactPorts {
  /** They are kept beside its register. */
  readonly ground: Pick<Ground, "settings" | "database" | "clock">;
}

/** What other rooms ask of it. */
export interface ArtifactActs {
  readonly artifacts: ArtifactStore;
  /** A person's sessions as they are given of them: what a payload says is the provider's. */
  readonly sessionsToExport: Question<(person: Person) => Promise<unknown>>;
}

/** Opens the artifacts; SQLite makes their file, PostgreSQL needs the migrations before the first statement. */
export function openArtifacts({ ground }: ArtifactPorts): Room<ArtifactActs> {
  const { databaseUrl, databaseLimits: limits } = ground.settings;
  const { prepared } = ground.database;
  const artifacts = openArtifactStore(databaseUrl, ground.clock, { prepared, limits });
  const sessionsToExport: ArtifactActs["sessionsToExport"] = new Question("a person's sessions");
  return room({
    name: "artifacts",
    acts: { artifacts, sessionsToExport },
    tables: claimedTables(artifacts, sessionsToExport.ask),
    ways: { artifacts: () => artifacts.find("Session", "readyz") },
    close: () => artifacts.close(),
  });
}

/** Everything in them ends by itself, within 30 days. */
function claimedTables(
  artifacts: ArtifactStore,
  exportSessions: (person: Person) => Promise<unknown>,
): ClaimedTable[] {
  const ended = { because: "what an account let in is ended before and after its erasure" };
  return [
    {
      table: "artifacts",
      personal: ["payload", "account_id", "client_id"],
      impersonal: [
        ...["model", "id", "grant_id", "uid", "user_code"],
        ...["consumed_at", "removed_at", "expires_at"],
      ],
      export: { as: "sessions", read: exportSessions },
      erase: ended,
      purge: [
        { as: "artifacts", everySeconds: minutes(1), run: () => artifacts.sweep(rowsASweep) },
      ],
    },
    {
      table: "frozen_establishments",
      personal: ["account_id", "client_id", "session_uid", "siret"],
      impersonal: ["grant_id", "expires_at"],
      export: { because: "a part of a grant: the register says which establishments are open" },
      erase: ended,
      purge: { because: "swept with artifacts" },
    },
  ];
}
