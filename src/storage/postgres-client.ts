import pg from "pg";
import { DatabaseFault, databaseFault } from "./database-fault.ts";

/** How long a client waits. */
export interface ClientLimits {
  /** For a statement; undefined: as long as it takes. */
  readonly statementMilliseconds: number | undefined;
  readonly connectMilliseconds: number;
  /**
   * Whether a prepared statement is planned once, whatever its values. PostgreSQL thinks that a plan for these very keys may
   * be cheaper, and plans a look-up of lists anew each time: 0.46 ms of its CPU a look-up in place of 0.11.
   */
  readonly plansOnce?: boolean;
}

/** Where a client connects to, and whom it tells. */
export interface ClientHome {
  readonly fault: DatabaseFault | undefined;
  readonly locate: () => Promise<string>;
  readonly doubt: (address: string) => void;
  readonly opened: (client: PostgresClient) => void;
  readonly heard: () => void;
}

/** What pg's types leave out. */
interface Internals {
  readonly processID: number | null;
  readonly connection: { readonly stream: { readonly destroy: () => void }; unref: () => void };
}

type Done = (error: Error | null | undefined, result: pg.QueryResult) => void;
type Query = (query: unknown, values: unknown, done?: Done) => Promise<pg.QueryResult>;

/** A server that stopped speaking in the middle of a statement is not heard of by itself. */
const keepAlive = { keepAlive: true, keepAliveInitialDelayMillis: 10_000 };

/** A process that hangs in a transaction holds its locks no longer than this. */
const idleInTransactionMilliseconds = 15_000;

/**
 * The server itself keeps the time limits: it ends what it works on, and what may take as long as it takes has none, whatever
 * the role or the database is told otherwise. Behind a pooler they would become another session's,
 * so that there the client's own clock must do; a pooler is known by its process number, which is not the server's.
 */
const greeting = `SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean AS reads_only,
    pg_backend_pid() AS pid,
    CASE WHEN pg_backend_pid() = $1 THEN
      set_config('statement_timeout', $2, false) || set_config('lock_timeout', $3, false)
      || set_config('idle_in_transaction_session_timeout', $4, false)
    END AS limits,
    CASE WHEN pg_backend_pid() = $1 AND $5::boolean THEN
      set_config('plan_cache_mode', 'force_generic_plan', false)
    END AS plans`;
const clock = "SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS now";

/**
 * A connection that never waits for ever, that takes writes, and that ends when it does not any more. Behind a pooler of
 * transactions a prepared statement would meet another session's of its name, so that there statements have none.
 */
export class PostgresClient extends pg.Client {
  readonly #home: ClientHome | undefined;
  readonly #limits: ClientLimits;
  #address: string;
  #isPooled = true;

  /** @param home undefined: exactly this address */
  constructor(home: ClientHome | undefined, address: string, limits: ClientLimits) {
    super({
      connectionString: address,
      fallback_application_name: "lopauth",
      connectionTimeoutMillis: limits.connectMilliseconds,
      ...keepAlive,
    });
    this.#home = home;
    this.#address = address;
    this.#limits = limits;
    // A connection that breaks between two statements says so by an event, which would end the process if
    // nobody listened; the next statement fails, and that is what is reported.
    this.on("error", () => undefined);
  }

  /** Whether a pooler stands in between. */
  get isPooled(): boolean {
    return this.#isPooled;
  }

  /** As pools ask for it; by hand: {@link PostgresClient.open}. */
  override connect(done?: unknown): never {
    const opened = this.open();
    if (typeof done === "function") {
      const tell = done as (error: unknown, client?: this) => void;
      opened.then(
        () => tell(null, this),
        (error: unknown) => tell(error),
      );
    }
    return opened as never;
  }

  /** Connects. @throws DatabaseFault whatever the cause */
  async open(): Promise<void> {
    try {
      await this.#open();
    } catch (error) {
      this.drop();
      this.#home?.doubt(this.#address);
      throw databaseFault(error) ?? new DatabaseFault("no-connection", { cause: error });
    }
  }

