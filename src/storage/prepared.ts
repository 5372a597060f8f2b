import type pg from "pg";
import type { PostgresServer } from "./postgres-server.ts";

/** Runs one statement by its name, which stands for one text for ever. */
export type RunPrepared = (
  name: string,
  text: string,
  values: readonly unknown[],
) => Promise<{ readonly rows: unknown[]; readonly changes: number }>;

/** Named statements on a pool of their own: PostgreSQL parses each once a connection (behind a pooler, each time). */
export interface Prepared {
  readonly run: RunPrepared;
  /** Runs `work` in one transaction: all of it is written, or nothing. */
  readonly transaction: <Result>(work: (run: RunPrepared) => Promise<Result>) => Promise<Result>;
}

/** Connects at the first statement. */
export function openPrepared(server: PostgresServer): Prepared {
  const pool = server.openPool("prepared");
  return {
    run: runOn(pool),
    transaction: async (work) => {
      const client = await pool.connect();
      let broken = false;
      try {
        await client.query("BEGIN");
        const result = await work(runOn(client));
        await client.query("COMMIT");
        return result;
      } catch (error) {
        broken = await client.query("ROLLBACK").then(
          () => false,
          () => true,
        );
        throw error;
      } finally {
        client.release(broken);
      }
    },
  };
}

function runOn(connection: pg.Pool | pg.PoolClient): RunPrepared {
  return async (name, text, values) => {
    const result = await connection.query({ name, text, values: [...values] });
    return { rows: result.rows, changes: result.rowCount ?? 0 };
  };
}
