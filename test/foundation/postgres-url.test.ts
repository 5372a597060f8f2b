import { describe, expect, it } from "@jest/globals";
import { postgresServers, withoutPassword } from "../../src/foundation/index.ts";

describe("the servers of a PostgreSQL address", () => {
  it.each([
    ["postgres://u:p@db/auth", ["postgres://u:p@db/auth"]],
    [
      "postgresql://u:p@one:5432,two:5433/auth?sslmode=verify-full",
      [
        "postgresql://u:p@one:5432/auth?sslmode=verify-full",
        "postgresql://u:p@two:5433/auth?sslmode=verify-full",
      ],
    ],
    ["postgres://[::1]:1,[::2]/auth", ["postgres://[::1]:1/auth", "postgres://[::2]/auth"]],
    ["postgres://u@/auth?host=/run/pg", ["postgres://u@/auth?host=%2Frun%2Fpg"]],
    ["postgres:///auth?host=/run/pg", ["postgres:///auth?host=%2Frun%2Fpg"]],
    ["postgres://u@%2Frun%2Fpg/auth", ["postgres://u@%2Frun%2Fpg/auth"]],
    [
      "postgres:///auth?host=one,two&port=1,2",
      ["postgres:///auth?host=one&port=1", "postgres:///auth?host=two&port=2"],
    ],
    [
      "postgres:///auth?host=one,two&port=1",
      ["postgres:///auth?host=one&port=1", "postgres:///auth?host=two&port=1"],
    ],
  ])("of %s", (url, servers) => {
    expect(postgresServers(url)).toEqual(servers);
  });

  it.each([
    "mysql://db/auth",
    "postgres://u:p@db:port/auth",
    "postgres://u:p@one:1,two:x/auth",
    "postgres://u:p/w@db/auth",
    "postgres://u:p@w@db/auth",
    "db/auth",
  ])("are none where it is no such address: %s", (url) => {
    expect(postgresServers(url)).toBeUndefined();
  });
});

describe("an address without its password", () => {
  it.each([
    ["postgres://u:s3cret@one:1,two:2/auth", "postgres://u@one:1,two:2/auth"],
    ["postgres://u@db/auth?password=s3cret&a=b", "postgres://u@db/auth?a=b"],
    ["postgres://:s3cret@db/auth?sslpassword=s3cret", "postgres://@db/auth"],
    ["postgres://db/auth", "postgres://db/auth"],
  ])("of %s", (url, shown) => {
    expect(withoutPassword(url)).toBe(shown);
  });
});
