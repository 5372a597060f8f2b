import { describe, expect, it } from "@jest/globals";
import { ExpiringMap } from "../../src/portal/expiring-map.ts";

function createMap(capacity = 10) {
  const clock = { now: 0 };
  const map = new ExpiringMap<string>({ lifetimeSeconds: 60, capacity, now: () => clock.now });
  return { clock, map };
}

describe("the portal's memory", () => {
  it("forgets an entry at the end of its lifetime, and not a millisecond before", () => {
    const { clock, map } = createMap();
    map.set("a", "1");
    clock.now = 59_999;
    expect(map.get("a")).toBe("1");
    clock.now = 60_000;
    expect(map.get("a")).toBeUndefined();
    expect(map.size).toBe(0);
  });

  it("gives an entry that is taken to the first caller only", () => {
    const { map } = createMap();
    map.set("a", "1");
    expect([map.take("a"), map.take("a")]).toEqual(["1", undefined]);
  });

  it("never holds more than its capacity: the oldest gives way", () => {
    const { map } = createMap(2);
    for (const key of ["a", "b", "c"]) map.set(key, key);
    expect([map.size, map.get("a"), map.get("b"), map.get("c")]).toEqual([2, undefined, "b", "c"]);
  });

  it("drops what has expired when something new comes", () => {
    const { clock, map } = createMap();
    map.set("a", "1");
    map.set("b", "2");
    clock.now = 60_000;
    map.set("c", "3");
    expect(map.size).toBe(1);
  });
});
