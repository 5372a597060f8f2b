import knex, { type Knex } from "knex";
import pg from "pg";
import { type FastLane, type KeyedLookup, fastLane } from "../fast-lane/index.ts";
import { type DatabaseFault, databaseFault } from "./database-fault.ts";
import { type Lookup, postgresLookup, sqliteLookup } from "./lookup.ts";
import {
  type DatabaseLimits,
  type DatabaseWatch,
  PostgresServer,
  defaultLimits,
} from "./postgres-server.ts";
import type { PoolerMode } from "./pooler.ts";
import type { PoolState } from "./pools.ts";
import { type Prepared, openPrepared } from "./prepared.ts";
import { ping, postgresNow } from "./signs-of-life.ts";
import { makePrivateFile } from "./private-files.ts";
import { sameFile } from "./same-file.ts";
import { knexDefaults } from "./knex-defaults.ts";
import { SchemaError } from "./schema-error.ts";
import { sqliteFileProblem } from "./sqlite-file.ts";
import { sqliteKnex, sqlitePool } from "./sqlite-knex.ts";

/** What a store runs its statements on: the database, or a transaction under way. */
export type Queryable = Knex;

/** A transaction under way; pass it to a store's `within`. */
export type Transaction = Knex.Transaction;

/**
 * The register: the durable, relational store of accounts, establishments, accesses, keys and mail.
 * SQLite (WAL, foreign keys, synchronous=FULL) or PostgreSQL, chosen by `DATABASE_URL`.
 */
export interface Database {
  readonly dialect: "sqlite" | "postgres";
  /** The knex instance that stores are built on. Only files named `*-store.ts` use it. */
  readonly knex: Queryable;
  /** The address it was opened with. It may hold a password: never log it. */
  readonly url: string;
  /**
   * Runs `work` in one transaction: all of it is written, or nothing.
   * Inside, use only stores bound by `within(transaction)`: SQLite has one writer, and a query that
   * goes around the transaction would wait for its end.
   */
  readonly transaction: <Result>(
    work: (transaction: Transaction) => Promise<Result>,
  ) => Promise<Result>;
  /**
   * Prepares a hot single look-up once (measured: knex costs 0.25 ms a query, a
   * prepared statement 0.06). Only for reads by key on the path of every token request.
   * @param sql one SELECT with `?` placeholders.
   */
  readonly lookup: <Row>(name: string, sql: string) => Lookup<Row>;
  /**
   * Prepares a hot look-up by one text key, whose calls at the same time share one statement.
   * @param sql one SELECT with `IN (:keys)`; its column `key` says which of them a row belongs to.
   */
  readonly keyedLookup: <Row extends { readonly key: string }>(
    name: string,
    sql: string,
  ) => KeyedLookup<Row>;
  /** What runs named statements on PostgreSQL; undefined on SQLite. */
  readonly prepared: Prepared | undefined;
  /** Asks the database for a sign of life. */
  readonly ping: () => Promise<void>;
  /** What the clock of its machine says at this moment, epoch milliseconds; undefined: it has ours (SQLite). */
  readonly now: () => Promise<number | undefined>;
  /** Looks for signs of life until it is closed, and has looked once when this returns. Of SQLite: whether its file is still there. */
  readonly watch: (watch: DatabaseWatch) => Promise<void>;
  /** Why it cannot be asked now, as far as is known; only of a database that is watched. */
  readonly fault: () => DatabaseFault | undefined;
  /**
   * Which mode a pooler (pgbouncer) in between is in: statements have no names then. Undefined: there is none.
   * @throws DatabaseFault when the database does not answer
   */
  readonly pooler: () => Promise<PoolerMode | undefined>;
  /** How many connections each pool has at this moment. */
  readonly pools: () => readonly PoolState[];
  readonly close: () => Promise<void>;
}

// node-postgres returns BIGINT and count(*) as strings: '10' + 1 locked Logto's users out.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

/**
 * @param url `sqlite:PATH` or `postgres://user:password@host:port/database`, with several hosts where there are standbys
 * @throws SchemaError where something else stands in place of an SQLite file
 */
