import { afterEach, describe, expect, it } from "@jest/globals";
import { type Database, DatabaseFault, openDatabase } from "../../src/storage/index.ts";
import { type FaultyLine, faultyLine, throughPort } from "../support/faulty-line.ts";
import { freePort } from "../support/free-port.ts";
import { waitFor } from "../support/wait-for.ts";

const server = process.env["TEST_DATABASE_URL"];
const target = () => {
  const { hostname, port } = new URL(server ?? "");
  return { host: hostname, port: Number(port || 5432) };
};

describe("a PostgreSQL server", () => {
  it("is tried where there is one", () => {
    expect(server ?? "none").not.toBe("");
  });

  if (server === undefined) return;
  const ends: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  async function line(change?: (chunk: Buffer) => Buffer): Promise<FaultyLine> {
    const made = await faultyLine(target(), change);
    ends.push(made.close);
    return made;
  }
  function open(url: string, limits = { connections: 2, timeoutSeconds: 30 }): Database {
    const database = openDatabase(url, limits);
    ends.push(database.close);
    return database;
  }
  const now = (database: Database) => database.knex.raw("SELECT now()");

  it("that says nothing any more ends what waits for it, refuses at once, and serves when it speaks again", async () => {
    const wire = await line();
    const database = open(throughPort(server, wire.port));
    const look = database.lookup<{ one: number }>("one", "SELECT 1 AS one WHERE ? = 'a'");
    const seen: (string | undefined)[] = [];
    await database.watch({ changed: (fault) => seen.push(fault?.reason), clock: () => undefined });
    await now(database);
    await look("a");
    wire.silence();
    // Their own limit is thirty seconds: what ends them is the watch.
    const waiting = [now(database), database.transaction(() => now(database)), look("a")];
    const ended = await Promise.allSettled(waiting);
    expect(ended.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    await expect(now(database)).rejects.toBeInstanceOf(DatabaseFault);
    await expect(look("a")).rejects.toBeInstanceOf(DatabaseFault);
    wire.speak();
    await waitFor("a sign of life", () => database.fault() === undefined);
    expect(await look("a")).toEqual([{ one: 1 }]);
    await now(database);
    expect(seen).toEqual(["no-answer", undefined]);
  });

  it("that breaks one connection after the other is not taken for dead", async () => {
    const wire = await line();
    const database = open(throughPort(server, wire.port));
    const seen: unknown[] = [];
    await database.watch({ changed: (fault) => seen.push(fault), clock: () => undefined });
    await now(database);
    wire.cut();
    await waitFor("an answer", () =>
      now(database)
        .then(() => true)
        .catch(() => undefined),
    );
    const before = wire.connections();
    await waitFor("a new sign of life", () => wire.connections() > before || undefined);
    expect(seen).toEqual([]);
  });

  it("that only reads is left: the connection is dropped, and the next one writes", async () => {
    const database = open(server, { connections: 1, timeoutSeconds: 5 });
    await database.knex.raw("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY");
    const write = () =>
      database.transaction((transaction) => transaction.raw("CREATE TABLE kept (a int)"));
    await expect(write()).rejects.toThrow("read-only transaction");
    await write();
    await database.knex.raw("DROP TABLE kept");
  });

  it("is found among several, and one that is down is no matter", async () => {
    const { host, port } = target();
    const dead = await freePort();
    const several = server.replace(`${host}:${String(port)}`, `${host}:${dead},${host}:${port}`);
    const database = open(several);
    await now(database);
    await expect(now(open(throughPort(server, dead)))).rejects.toBeInstanceOf(DatabaseFault);
  });

  it("ends a statement, and the wait for a lock, by itself", async () => {
    const database = open(server, { connections: 2, timeoutSeconds: 1 });
    const long = database.knex.raw("SELECT pg_sleep(20)");
    await expect(long).rejects.toMatchObject({ code: "57014" });
    await database.transaction(async (transaction) => {
      await transaction.raw("SELECT pg_advisory_xact_lock(15)");
      const other = database.knex.raw("SELECT pg_advisory_xact_lock(15)");
      await expect(other).rejects.toMatchObject({ code: "55P03" });
    });
  });

  it("that keeps silent on one statement is not waited for", async () => {
    const wire = await line();
    const database = open(throughPort(server, wire.port), { connections: 1, timeoutSeconds: 1 });
    await now(database);
    wire.silence();
    await expect(now(database)).rejects.toThrow("Query read timeout");
    wire.speak();
    await now(database);
    expect(wire.connections()).toBe(2);
  });

  it("behind a pooler is given no names, which another session may have given", async () => {
    const names = async (url: string) => {
      const database = open(url, { connections: 1, timeoutSeconds: 5 });
      const find = database.lookup<{ names: string }>(
        "names",
        "SELECT coalesce(string_agg(name, ' '), '') AS names FROM pg_prepared_statements WHERE ? = ''",
      );
      await find("");
      return (await find(""))[0]?.names;
    };
    const pooler = await line(withAnotherProcess);
    expect(await names(server)).toBe("names");
    expect(await names(throughPort(server, pooler.port))).toBe("");
    // Each of two connections keeps its process.
    expect(await open(throughPort(server, pooler.port)).pooler()).toBe("session");
  });
});

/** A pooler answers for many processes, with a number of its own. */
function withAnotherProcess(chunk: Buffer): Buffer {
  const at = chunk.indexOf(Buffer.from([0x4b, 0, 0, 0, 12]));
  if (at >= 0) chunk.writeInt32BE(1, at + 5);
  return chunk;
}
