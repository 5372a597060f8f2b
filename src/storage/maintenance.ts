import { AsyncLocalStorage } from "node:async_hooks";
import { type Clock, isoInstant } from "../foundation/index.ts";
import { DatabaseFault } from "./database-fault.ts";
import type { Database } from "./database.ts";
import { type MaintenanceRow, MaintenanceStore } from "./maintenance-store.ts";

/** What would have been written, was not: the register only reads, by an operator's word. */
export class MaintenanceFault extends DatabaseFault {
  /** Epoch seconds. */
  readonly until: number;
  /** The same for programs. */
  readonly untilIso: string;

  constructor(until: number, now: number) {
    super("maintenance", {
      code: "maintenance",
      message: `the register only reads until ${isoInstant(until)} (lopauth maintenance)`,
      retryAfterSeconds: Math.max(1, until - now),
    });
    this.name = "MaintenanceFault";
    this.until = until;
    this.untilIso = isoInstant(until);
  }
}

/**
 * Whether the register only reads, as far as this process knows: `follow` looks, each second. It ends by itself at its
 * time. What was under way when it began is finished, for only what runs in {@link Maintenance.reading} is refused.
 */
export class Maintenance {
  readonly #clock: Clock;
  readonly #reading = new AsyncLocalStorage<true>();
  #row: MaintenanceRow | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What a write is refused with now; undefined: it may be written. */
  fault(): MaintenanceFault | undefined {
    const now = this.#clock.epochSeconds();
    const until = this.#row?.until ?? 0;
    return until > now ? new MaintenanceFault(until, now) : undefined;
  }

  /** Reads what the register says. */
  async follow(database: Pick<Database, "knex">): Promise<void> {
    this.#row = await new MaintenanceStore(database.knex).read();
  }

  /** Begins it for every node, or moves its end (epoch seconds). */
  async begin(database: Pick<Database, "knex">, until: number): Promise<void> {
    const since = this.#clock.epochSeconds();
    await new MaintenanceStore(database.knex).set({ since, until });
    await this.follow(database);
  }

  /** Ends it for every node. @returns whether there was one */
  async end(database: Pick<Database, "knex">): Promise<boolean> {
    const ended = await new MaintenanceStore(database.knex).remove();
    this.#row = undefined;
    return ended;
  }

  /** Removes one whose time is over. @returns whether it was this call that did */
  async settle(database: Pick<Database, "knex">): Promise<boolean> {
    if (!this.#row || this.fault()) return false;
    return new MaintenanceStore(database.knex).remove(this.#clock.epochSeconds());
  }

  /** Runs `work`, which may read; a write in it is refused when the register only reads at this moment. */
  reading<Result>(work: () => Result): Result {
    return this.fault() ? this.#reading.run(true, work) : work();
  }

  /** Runs `work`, which may write all the same: what turns it on and off. */
  writing<Result>(work: () => Result): Result {
    return this.#reading.exit(work);
  }

  /** What a write is refused with where this is called; undefined: it may be written. */
  refusal(): MaintenanceFault | undefined {
    return this.#reading.getStore() ? this.fault() : undefined;
  }
}

/**
 * The same database, which refuses to write where {@link Maintenance.refusal} says so. knex tells of each statement before it
 * sends it, and an error of who listens is the statement's own: no store has to ask, and none can forget to.
 */
export function guardedDatabase(database: Database, maintenance: Maintenance): Database {
  database.knex.on("query", (statement: { sql: string; __knexTxId?: string }) => {
    const fault = maintenance.refusal();
    // What stands in a transaction was judged when it began.
    if (fault && statement.__knexTxId === undefined && isWrite(statement.sql)) throw fault;
  });
  return {
    ...database,
    transaction: async (work) => {
      const fault = maintenance.refusal();
      if (fault) throw fault;
      return database.transaction(work);
    },
  };
}

function isWrite(sql: string): boolean {
  if (/^[\s(]*(select|pragma|begin|commit|rollback|show|set|explain)\b/i.test(sql)) return false;
  return /\b(insert|update|delete|create|alter|drop|truncate|replace|merge)\b/i.test(sql);
}

/** What programs are told of a database that is away, or that only reads for a while. */
export function outageSentence(fault: Error): string {
  return fault instanceof MaintenanceFault
    ? fault.message
    : "the database cannot be asked now; try again in a moment";
}
