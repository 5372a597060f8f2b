import pg from "pg";
import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import {
  type Database,
  SchemaError,
  migrate,
  openDatabase,
  schemaState,
} from "../../src/storage/index.ts";
import { refuseOtherEncoding } from "../../src/storage/server-encoding.ts";

const server = process.env["TEST_DATABASE_URL"];

(server === undefined ? describe.skip : describe)(
  "a database of PostgreSQL that is not in UTF8",
  () => {
    const name = `lopauth_encoding_${randomBytes(8).toString("hex")}`;
    let database: Database | undefined;

    const onServer = async (statement: string) => {
      const client = new pg.Client({ connectionString: server });
      await client.connect();
      await client.query(statement);
      await client.end();
    };
    const create = async (encoding: string) => {
      await onServer(
        `CREATE DATABASE ${name} TEMPLATE template0 ENCODING '${encoding}' LC_COLLATE 'C' LC_CTYPE 'C'`,
      );
      const url = new URL(server ?? "");
      url.pathname = `/${name}`;
      database = openDatabase(url.href);
      return database;
    };

    beforeEach(() => {
      database = undefined;
    });
    afterEach(async () => {
      await database?.close();
      await onServer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    });

    it.each(["LATIN1", "SQL_ASCII"])(
      "in %s is refused before anything is made in it",
      async (encoding) => {
        const made = await create(encoding);
        await expect(migrate(made)).rejects.toThrow(
          new RegExp(
            `^The database is in ${encoding}, and has to be in UTF8: .*createdb -T template0 -E UTF8`,
          ),
        );
        expect(await made.knex.schema.hasTable("accounts")).toBe(false);
        const { pending } = await schemaState(made);
        expect(pending[0]).toBe("001-accounts.ts");
      },
    );
  },
);

describe("what a server says of its encoding", () => {
  const saying = (encoding: string) =>
    ({
      dialect: "postgres",
      knex: { raw: () => Promise.resolve({ rows: [{ server_encoding: encoding }] }) },
    }) as unknown as Database;

  it.each([
    ["UTF8", true, "taken"],
    ["UTF8", false, "taken"],
    ["SQL_ASCII", true, "refused"],
    ["SQL_ASCII", false, "taken"],
    ["LATIN9", false, "refused"],
  ])("%s, of a new database: %s, is %s", async (encoding, isNew, answer) => {
    const proof = refuseOtherEncoding(saying(encoding), isNew);
    if (answer === "refused") await expect(proof).rejects.toThrow(SchemaError);
    else await expect(proof).resolves.toBeUndefined();
  });
});
