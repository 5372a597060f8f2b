import { type Telemetry, silentTelemetry } from "../foundation/index.ts";
import type { KeyedLookup } from "../fast-lane/index.ts";
import type { Database } from "./database.ts";
import type { Lookup } from "./lookup.ts";

/** The same database, whose statements are told of: those of knex by verb and table, those prepared by their name. */
export function observedDatabase(database: Database, telemetry: Telemetry): Database {
  if (telemetry === silentTelemetry) return database;
  followKnex(database, telemetry);
  return {
    ...database,
    lookup: <Row>(name: string, sql: string): Lookup<Row> => {
      const find = database.lookup<Row>(name, sql);
      // One text for ever: a new one at each call costs as much as all the rest of its timing.
      const told = `lookup ${name}`;
      return (...keys) => telemetry.timed("statement", told, () => find(...keys));
    },
    keyedLookup: <Row extends { readonly key: string }>(
      name: string,
      sql: string,
    ): KeyedLookup<Row> => {
      const find = database.keyedLookup<Row>(name, sql);
      const told = `lookup ${name}`;
      return (key) => telemetry.timed("statement", told, () => find(key));
    },
  };
}

/** What knex says of a statement; its bound values stay here. */
interface KnexQuery {
  readonly sql: string;
  /** Not of what knex asks for itself: the bounds of a transaction. */
  readonly __knexQueryUid?: string;
}

function followKnex({ knex }: Database, telemetry: Telemetry): void {
  const underWay = new Map<string, { end: () => void; fail: (error: unknown) => void }>();
  const nameOf = statementNames();
  knex.on("query", ({ sql, __knexQueryUid: uid }: KnexQuery) => {
    if (uid === undefined) return;
    const ended = () =>
      new Promise<void>((end, fail) => {
        underWay.set(uid, { end, fail });
      });
    // Whoever asked hears of the error.
    telemetry.timed("statement", `register ${nameOf(sql)}`, ended).catch(() => undefined);
  });
  const take = (uid: string | undefined) => {
    if (uid === undefined) return undefined;
    const known = underWay.get(uid);
    underWay.delete(uid);
    return known;
  };
  knex.on("query-response", (_answer: unknown, { __knexQueryUid: uid }: KnexQuery) => {
    take(uid)?.end();
  });
  knex.on("query-error", (error: unknown, { __knexQueryUid: uid }: KnexQuery) => {
    take(uid)?.fail(error);
  });
}

/** Texts of statements are many, for lists in them have lengths; beyond this they are read each time. */
const mostRemembered = 2000;

/** Verb and table of a statement: `select accounts`. Both stand in our sources, whatever values are bound. */
function statementNames(): (sql: string) => string {
  const known = new Map<string, string>();
  return (sql) => {
    const remembered = known.get(sql);
    if (remembered !== undefined) return remembered;
    const verb = /^[\s(]*([a-z]+)/i.exec(sql)?.[1]?.toLowerCase() ?? "other";
    const table = /\b(?:from|into|update)\s+["`]?([a-z_]+)/i.exec(sql)?.[1]?.toLowerCase();
    const name = table === undefined ? verb : `${verb} ${table}`;
    if (known.size < mostRemembered) known.set(sql, name);
    return name;
  };
}
