import { type Clock, type Gauge, hours, seconds } from "../foundation/index.ts";
import { type ClaimedTable, type Purge, type Room, room } from "../house/index.ts";
import { retentionSeconds } from "../operations/index.ts";
import { exportedApplication } from "./granted-applications.ts";
import { journeyOf } from "./interaction.ts";
import { rotateWhenDue } from "./key-rotation.ts";
import { type ProviderActs, createProviderActs } from "./provider-acts.ts";
import type { ProviderPorts } from "./provider-ports.ts";
import { sealedColumn } from "../secrets/index.ts";
import type { SigningKeyStore } from "./signing-key-store.ts";
import { sealedSigningKeys } from "./signing-keys.ts";
import { providerRoutes } from "./provider-routes.ts";

/** What this room records. */
const providerEvents = [
  "signed-in",
  "signed-out",
  "session-ended",
  "consent-given",
  "consent-refused",
  "consent-withdrawn",
  "back-channel-logout-failed",
  "signing-key-revoked",
] as const;

declare module "../operations/events.ts" {
  interface RoomEvents {
    readonly provider: (typeof providerEvents)[number];
  }
}

/** Opens the provider: it answers what lower rooms ask of sessions, and ends what they say has ended. */
export function openProvider(ports: ProviderPorts): Room<ProviderActs> {
  const acts = createProviderActs(ports);
  const { ground } = ports;
  const { database, encryption, random, clock } = ground;
  const { library, keyStore } = acts;
  answerAsks(ports, acts);
  return room({
    name: "provider",
    acts,
    routes: providerRoutes(ports, acts),
    jobs: [
      {
        name: "write-application-uses",
        everySeconds: seconds(10),
        run: acts.applicationUses.write,
      },
      { name: "follow-keys", everySeconds: seconds(1), follows: true, run: library.follow },
    ],
    byClock: [keyRotation({ database, keyStore, encryption, random, clock })],
    sealed: [sealedColumn(ground, sealedSigningKeys)],
    tables: [applicationUses(acts, clock), signingKeyTable],
    events: providerEvents,
    gauges: [signingKeyAges(keyStore, clock)],
    start: library.follow,
    endWork: async () => {
      if (!ground.maintenance.fault()) await acts.applicationUses.write();
    },
  });
}

/** By a clock that is ahead, keys would say that they sign since a day to come. */
function keyRotation(parts: Parameters<typeof rotateWhenDue>[0]): Purge {
  return {
    as: "signingKeys",
    job: "rotate-signing-keys",
    everySeconds: hours(1),
    run: () => rotateWhenDue(parts),
  };
}

function answerAsks(
  { accounts, establishments, artifacts }: ProviderPorts,
  acts: ProviderActs,
): void {
  const { revocation } = acts;
  accounts.asks.endAll.answerBy(revocation.ofAccount);
  accounts.asks.endVoid.answerBy(revocation.ofVoidSessions);
  accounts.asks.readSession.answerBy(acts.currentSession);
  accounts.asks.sessions.answerBy(() => acts.sessions);
  accounts.asks.journeyWithin.answerBy(journeyOf);
  establishments.endAuthorizations.answerBy(revocation.ofEstablishment);
  artifacts.sessionsToExport.answerBy(acts.exportSessions);
}

const signingKeyTable: ClaimedTable = {
  table: "signing_keys",
  personal: [],
  impersonal: [
    ...["kid", "alg", "state", "encrypted_jwk"],
    ...["created_at", "current_since_at", "retired_at"],
  ],
  export: { because: "keys of the provider, about nobody" },
  erase: { because: "keys of the provider, about nobody" },
  purge: { because: "removed when they verify no more: `rotate-signing-keys`" },
};

/** Of what lives, the artifacts say what was granted, and this when it was last used. */
function applicationUses(
  { applications, findAccount, useStore }: ProviderActs,
  clock: Clock,
): ClaimedTable {
  return {
    table: "application_uses",
    personal: ["account_sub", "client_id", "last_used_at"],
    impersonal: [],
    export: {
      as: "applications",
      read: async ({ sub }) => {
        const account = await findAccount(sub);
        return account ? (await applications.list(account)).map(exportedApplication) : [];
      },
    },
    erase: (transaction, { sub }) => useStore.within(transaction).remove(sub),
    purge: [
      {
        as: "applicationUses",
        run: () => useStore.purge(clock.epochSeconds() - retentionSeconds.applicationUses),
      },
    ],
  };
}

function signingKeyAges(keyStore: SigningKeyStore, clock: Clock): Gauge {
  return {
    name: "signing_key_age_seconds",
    help: "For how long the key of each algorithm signs; it is changed after 90 days.",
    read: async () => {
      const now = clock.epochSeconds();
      const current = (await keyStore.list()).filter(({ state }) => state === "current");
      return current.map(({ alg, currentSince, createdAt }) => ({
        labels: { alg },
        value: now - (currentSince ?? createdAt),
      }));
    },
  };
}