  override query(query: unknown, values?: unknown, last?: unknown): never {
    const [bound, done] = typeof values === "function" ? [undefined, values] : [values, last];
    const ask = super.query.bind(this) as unknown as Query;
    const asked = this.#limited(query);
    if (typeof done !== "function") {
      return ask(asked, bound).then(
        (result) => {
          this.#home?.heard();
          return result;
        },
        (error: unknown) => {
          this.#failed(error);
          throw error;
        },
      ) as never;
    }
    return ask(asked, bound, (error, result) => {
      if (error) this.#failed(error);
      else this.#home?.heard();
      (done as Done)(error, result);
    }) as never;
  }

  /** What the server's clock says at this moment, epoch milliseconds: a sign of life. */
  async clock(): Promise<number> {
    const begin = performance.now();
    const { rows } = await this.#ask<{ now: number }>({ text: clock });
    return (rows[0]?.now ?? Number.NaN) + (performance.now() - begin) / 2;
  }

  /** Which process of the server works for it at this moment: behind a pooler not always the same. */
  async serverProcess(): Promise<number> {
    const asked = { text: "SELECT pg_backend_pid() AS pid", query_timeout: this.#patience };
    return (await this.#ask<{ pid: number }>(asked)).rows[0]?.pid ?? 0;
  }

  /** Whether a transaction may begin: a pooler of single statements refuses that, and ends the connection. */
  async hasTransactions(): Promise<boolean> {
    try {
      await this.#ask({ text: "BEGIN", query_timeout: this.#patience });
      await this.#ask({ text: "ROLLBACK", query_timeout: this.#patience });
      return true;
    } catch (error) {
      if (String(error).includes("statement pooling")) return false;
      throw error;
    }
  }

  /** Ends it at once, whatever it waits for. A pool throws it away. */
  drop(): void {
    this.#internals.connection.stream.destroy();
  }

  /** It does not keep a process alive. */
  unref(): void {
    this.#internals.connection.unref();
  }

  async #open(): Promise<void> {
    const home = this.#home;
    if (home) {
      if (home.fault) throw home.fault;
      this.#moveTo(await home.locate());
    }
    await super.connect();
    await this.#greet();
    home?.opened(this);
  }

  #ask<Row extends pg.QueryResultRow>(asked: object): Promise<pg.QueryResult<Row>> {
    return this.query(asked);
  }

  /** Servers of one database differ by host and port alone. */
  #moveTo(address: string): void {
    if (address === this.#address) return;
    this.#address = address;
    const { host, port } = new pg.Client({ connectionString: address });
    Object.assign(this, { host, port });
  }

  async #greet(): Promise<void> {
    const { processID } = this.#internals;
    const { statementMilliseconds: limit, connectMilliseconds, plansOnce = false } = this.#limits;
    const limits =
      limit === undefined ? [0, 0, 0] : [limit, limit / 2, idleInTransactionMilliseconds];
    const values = [processID, ...limits.map(String), plansOnce];
    const asked = { text: greeting, values, query_timeout: connectMilliseconds };
    const { rows } = await this.#ask<Greeting>(asked);
    if (rows[0]?.reads_only) throw new DatabaseFault("reads-only");
    this.#isPooled = rows[0]?.pid !== processID;
  }

  /** The client's own clock runs a little longer than the server's: the server's word says more. */
  #limited(query: unknown): unknown {
    const { statementMilliseconds } = this.#limits;
    const config = typeof query === "string" ? { text: query } : (query as pg.QueryConfig);
    const named = this.#isPooled && config.name !== undefined ? { name: undefined } : undefined;
    if (statementMilliseconds === undefined) return named ? { ...config, ...named } : query;
    return { query_timeout: statementMilliseconds + 250, ...config, ...named };
  }

  #failed(error: unknown): void {
    const { code, message } = error as { code?: string; message?: string };
    if (code !== readOnly && message !== "Query read timeout") {
      if (code !== undefined) this.#home?.heard();
      // A named statement is refused for ever where a migration changed a type: the next connection plans it anew.
      if (databaseFault(error)?.reason === "old-plan") void this.end().catch(() => undefined);
      return;
    }
    // It only reads, or will answer to a question that nobody waits for any more: its pool is told so at once.
    void this.end().catch(() => undefined);
    this.#home?.doubt(this.#address);
  }

  get #patience(): number {
    return this.#limits.connectMilliseconds;
  }

  get #internals(): Internals {
    return this as unknown as Internals;
  }
}

interface Greeting extends pg.QueryResultRow {
  readonly reads_only: boolean;
  readonly pid: number;
}

/** A write in a transaction that only reads. */
const readOnly = "25006";
