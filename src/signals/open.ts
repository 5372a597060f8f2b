import type { Middleware } from "koa";
import type { AccountActs } from "../accounts/index.ts";
import type { ArtifactActs } from "../artifacts/index.ts";
import type { ClientActs } from "../clients/index.ts";
import type { EstablishmentActs } from "../establishments/index.ts";
import { type GaugeSample, days, hours } from "../foundation/index.ts";
import {
  type Ground,
  type RecordSoon,
  type RecordWithin,
  type Room,
  room,
} from "../house/index.ts";
import type { Job } from "../operations/index.ts";
import type { OutboxActs } from "../outbox/index.ts";
import { type ProviderActs, authenticationLevels } from "../provider/index.ts";
import { sealedColumn } from "../secrets/index.ts";
import type { SecondFactorActs } from "../second-factors/index.ts";
import { createAnnouncer } from "./announcer.ts";
import { AudienceStore } from "./audience-store.ts";
import { createAuthorization } from "./authorization.ts";
import { createCauses } from "./causes.ts";
import {
  type EventWriter,
  createEventWriter,
  destinationOf,
  signalChannel,
} from "./event-writer.ts";
import { ExclusionStore } from "./exclusion-store.ts";
import { transmitterAt } from "./metadata.ts";
import { createPolling } from "./polling.ts";
import { pushCourier } from "./pushing.ts";
import { signalsResource } from "./resource.ts";
import { signalDocuments, signalRoutes } from "./routes.ts";
import { type SignalOperations, createSignalOperations } from "./signal-operations.ts";
import { type Stream, pushPlace } from "./stream.ts";
import { StreamStore } from "./stream-store.ts";
import { createStreams } from "./streams.ts";
import { createSubjects } from "./subjects.ts";
import { signalTables } from "./tables.ts";
import { createTokens } from "./tokens.ts";
import { WaitingStore, eventPlace } from "./waiting-store.ts";

/** What signals stand on. */
export interface SignalPorts {
  readonly ground: Ground;
  readonly recordWithin: RecordWithin;
  readonly recordSoon: RecordSoon;
  readonly artifacts: ArtifactActs;
  readonly outbox: OutboxActs;
  readonly clients: ClientActs;
  readonly accounts: Pick<AccountActs, "accounts" | "asks">;
  readonly secondFactors: SecondFactorActs;
  readonly establishments: Pick<EstablishmentActs, "written">;
  readonly provider: ProviderActs;
}

/** What other rooms ask of it. */
export interface SignalActs {
  readonly signals: SignalOperations;
}

/** What this room records. */
const signalEvents = [
  "signal-stream-created",
  "signal-stream-changed",
  "signal-stream-removed",
  "signal-failed",
] as const;

declare module "../operations/events.ts" {
  interface RoomEvents {
    readonly signals: (typeof signalEvents)[number];
  }
}

/** Opens signals. While `SIGNALS` is off it keeps its tables, serves nothing and hears of nothing. */
export function openSignals(ports: SignalPorts): Room<SignalActs> {
  const { ground, clients } = ports;
  const { clock, settings } = ground;
  const stores = storesOf(ground);
  const built = buildSignals(ports, stores);
  if (settings.signals) hear(ports, built.causes);
  const { streams: acts, operations: signals } = built;
  const isKnown = (clientId: string) => clients.isKnown(clientId);
  return room({
    name: "signals",
    acts: { signals },
    routes: settings.signals ? routesOf(ports, built) : {},
    jobs: settings.signals ? [retrying(ports, stores, built.writer)] : [],
    tables: signalTables({ ...stores, clock, acts, isKnown }),
    sealed: [
      sealedColumn(ground, {
        ...{ table: "signal_streams", key: "stream_id", column: "encrypted_push" },
        place: pushPlace,
      }),
      sealedColumn(ground, {
        ...{ table: "signal_events", key: "id", column: "encrypted_event", place: eventPlace },
      }),
    ],
    events: signalEvents,
    gauges: [
      {
        name: "signals_waiting",
        help: "Events that wait for their receivers, by client: the ten with the most, and others.",
        read: async () => waitingSamples(await signals.waiting()),
      },
    ],
    endWork: () => {
      built.polling.stop();
      return Promise.resolve();
    },
  });
}

/**
 * Whatever its tries, an event goes on waiting for its seven days. Where as many pushes wait still, behind a receiver that takes
 * none, each of them is for one of these.
 */
