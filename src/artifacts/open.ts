import { type Clock, type Gauge, Ask, minutes } from "../foundation/index.ts";
import { type ClaimedTable, type Ground, type Person, type Room, room } from "../house/index.ts";
import type { ArtifactStore, HolderStatement } from "./artifact-store.ts";
import { observedArtifacts } from "./observed-artifacts.ts";
import { type ArtifactWays, openArtifactStore } from "./open-artifact-store.ts";
import { type OwnStore, openOwnStore } from "./own-store.ts";

/** Rows a piece of the purge: so many hold SQLite's one writer, and the event loop, for about 3 ms. */
const rowsASweep = 200;

/** What the artifacts stand on. */
export interface ArtifactPorts {
  /** They are kept beside its register, or where `ARTIFACTS_URL` says. */
  readonly ground: Pick<
    Ground,
    "settings" | "database" | "clock" | "telemetry" | "logger" | "fastLane"
  >;
  /** What a look-up reads beside an artifact, where both are kept in one PostgreSQL. */
  readonly ofHolder: HolderStatement;
}

/** What other rooms ask of it. */
export interface ArtifactActs {
  readonly artifacts: ArtifactStore;
  /** A person's sessions as they are given of them: what a payload says is the provider's. */
  readonly sessionsToExport: Ask<(person: Person) => Promise<unknown>>;
}

/** Opens the artifacts; SQLite makes their file, PostgreSQL needs the migrations before the first statement. */
export async function openArtifacts({
  ground,
  ofHolder,
}: ArtifactPorts): Promise<Room<ArtifactActs>> {
  const { clock, database, settings, telemetry, fastLane: lane } = ground;
  const { databaseUrl, databaseLimits: limits } = settings;
  const { prepared } = database;
  const own = await ownStore(ground);
  const beside = () => openArtifactStore(databaseUrl, clock, { prepared, limits, lane, ofHolder });
  const artifacts = observedArtifacts(own?.store ?? (await beside()), telemetry);
  // On PostgreSQL what stands beside the register from before is swept still.
  const swept = own && prepared ? [artifacts, await beside()] : [artifacts];
  const sessionsToExport: ArtifactActs["sessionsToExport"] = new Ask("a person's sessions");
  return room({
    name: "artifacts",
    acts: { artifacts, sessionsToExport },
    tables: claimedTables(swept, sessionsToExport.ask),
    ways: { artifacts: () => artifacts.find("Session", "readyz") },
    gauges: censusGauges(artifacts, clock),
    start: async () => {
      if (own) await begin(own, ground);
    },
    close: () => artifacts.close(),
  });
}

/** How often it is said that a master is alone. */
const saidEachSeconds = minutes(10);

async function ownStore(ground: ArtifactPorts["ground"]): Promise<OwnStore | undefined> {
  const { clock, logger, settings, fastLane: lane } = ground;
  const { artifactsUrl, artifactsWaitMilliseconds: waitMilliseconds } = settings;
  if (artifactsUrl === undefined) return undefined;
  let saidAt = -Infinity;
  const alone = () => {
    if (clock.epochSeconds() - saidAt < saidEachSeconds) return;
    saidAt = clock.epochSeconds();
    logger.warn(
      {},
      "a master of the artifacts' store has no replica: what was spent stands there alone",
    );
  };
  const away: ArtifactWays["away"] = (fault) => {
    if (fault) logger.error({ reason: fault.reason }, "the artifacts' store does not answer");
    else logger.info({}, "the artifacts' store answers again");
  };
  const limits = settings.databaseLimits;
  return openOwnStore(artifactsUrl, clock, { limits, waitMilliseconds, alone, away, lane });
}

async function begin({ begin }: OwnStore, { settings, logger }: ArtifactPorts["ground"]) {
  const { isEmpty, otherIssuer } = await begin(settings.issuer);
  if (isEmpty) logger.warn({}, "the artifacts' store is empty: everybody signs in again");
  if (otherIssuer !== undefined) {
    logger.warn({ issuer: otherIssuer }, "the artifacts' store says that it is another issuer's");
  }
}

/** Counted once for both. */
function censusGauges(artifacts: Pick<ArtifactStore, "census">, clock: Clock): readonly Gauge[] {
  let underWay: ReturnType<ArtifactStore["census"]> | undefined;
  const census = () => {
    underWay ??= artifacts.census().finally(() => (underWay = undefined));
    return underWay;
  };
  const keptSeconds = minutes(1);
  return [
    {
      name: "artifacts",
      help: "Sessions, codes, tokens and the like, those that have ended and are not swept yet included.",
      keptSeconds,
      read: async () =>
        (await census()).map(({ model, count }) => ({ labels: { model }, value: count })),
    },
    {
      name: "artifacts_oldest_ended_seconds",
      help: "How long ago the oldest artifact ended that is not swept yet; 0 when there is none.",
      keptSeconds,
      read: async () => {
        const ends = (await census()).map(({ oldest }) => oldest ?? Infinity);
        const age = clock.epochSeconds() - Math.min(...ends, Infinity);
        return [{ labels: {}, value: Math.max(0, age) }];
      },
    },
  ];
}

/** Everything in them ends by itself, within 30 days. */
function claimedTables(
  swept: readonly Pick<ArtifactStore, "sweep">[],
  exportSessions: (person: Person) => Promise<unknown>,
): ClaimedTable[] {
  const sweep = async () => {
    const counts = await Promise.all(swept.map((each) => each.sweep(rowsASweep)));
    return counts.reduce((sum, count) => sum + count, 0);
  };
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
      purge: [{ as: "artifacts", everySeconds: minutes(1), run: sweep }],
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
