import { AppError } from "../foundation/index.ts";

/** After so many seconds a request that met a fault may come again. */
const retryAfterSeconds = 5;

/** The database cannot be asked now: nothing is known to be written, and trying again makes sense. */
export class DatabaseFault extends AppError {
  /** A machine word: `ECONNREFUSED`, `57014`, `SQLITE_FULL`… */
  readonly reason: string;

  /** @param options.cause what the network says of it is told: where it was looked for */
  constructor(
    reason: string,
    options: {
      readonly cause?: unknown;
      readonly code?: "database-unavailable" | "maintenance";
      readonly message?: string;
      readonly retryAfterSeconds?: number;
    } = {},
  ) {
    const { code = "database-unavailable", ...given } = options;
    const where = placeOf(options.cause) ?? refusalIn(reason, options.cause);
    const message = `the database cannot be asked: ${reason}${where ? ` (${where})` : ""}`;
    super(code, { status: 503, message, retryAfterSeconds, ...given });
    this.name = "DatabaseFault";
    this.reason = reason;
  }
}

/**
 * Whether an error is the database's state and not what was asked of it: no answer in time, a connection that broke, no
 * room, no right to write. The same statement may be right a moment later.
 * @returns the fault, whose `cause` is the error; undefined for any other error
 */
export function databaseFault(error: unknown): DatabaseFault | undefined {
  for (let each = error; each instanceof Error; each = each.cause) {
    if (each instanceof DatabaseFault) return each;
    const reason = faultReason(each);
    if (reason !== undefined) return new DatabaseFault(reason, { cause: error });
  }
  return undefined;
}

/** Whether a statement that failed is known to have written nothing: the database said so itself. */
export function isUndone(error: unknown): boolean {
  const fault = databaseFault(error);
  return !fault || undone.has(fault.reason);
}

/** Maintenance, a time limit of the server, a lock that was not had in time, a deadlock. */
const undone: ReadonlySet<string> = new Set(["maintenance", "57014", "55P03", "40P01", "40001"]);

/** The server's address or name, as a network's error carries it; no user, no password. */
function placeOf(error: unknown): string | undefined {
  for (let each = error; each instanceof Error; each = each.cause) {
    // A name that has two addresses fails for each.
    const one: unknown = each instanceof AggregateError ? each.errors[0] : each;
    const { address, port, hostname } = one as Partial<Record<string, unknown>>;
    const host = typeof address === "string" ? address : hostname;
    if (typeof host === "string") return typeof port === "number" ? `${host}:${port}` : host;
  }
  return undefined;
}

/**
 * What the server says to who may not connect, which names the user or the database: no statement, whose text may hold data,
 * was sent yet.
 */
function refusalIn(reason: string, error: unknown): string | undefined {
  if (!/^(?:28000|28P01|3D000|53300|57P03)$/.test(reason)) return undefined;
  for (let each = error; each instanceof Error; each = each.cause) {
    if ((each as { code?: unknown }).code === reason) return each.message;
  }
  return undefined;
}

function faultReason(error: Error): string | undefined {
  const { code, errcode } = error as { code?: unknown; errcode?: unknown };
  if (typeof errcode === "number" && sqliteCodes.has(errcode & 0xff)) return `SQLite ${errcode}`;
  if (typeof code === "string" && isFaultCode(code)) return code;
  if (error.name === "KnexTimeoutError") return "no-connection-free";
  return messages.find(([pattern]) => pattern.test(error.message))?.[1];
}

/** What pg says without a code, behind the statement where knex passes it on. */
const messages: readonly (readonly [RegExp, string])[] = [
  [/Query read timeout$/, "no-answer"],
  [/timeout exceeded when trying to connect$/, "no-connection-free"],
  [/Connection terminated due to connection timeout$/, "no-answer"],
  [/Connection terminated(?: unexpectedly)?$/, "connection-ended"],
  [/ is not queryable$/, "connection-ended"],
  [/timeout expired$/, "no-answer"],
  // Of a connection that is ended for it: the next one plans anew.
  [/cached plan must not change result type$/, "old-plan"],
];

/**
 * PostgreSQL's classes of connections, resources, interventions and the system; a lock that was not had in time, a
 * deadlock, a database that only reads, a prepared statement that a pooler gave to another session.
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const sqlStates =
  /^(?:08|53|57|58)[0-9A-Z]{3}$|^(?:55P03|40001|40P01|25006|26000|42P05|28000|28P01|3D000)$/;
const network =
  /^(?:ECONN(?:REFUSED|RESET|ABORTED)|EPIPE|ETIMEDOUT|E(?:HOST|NET)(?:UNREACH|DOWN)|ENOTFOUND|EAI_AGAIN)$/;
const sqlite =
  /^SQLITE_(?:BUSY|LOCKED|NOMEM|READONLY|IOERR|CORRUPT|FULL|CANTOPEN|PROTOCOL|NOTADB)(?:_|$)/;
/** The same ones by number, as `node:sqlite` says them. @see https://www.sqlite.org/rescode.html */
const sqliteCodes = new Set([5, 6, 7, 8, 10, 11, 13, 14, 15, 26]);

function isFaultCode(code: string): boolean {
  return sqlStates.test(code) || network.test(code) || sqlite.test(code);
}
