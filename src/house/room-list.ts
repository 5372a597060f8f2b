import type { Middleware } from "koa";
import { hours } from "../foundation/index.ts";
import type { Job } from "../operations/index.ts";
import type { Sealed } from "../secrets/index.ts";
import type { Transaction } from "../storage/index.ts";
import { type ClaimedTable, type Person, erased, exported, purged } from "./personal-data.ts";
import type { Room, Routes } from "./room.ts";

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
  /** Erases what has outlived its time. @returns how many rows of each kind */
  readonly purge: () => Promise<Record<string, number>>;
  /** What every room keeps sealed or signed by a key of ours. */
  readonly sealed: () => Sealed[];
  /** What is done unasked: by each room, and the purge of all. */
  readonly jobs: () => Job[];
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
export function roomList(): RoomList {
  const rooms: Room[] = [];
  const tables = (): ClaimedTable[] => rooms.flatMap((room) => room.tables);
  const purge = () => purged(tables());
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
    purge,
    sealed: () => rooms.flatMap(({ sealed }) => sealed),
    jobs: () => [...rooms.flatMap((room) => room.jobs), purgeJob(purge)],
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

function purgeJob(purge: () => Promise<unknown>): Job {
  return {
    name: "purge-register",
    everySeconds: hours(1),
    run: async () => {
      await purge();
    },
  };
}
