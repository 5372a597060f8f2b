import type { Database, Statement } from "sqlite3";

/** Texts with lists in them have many lengths: beyond so many statements the one that was not used for longest goes. */
const mostKept = 200;

/** Characters. Longer ones are long lists, each of a length of its own: with 3000 values two hundred of them held 150 MB. */
const longestKept = 2000;

/** What is asked again and again. A change of the schema is asked once. */
const repeated = /^\s*(?:select|insert|update|delete|with|begin|commit|rollback)\b/i;

type Done = (this: object, error: Error | null, rows?: unknown[]) => void;

/** How knex asks a connection. */
type Ask = (sql: string, bindings: readonly unknown[], done: Done) => unknown;

/**
 * Has a connection keep the statements that it is asked to run. The driver prepares each anew otherwise: a second turn in a
 * thread of the pool, and a text read again, for every statement of knex. What failed is not kept: a statement that met
 * SQLITE_BUSY holds what it read until it is run anew.
 * @param inPlaceOf what is run for a text that knex cannot be told to say otherwise
 */
export function keepStatements(
  connection: Database,
  inPlaceOf: ReadonlyMap<string, string> = new Map(),
): void {
  const kept = new KeptStatements(connection);
  const { run, all, close } = connection as unknown as { run: Ask; all: Ask; close: Close };
  const through = (method: "run" | "all", plain: Ask): Ask =>
    function (asked, bindings, done) {
      const sql = inPlaceOf.get(asked) ?? asked;
      if (sql.length <= longestKept && repeated.test(sql)) kept.ask(method, sql, bindings, done);
      else plain.call(connection, sql, bindings, done);
      return connection;
    };
  Object.assign(connection, {
    run: through("run", run),
    all: through("all", all),
    close: (done: Parameters<Close>[0]) => {
      // SQLite closes no connection that has a statement.
      void kept.forgetAll().then(() => close.call(connection, done));
    },
  });
}

type Close = (done?: (error: Error | null) => void) => void;

class KeptStatements {
  readonly #connection: Database;
  readonly #kept = new Map<string, Promise<Statement>>();

  constructor(connection: Database) {
    this.#connection = connection;
  }

  ask(method: "run" | "all", sql: string, bindings: readonly unknown[], done: Done): void {
    const statement = this.#statementOf(sql);
    const forget = () => this.#forget(sql, statement);
    statement.then(
      (prepared) =>
        prepared[method](bindings, function (this: object, error: Error | null, rows?: never) {
          if (error) forget();
          done.call(this, error, rows);
        }),
      (error: unknown) => {
        forget();
        done.call(this, error as Error);
      },
    );
  }

  async forgetAll(): Promise<void> {
    const statements = [...this.#kept];
    for (const [sql, statement] of statements) this.#forget(sql, statement);
    await Promise.allSettled(statements.map(([, statement]) => statement));
  }

  #statementOf(sql: string): Promise<Statement> {
    const statement = this.#kept.get(sql) ?? prepare(this.#connection, sql);
    // Taken out and put back: the first of the map is what was not used for longest.
    this.#kept.delete(sql);
    this.#kept.set(sql, statement);
    const [oldest] = this.#kept;
    if (this.#kept.size > mostKept && oldest) this.#forget(...oldest);
    return statement;
  }

  #forget(sql: string, statement: Promise<Statement>): void {
    // Several callers of one may fail, and one that fails may have made room before: what is given back twice ends the process.
    if (this.#kept.get(sql) !== statement) return;
    this.#kept.delete(sql);
    statement.then(
      (prepared) => prepared.finalize(),
      // What could not be prepared is nothing.
      () => undefined,
    );
  }
}

function prepare(connection: Database, sql: string): Promise<Statement> {
  return new Promise((resolve, reject) => {
    const statement: Statement = connection.prepare(sql, (error: Error | null) => {
      if (error) reject(error);
      else resolve(statement);
    });
  });
}
