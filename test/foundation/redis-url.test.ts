import { describe, expect, it } from "@jest/globals";
import { redisAddress } from "../../src/foundation/index.ts";

describe("the address of a Redis", () => {
  const plain = {
    tls: false,
    caFile: undefined,
    username: undefined,
    password: undefined,
    sentinelPassword: undefined,
    name: undefined,
    database: 0,
  };

  it.each([
    ["redis://localhost", { ...plain, kind: "server", hosts: [{ host: "localhost", port: 6379 }] }],
    [
      "rediss://me:p%40ss%2Fw@[::1]:7000/3?ca=%2Fetc%2Fca.pem",
      {
        ...{ ...plain, kind: "server", hosts: [{ host: "::1", port: 7000 }], tls: true },
        ...{ username: "me", password: "p@ss/w", database: 3, caFile: "/etc/ca.pem" },
      },
    ],
    [
      "redis+sentinel://:secret@one,two:26380/artifacts?db=2&sentinel_password=other",
      {
        ...{ ...plain, kind: "sentinel", name: "artifacts", database: 2, password: "secret" },
        sentinelPassword: "other",
        hosts: [
          { host: "one", port: 26_379 },
          { host: "two", port: 26_380 },
        ],
      },
    ],
    [
      "rediss+cluster://one.example:7001,two.example:7002",
      {
        ...{ ...plain, kind: "cluster", tls: true },
        hosts: [
          { host: "one.example", port: 7001 },
          { host: "two.example", port: 7002 },
        ],
      },
    ],
  ])("%s is read", (url, address) => {
    expect(redisAddress(url)).toEqual(address);
  });

  it.each([
    "postgres://localhost/database",
    "sqlite:var/auth.sqlite3",
    "redis://",
    "redis://one,two",
    "redis://host:0",
    "redis://host:70000",
    "redis://host/name",
    "redis://host?unknown=1",
    "redis://us%er@host",
    "redis+sentinel://host",
    "redis+cluster://host/1",
    "redis+cluster://host,",
    "redis+other://host",
    "http://host",
  ])("%s is none", (url) => {
    expect(redisAddress(url)).toBeUndefined();
  });
});
