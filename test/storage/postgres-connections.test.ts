import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { type Database, DatabaseFault, openDatabase } from "../../src/storage/index.ts";
import { selfSigned } from "../support/certificate.ts";
import { freePort } from "../support/free-port.ts";
import { type PostgresCluster, canMakeCluster, makeCluster } from "../support/postgres-cluster.ts";

/** A connection as the server sees it. */
interface Seen {
  readonly ssl: boolean;
  readonly name: string;
  readonly is_socket: boolean;
}

const inAnHour = () => Date.now() / 1000 + 3600;

describe("a connection to PostgreSQL", () => {
  it("is tried where a server can be made", () => {
    expect(canMakeCluster).toBe(process.env["TEST_DATABASE_URL"] !== undefined);
  });

  if (!canMakeCluster) return;
  let cluster: PostgresCluster;
  let folder: string;
  const ends: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "lopauth-tls-"));
    const own = selfSigned("localhost", inAnHour());
    cluster = await makeCluster(own);
    writeFileSync(join(folder, "own.pem"), own.cert);
    writeFileSync(join(folder, "other.pem"), selfSigned("localhost", inAnHour()).cert);
  });
  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
  });
  afterAll(async () => {
    await cluster.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  function open(url: string): Database {
    const database = openDatabase(url, { connections: 2, timeoutSeconds: 30 });
    ends.push(database.close);
    return database;
  }
  /** An address of the server, by these hosts, which trusts this certificate. */
  const verified = (hosts: string, trusted = "own.pem") =>
    `postgres://postgres@${hosts}/postgres?sslmode=verify-full&sslrootcert=${join(folder, trusted)}`;
  const seen = async (database: Database) => {
    const { rows } = await database.knex.raw<{ rows: Seen[] }>(
      `SELECT ssl, application_name AS name, client_addr IS NULL AS is_socket
         FROM pg_stat_activity JOIN pg_stat_ssl USING (pid) WHERE pid = pg_backend_pid()`,
    );
    return rows[0];
  };

  it("is made by TLS that is verified, and by none with a certificate or a name that is not the server's", async () => {
    const at = (host: string) => `${host}:${String(cluster.port)}`;
    expect(await seen(open(verified(at("localhost"))))).toMatchObject({ ssl: true });
    for (const wrong of [verified(at("localhost"), "other.pem"), verified(at("127.0.0.1"))])
      await expect(seen(open(wrong))).rejects.toBeInstanceOf(DatabaseFault);
    expect(await seen(open(cluster.url))).toMatchObject({ ssl: false });
  });

  it("is verified as well where one of several servers is found", async () => {
    const hosts = `localhost:${String(await freePort())},localhost:${String(cluster.port)}`;
    expect(await seen(open(verified(hosts)))).toMatchObject({ ssl: true });
  });

  it("is made by a socket, also where no host stands in the address", async () => {
    const query = `host=${cluster.folder}&port=${String(cluster.port)}`;
    for (const url of [
      `postgres:///postgres?user=postgres&${query}`,
      `postgres://postgres@/postgres?${query}`,
    ])
      expect(await seen(open(url))).toMatchObject({ is_socket: true });
  });

  it("bears a name that an administrator of the database finds, whatever it is for", async () => {
    const database = open(cluster.url);
    await database.watch({ changed: () => undefined, clock: () => undefined });
    await database.lookup<{ one: number }>("one", "SELECT 1 AS one WHERE ? = 'a'")("a");
    await database.knex.raw("SELECT 1");
    const { rows } = await database.knex.raw<{ rows: Pick<Seen, "name">[] }>(
      "SELECT application_name AS name FROM pg_stat_activity WHERE backend_type = 'client backend'",
    );
    // The watch, and one of each pool.
    expect(rows.map(({ name }) => name)).toEqual(["lopauth", "lopauth", "lopauth"]);
    expect(database.pools()).toEqual([
      { name: "register", used: 0, idle: 1, waiting: 0 },
      { name: "prepared", used: 0, idle: 1, waiting: 0 },
    ]);
    const named = open(`${cluster.url}?application_name=node-1`);
    expect(await seen(named)).toMatchObject({ name: "node-1" });
  });

  it("has no pooler in between", async () => {
    expect(await open(cluster.url).pooler()).toBeUndefined();
  });
});
