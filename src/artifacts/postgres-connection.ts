import pg from "pg";
import type { Column } from "./artifact-rows.ts";
import { type PostgresStatement, postgresStatements } from "./postgres-statements.ts";

/** Runs one statement by its name, on any connection or on that of a transaction. */
export type Run = (
  name: PostgresStatement,
  ...values: readonly (Column | readonly Column[])[]
) => Promise<{ readonly rows: unknown[]; readonly changes: number }>;

/** A few connections to PostgreSQL that know {@link postgresStatements}. */
export interface PostgresConnection {
  readonly run: Run;
  /** Runs `work` in one transaction: all of it is written, or nothing. */
  readonly transaction: <Result>(work: (run: Run) => Promise<Result>) => Promise<Result>;
  readonly close: () => Promise<void>;
}

/**
 * Connects at the first statement.
 * @param url `postgres://user:password@host:port/database`
 */
export function connectPostgres(url: string): PostgresConnection {
  const pool = new pg.Pool({
    connectionString: url,
    max: 6,
    connectionTimeoutMillis: 5000,
    // Kept for longer than the default ten seconds: a new connection parses its statements again.
    idleTimeoutMillis: 60_000,
    // An idle pool does not keep a process alive that has nothing else to do.
    allowExitOnIdle: true,
  });
  // A connection that breaks while idle is replaced at the next query; without a listener it would end the process.
  pool.on("error", () => undefined);
  return {
    run: runOn(pool),
    transaction: async (work) => {
      const client = await pool.connect();
      client.on("error", noMatter);
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
        client.off("error", noMatter);
        client.release(broken);
      }
    },
    close: async () => {
      if (!pool.ending) await pool.end();
    },
  };
}

/**
 * A connection that breaks between two statements of a transaction (the server restarts) says so by an event, which
 * would end the process if nobody listened; the next statement fails, and that is what is reported.
 */
function noMatter(): void {
  // The next statement on the connection tells.
}

function runOn(connection: pg.Pool | pg.PoolClient): Run {
  return async (name, ...values) => {
    const text = postgresStatements[name];
    const result = await connection.query({ name: `artifacts.${name}`, text, values: [...values] });
    return { rows: result.rows, changes: result.rowCount ?? 0 };
  };
}
