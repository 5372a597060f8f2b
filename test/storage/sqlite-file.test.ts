import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, expect, it } from "@jest/globals";
import { SchemaError, openDatabase, sqliteFileProblem } from "../../src/storage/index.ts";

const folder = mkdtempSync(join(tmpdir(), "lopauth-sqlite-file-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const file = (name: string, content: string) => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

it("finds nothing wrong with a database, nor with where one may be made", () => {
  const database = join(folder, "good.sqlite3");
  const opened = new DatabaseSync(database);
  opened.exec("CREATE TABLE any (id INTEGER)");
  opened.close();
  const places = [database, join(folder, "missing"), file("empty", "")];
  expect(places.map(sqliteFileProblem)).toEqual([undefined, undefined, undefined]);
});

it.each([
  ["a folder", () => folder],
  ["a file that is no SQLite database", () => file("clients.json", "[]")],
  ["a file that is no SQLite database", () => file("hosts", "127.0.0.1 localhost, and so on\n")],
  ["no file, but a device or the like", () => "/dev/null"],
])("says what stands there in its place, and nothing opens it: %s", (problem, path) => {
  expect(sqliteFileProblem(path())).toBe(problem);
  const refusal = `There is no SQLite database at ${path()}, but ${problem}: DATABASE_URL names another place.`;
  expect(() => openDatabase(`sqlite:${path()}`)).toThrow(new SchemaError(refusal.slice(0, -1)));
});
