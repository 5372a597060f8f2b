import pg from "pg";
import type { ClientLimits } from "./postgres-client.ts";

/** What a pool is for: the statements of knex, or those that are prepared. */
export type PoolName = "register" | "prepared";

/** Connections of a pool. */
export interface PoolState {
  readonly name: PoolName;
  /** Lent to a statement or a transaction. */
  readonly used: number;
  readonly idle: number;
  /** Requests for a connection that none is free for. */
  readonly waiting: number;
}

/** The pools of one server. */
export class Pools {
  readonly #pools = new Map<PoolName, pg.Pool>();

  /** @param parts.Client the class of its connections */
  open(
    name: PoolName,
    parts: {
      readonly Client: new () => pg.Client;
      readonly connections: number;
      readonly limits: Pick<ClientLimits, "connectMilliseconds">;
    },
  ): pg.Pool {
    const pool = new pg.Pool({
      Client: parts.Client,
      max: parts.connections,
      // The wait for a free one, too.
      connectionTimeoutMillis: parts.limits.connectMilliseconds,
      // Kept for longer than the default ten seconds: a new connection parses its statements again.
      idleTimeoutMillis: 60_000,
      // An idle pool does not keep a process alive that has nothing else to do.
      allowExitOnIdle: true,
    });
    // A connection that breaks while idle is replaced at the next query; without a listener it would end the process.
    pool.on("error", () => undefined);
    this.#pools.set(name, pool);
    return pool;
  }

  states(): PoolState[] {
    return [...this.#pools].map(([name, pool]) => ({
      ...{ name, idle: pool.idleCount, waiting: pool.waitingCount },
      used: pool.totalCount - pool.idleCount,
    }));
  }

  async end(): Promise<void> {
    const open = [...this.#pools.values()].filter(({ ending }) => !ending);
    await Promise.all(open.map((pool) => pool.end()));
  }
}
