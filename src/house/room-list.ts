import type { Middleware } from "koa";
import { type Gauge, hours, machineSeconds } from "../foundation/index.ts";
import type { EventName, Job } from "../operations/index.ts";
import type { Sealed } from "../secrets/index.ts";
import type { Transaction } from "../storage/index.ts";
import {
  type ClaimedTable,
  type Person,
  type Purge,
  erased,
  exported,
  purgesOf,
} from "./personal-data.ts";
import { PurgeStore } from "./purge-store.ts";
import { PurgeMemory, type PurgeOptions, type Purged, purged } from "./purging.ts";
import type { Ground } from "./ground.ts";
import type { Room, Routes } from "./room.ts";

/** What the house stands on. */
export type HousePorts = Pick<Ground, "database" | "clock" | "logger" | "comparesClocks">;

/** The rooms that are open, and what is folded over them. It may be asked while rooms are opened still, and answers of all. */
export interface RoomList {
  /** Adds a room. @returns its acts */
  readonly open: <Acts>(room: Room<Acts>) => Acts;
  readonly rooms: readonly Room[];
  /** What every room keeps of a person. */
  readonly personalData: {
    readonly export: (person: Person) => Promise<Record<string, unknown>>;
    readonly erase: (transaction: Transaction, person: Person) => Promise<void>;
  };
  /**
   * Erases what has outlived its time, and does what else is by the clock.
   * @throws what one of them failed by, when the others have run
   */
  readonly purge: (options?: PurgeOptions) => Promise<Purged>;
  /** What it tells apart, and an operator may allow. */
  readonly purgeKinds: () => readonly string[];
  /** What every room keeps sealed or signed by a key of ours. */
  readonly sealed: () => Sealed[];
  /** Every security event there is. */
  readonly eventNames: () => EventName[];
  /** What is done unasked: by each room, and the purge of all. */
  readonly jobs: () => Job[];
  /** What may be looked at while they run. */
  readonly gauges: () => Gauge[];
  /** One row of what is served, the highest room first. */
  readonly routes: (row: keyof Routes) => Middleware[];
  /** What `/readyz` asks of every room. */
  readonly ways: () => Room["ways"];
  /** What must be read before the first request, from the lowest room to the highest. */
  readonly start: () => Promise<void>;
  /** Every room begins nothing more unasked. */
  readonly endWork: Room["endWork"];
  /** From the highest room to the lowest. */
  readonly close: () => Promise<void>;
}

/** An empty house. */
export function roomList({ database, clock, logger, comparesClocks = true }: HousePorts): RoomList {
  const rooms: Room[] = [];
  const tables = (): ClaimedTable[] => rooms.flatMap((room) => room.tables);
  const purges = (): Purge[] => [...purgesOf(tables()), ...rooms.flatMap((room) => room.byClock)];
  const record = new PurgeStore(database.knex);
  const memory = new PurgeMemory(comparesClocks ? machineSeconds : clock.epochSeconds);
  const purge = (some: readonly Purge[], options?: PurgeOptions) =>
    purged(some, { record, clock, memory }, options);
  return {
    open: (room) => {
      rooms.push(room);
      return room.acts;
    },
    rooms,
    personalData: {
      export: (person) => exported(tables(), person),
      erase: (transaction, person) => erased(tables(), transaction, person),
    },
    purge: async (options) => orFault(await purge(purges(), options)),
    purgeKinds: () => purges().map(({ as }) => as),
    sealed: () => rooms.flatMap(({ sealed }) => sealed),
    eventNames: () => rooms.flatMap(({ events }) => events),
    gauges: () => [...rooms.flatMap((room) => room.gauges), refusedPurges(record)],
    jobs: () => [...rooms.flatMap((room) => room.jobs), ...purgeJobs(purges(), { purge, logger })],
    routes: (row) => rooms.toReversed().flatMap((room) => room.routes[row] ?? []),
    start: async () => {
      for (const room of rooms) await room.start();
    },
    ways: () => Object.assign({}, ...rooms.map((room) => room.ways)) as Room["ways"],
    endWork: async (graceSeconds) => {
      await Promise.all(rooms.map((room) => room.endWork(graceSeconds)));
    },
    close: async () => {
      for (const room of rooms.toReversed()) await room.close();
    },
  };
}

/** One job for what is purged each hour, and one for each kind that has a pace of its own. */
function purgeJobs(
  purges: readonly Purge[],
  parts: {
    readonly purge: (purges: readonly Purge[], options: PurgeOptions) => Promise<Purged>;
    readonly logger: HousePorts["logger"];
  },
): Job[] {
  const job = (name: string, everySeconds: number, some: readonly Purge[]): Job => ({
    name,
    everySeconds,
    run: async (signal) => {
      const done = await parts.purge(some, { signal });
      for (const [kind, because] of Object.entries(done.refused)) {
        parts.logger.error({ kind, because }, "a purge was refused");
      }
      orFault(done);
    },
  });
  const hourly = purges.filter((each) => each.everySeconds === undefined && each.job === undefined);
  const others = purges
    .filter((each) => !hourly.includes(each))
    .map((each) => job(each.job ?? `purge-${each.as}`, each.everySeconds ?? hours(1), [each]));
  return [job("purge-register", hours(1), hourly), ...others];
}

function orFault(done: Purged): Purged {
  const [fault] = Object.values(done.failed);
  if (fault !== undefined) throw fault;
  return done;
}

/** A refused purge ended well as a job: this is how the monitoring hears of it. */
function refusedPurges(record: PurgeStore): Gauge {
  return {
    name: "purge_refused",
    help: "1 for each kind of purge that is refused until an operator has looked, 0 for the others.",
    read: async () =>
      (await record.list()).map(({ kind, refusal }) => ({
        labels: { kind },
        value: refusal === undefined ? 0 : 1,
      })),
  };
}