function retrying(
  { ground: { clock, database }, outbox }: Pick<SignalPorts, "ground" | "outbox">,
  { streams, waiting }: Stores,
  writer: EventWriter,
): Job {
  const pushesFor = async ({ id }: Stream, most: number) => {
    const filter = {
      kind: signalChannel,
      states: ["waiting"],
      destination: destinationOf(id),
    } as const;
    return (await outbox.waiting.list(filter, { limit: most })).length;
  };
  return {
    name: "retry-signals",
    everySeconds: hours(12),
    run: async (stopping) => {
      const before = clock.epochSeconds() - days(1) - hours(6);
      for (const stream of await streams.listening()) {
        if (stopping.aborted) return;
        const old = (await waiting.list(stream.id, before)).length;
        if (old === 0 || (await pushesFor(stream, old)) >= old) continue;
        await database.transaction((within) => writer.nudge(within, stream, before));
      }
    },
  };
}

/** Clients register themselves: no more series for more of them. */
const mostClients = 10;

function waitingSamples(
  waiting: readonly { readonly clientId: string; readonly count: number }[],
): GaugeSample[] {
  const sorted = waiting.toSorted((one, other) => other.count - one.count);
  const others = sorted.slice(mostClients).reduce((sum, { count }) => sum + count, 0);
  const named = sorted.slice(0, mostClients).map(({ clientId, count }) => ({
    labels: { client: clientId },
    value: count,
  }));
  return [...named, { labels: { client: "other" }, value: others }];
}

type Stores = ReturnType<typeof storesOf>;
type Built = ReturnType<typeof buildSignals>;

function storesOf({ database: { knex } }: Ground) {
  return {
    streams: new StreamStore(knex),
    waiting: new WaitingStore(knex),
    exclusions: new ExclusionStore(knex),
    audiences: new AudienceStore(knex),
  };
}

function buildSignals(ports: SignalPorts, stores: Stores) {
  const { ground, recordWithin, recordSoon, clients, accounts, provider } = ports;
  const { clock, random, encryption, database, settings } = ground;
  const { issuer, production } = settings;
  const { artifacts } = ports.artifacts;
  const { findClient, callClient } = clients;
  const { subjectAt } = provider;
  const { sign } = provider.library;
  const makeToken = createTokens({ issuer, encryption, sign });
  const isServed = (clientId: string) =>
    settings.signals && clients.clients.servedSince(clientId) !== undefined;
  const refusing = { ...stores, database, recordWithin };
  const courier = pushCourier({ ...refusing, encryption, makeToken, callClient, isServed });
  const { openChannel } = ports.outbox;
  const writer = createEventWriter({ ...stores, clock, random, encryption, openChannel, courier });
  const announcer = createAnnouncer({
    ...{ ...stores, issuer, clock, random, artifacts, writer, findClient, subjectAt },
    secret: ground.secretFor("counters"),
  });
  const [one, two] = authenticationLevels;
  const made = { ...stores, issuer, production, database, clock, random, encryption, recordSoon };
  const streams = createStreams({ ...made, writer });
  return {
    writer,
    streams,
    operations: createSignalOperations({
      ...{ ...stores, acts: streams },
      transmitter: settings.signals ? transmitterAt(issuer) : undefined,
    }),
    causes: createCauses({ ...stores, announcer, artifacts, clock, levels: { one, two } }),
    polling: createPolling({ ...refusing, writer, makeToken }),
    subjects: createSubjects({
      ...{ ...stores, issuer, clock, findClient, subjectAt },
      ...{ accounts: accounts.accounts, markOf: announcer.markOf },
    }),
  };
}

/** Has what happens below written as events, each in the transaction of its act. */
function hear(ports: SignalPorts, causes: Built["causes"]): void {
  ports.accounts.asks.changedWithin.join(causes.accountChanged);
  ports.secondFactors.factorsChangedWithin.join(causes.factorsChanged);
  ports.establishments.written.join(causes.accessesChanged);
  ports.provider.sessionsEndedWithin.join(causes.sessionsEnded);
}

function routesOf(ports: SignalPorts, { streams, subjects, polling }: Built) {
  const { ground, clients, provider } = ports;
  const { logger, random, encryption, settings } = ground;
  const { issuer } = settings;
  const { findProgramToken } = provider;
  const { resource } = signalsResource(issuer);
  const authorize = createAuthorization({ resource, findProgramToken, clients: clients.clients });
  const router = signalRoutes({
    ...{ issuer, logger, random, encryption, authorize, streams, subjects, polling },
  });
  return {
    documents: [signalDocuments(issuer)],
    pages: [router.routes() as Middleware],
  };
}
