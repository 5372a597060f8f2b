import { describe, expect, it } from "@jest/globals";
import { databaseFault, isUndone } from "../../src/storage/index.ts";

const withCode = (code: string, message = "it failed") =>
  Object.assign(new Error(message), { code });

describe("a fault of the database", () => {
  it.each([
    ["a server that is not there", withCode("ECONNREFUSED")],
    ["a server that is going down", withCode("57P01")],
    ["a statement that took too long", withCode("57014")],
    ["a lock that was not had", withCode("55P03")],
    ["a deadlock", withCode("40P01")],
    ["no connection left", withCode("53300")],
    ["a full disk", withCode("53100")],
    ["a database that only reads", withCode("25006")],
    ["another session's prepared statement", withCode("42P05")],
    ["a pooler without connections", withCode("08P01")],
    ["a locked SQLite file", withCode("SQLITE_BUSY")],
    ["a full disk under SQLite", withCode("SQLITE_FULL")],
    [
      "a failed write of node:sqlite",
      Object.assign(withCode("ERR_SQLITE_ERROR"), { errcode: 778 }),
    ],
    ["no answer", new Error("Query read timeout")],
    ["no free connection", new Error("timeout exceeded when trying to connect")],
    ["a broken connection", new Error("Connection terminated unexpectedly")],
    ["one behind another error", new Error("wrapped", { cause: withCode("EPIPE") })],
  ])("is %s: 503, to be tried again", (_what, error) => {
    expect(databaseFault(error)).toMatchObject({
      code: "database-unavailable",
      status: 503,
      retryAfterSeconds: 5,
    });
  });

  it.each([
    ["a value that is there already", withCode("23505")],
    ["a text with NUL", withCode("22021")],
    ["a constraint of SQLite", withCode("SQLITE_CONSTRAINT")],
    ["a constraint of node:sqlite", Object.assign(new Error("no"), { errcode: 1555 })],
    ["a mistake of ours", new TypeError("undefined is not a function")],
    ["no error", "text"],
  ])("is not %s", (_what, error) => {
    expect(databaseFault(error)).toBeUndefined();
  });

  it.each([
    ["an address", { address: "10.0.0.7", port: 5432 }, "ECONNREFUSED (10.0.0.7:5432)"],
    ["a socket", { address: "/run/postgresql/.s.PGSQL.5432" }, "(/run/postgresql/.s.PGSQL.5432)"],
    ["a name", { hostname: "db.example" }, "ECONNREFUSED (db.example)"],
    ["nothing", {}, "the database cannot be asked: ECONNREFUSED"],
  ])("says where it was looked for: %s", (_what, where, said) => {
    const error = Object.assign(withCode("ECONNREFUSED"), where);
    expect(databaseFault(error)?.message.endsWith(said)).toBe(true);
    const both = Object.assign(new AggregateError([error]), { code: "ECONNREFUSED" });
    expect(databaseFault(both)?.message.endsWith(said)).toBe(true);
  });

  it.each([
    ["3D000", 'database "lopauth" does not exist'],
    ["28P01", 'password authentication failed for user "lopauth"'],
  ])("says in the server's words who may not connect: %s", (code, words) => {
    const said = databaseFault(withCode(code, words))?.message;
    expect(said).toBe(`the database cannot be asked: ${code} (${words})`);
    const later = databaseFault(withCode("57014", `select 'secret' - ${words}`))?.message;
    expect(later).toBe("the database cannot be asked: 57014");
  });

  it("leaves nothing written only where the database says so", () => {
    expect(["57014", "55P03", "40P01", "23505"].map((code) => isUndone(withCode(code)))).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(isUndone(withCode("ECONNRESET"))).toBe(false);
    expect(isUndone(new Error("Query read timeout"))).toBe(false);
  });
});