export function openDatabase(
  url: string,
  limits: DatabaseLimits = defaultLimits,
  lane: FastLane = fastLane,
): Database {
  return url.startsWith("sqlite:")
    ? openSqlite(url, limits, lane)
    : openPostgres(url, limits, lane);
}

/** A database that is away fails every look-up alike. */
const isOfAll = (fault: unknown): boolean => databaseFault(fault) !== undefined;

function notOurs(stranger: string, filename: string): string {
  return `there is no SQLite database at ${filename}, but ${stranger}: DATABASE_URL names another place`;
}

function openSqlite(url: string, { timeoutSeconds }: DatabaseLimits, lane: FastLane): Database {
  // Another process that writes is waited for, and before that those of our own that wait: both fit in the time limit.
  const busyMilliseconds = ((timeoutSeconds ?? 60) * 1000) / 2;
  const filename = url.slice("sqlite:".length);
  const stranger = sqliteFileProblem(filename);
  if (stranger !== undefined) throw new SchemaError(notOurs(stranger, filename));
  makePrivateFile(filename);
  const file = sameFile(filename);
  const database = sqliteKnex(filename, busyMilliseconds, file.fault);
  const lookups = sqliteLookup(filename, busyMilliseconds, file.fault);
  return {
    dialect: "sqlite",
    knex: database,
    url,
    transaction: async (work) => {
      file.mustBeThere();
      return transact(database, work);
    },
    prepared: undefined,
    ping: () => ping(database),
    now: () => Promise.resolve(undefined),
    watch: file.watch,
    fault: file.fault,
    pooler: () => Promise.resolve(undefined),
    pools: () => [sqlitePool(database)],
    lookup: (_name, sql) => lookups.prepare(sql),
    keyedLookup: <Row extends { readonly key: string }>(_name: string, sql: string) => {
      const listed = "IN (SELECT value FROM json_each(?))";
      const find = lookups.prepare<Row>(sql.replace("IN (:keys)", listed));
      return lane.lookUp({ ask: (keys) => find(JSON.stringify(keys)), isOfAll });
    },
    close: async () => {
      file.close();
      await lookups.close();
      await database.destroy();
    },
  };
}

/**
 * When the disk is full, or the connection broke, the database has rolled back by itself; knex's own ROLLBACK then
 * fails, and its error would hide the one that tells what happened.
 */
async function transact<Result>(
  database: Knex,
  work: (transaction: Transaction) => Promise<Result>,
): Promise<Result> {
  const faults: unknown[] = [];
  try {
    return await database.transaction((transaction) =>
      work(transaction).catch((fault: unknown) => {
        faults.push(fault);
        throw fault;
      }),
    );
  } catch (error) {
    throw faults.length > 0 ? faults[0] : error;
  }
}

function openPostgres(url: string, limits: DatabaseLimits, lane: FastLane): Database {
  const server = new PostgresServer(url, limits);
  const database = knex({
    client: "pg",
    // knex's own pool keeps connections that wait for an answer nobody expects any more.
    connectionPool: server.openPool("register"),
    ...knexDefaults,
  });
  const prepared = openPrepared(server);
  const prepare = <Row>(name: string, sql: string) => postgresLookup<Row>(prepared, name, sql);
  return {
    dialect: "postgres",
    knex: database,
    url,
    transaction: (work) => transact(database, work),
    prepared,
    ping: () => ping(database),
    now: () => postgresNow(database),
    watch: (watch) => server.watch(watch),
    fault: () => server.fault,
    pooler: () => server.pooler(),
    pools: () => server.pools(),
    lookup: prepare,
    keyedLookup: <Row extends { readonly key: string }>(name: string, sql: string) => {
      const ask = prepare<Row>(name, sql.replace("IN (:keys)", "= ANY(?::text[])"));
      return lane.lookUp({ ask, isOfAll, mostAtOnce: 2 });
    },
    close: async () => {
      await database.destroy();
      await server.close();
    },
  };
}
