import { describe, expect, it } from "@jest/globals";
import { days } from "../../src/foundation/index.ts";
import type { Purge, PurgeState } from "../../src/house/index.ts";
import {
  PurgeMemory,
  type PurgeOptions,
  type PurgeRecord,
  purged,
} from "../../src/house/purging.ts";

/** A house that has forgotten nothing yet, at noon. */
function house() {
  const states = new Map<string, PurgeState>();
  const clock = { now: 1_800_000_000 };
  /** Since the machine started: nobody sets it. */
  const machine = { seconds: 5000 };
  const record: PurgeRecord = {
    list: () => Promise.resolve([...states.values()]),
    ran: (kind, ranAt) => {
      states.set(kind, { kind, ranAt, refusedAt: undefined, refusal: undefined });
      return Promise.resolve();
    },
    refused: (kind, refusedAt, refusal) => {
      states.set(kind, { kind, ranAt: states.get(kind)?.ranAt, refusedAt, refusal });
      return Promise.resolve();
    },
  };
  const seconds = () => clock.now;
  const reads = { epochSeconds: seconds, epochMilliseconds: () => seconds() * 1000 };
  /** A process on the same database; it remembers nothing yet. */
  const process = () => {
    const memory = new PurgeMemory(() => machine.seconds);
    return (purges: readonly Purge[], options?: PurgeOptions) =>
      purged(purges, { record, clock: reads, memory }, options);
  };
  /** Time that passes, by every clock. */
  const passed = (time: number) => {
    clock.now += time;
    machine.seconds += time;
  };
  return { clock, states, passed, process, purge: process() };
}

/** A table with so many rows to erase, a thousand at a time. */
function rows(as: string, count: number, more: Partial<Purge> = {}): Purge {
  let left = count;
  const run = () => {
    const piece = Math.min(left, 1000);
    left -= piece;
    return Promise.resolve(piece);
  };
  return { as, run, ...more };
}

const share = (going: number, all: number): Partial<Purge> => ({
  share: { most: 0.1, count: () => Promise.resolve({ going, all }) },
});

describe("a purge", () => {
  it("goes on until none is left", async () => {
    const { purge } = house();
    const { erased } = await purge([rows("limits", 4500), rows("links", 0)]);
    expect(erased).toEqual({ limits: 4500, links: 0 });
  });

  it("takes one piece a run of what people are written to, and all of it when an operator says so", async () => {
    const { purge } = house();
    const warnings = rows("warnings", 2500, { isPaced: true });
    expect((await purge([warnings])).erased).toEqual({ warnings: 1000 });
    expect((await purge([warnings], { allow: new Set(["warnings"]) })).erased).toEqual({
      warnings: 1500,
    });
  });

  it("ends after the piece under way when the node stops", async () => {
    const { purge } = house();
    const stop = new AbortController();
    const limits = rows("limits", 5000);
    const stopping: Purge = {
      as: "limits",
      run: async () => {
        stop.abort();
        return limits.run();
      },
    };
    const { erased } = await purge([stopping, rows("links", 10)], { signal: stop.signal });
    expect(erased).toEqual({ limits: 1000 });
  });
});

describe("a purge that fails", () => {
  it.each([
    ["its pieces", { run: () => Promise.reject(new Error("away")) }],
    ["its count", { share: { most: 0.1, count: () => Promise.reject(new Error("away")) } }],
  ])("by %s keeps none behind it from going, and is told of", async (_what, failing) => {
    const { purge, states } = house();
    const kinds = [rows("limits", 5), rows("audit", 5, failing), rows("links", 5)];
    const { erased, failed } = await purge(kinds);
    expect(erased).toEqual({ limits: 5, links: 5 });
    expect(failed).toEqual({ audit: new Error("away") });
    expect([...states.keys()]).toEqual(["limits", "links"]);
  });
});

describe("a clock that jumped", () => {
  it.each([
    ["800 days ahead", days(800)],
    ["two minutes ahead", 120],
    ["an hour back", -3600],
  ])("by %s has nothing purged, and says how to go on", async (_how, seconds) => {
    const { purge, clock, passed, states } = house();
    const limits = rows("limits", 10);
    await purge([rows("limits", 0)]);
    passed(3600);
    clock.now += seconds;
    const { erased, refused } = await purge([limits]);
    expect(erased).toEqual({});
    expect(refused["limits"]).toMatch(
      /^the clock says .+ and the last purge ran at .+, 3600 s ago: .+--allow jump/,
    );
    expect(states.get("limits")?.refusal).toBe(refused["limits"]);
    // It goes on by itself when the clock is right again, or when an operator says that it is.
    clock.now -= seconds;
    expect((await purge([limits])).erased).toEqual({ limits: 10 });
    expect(states.get("limits")?.refusal).toBeUndefined();
  });

  it.each([
    ["800 days ahead", days(800)],
    ["an hour back", -3600],
  ])("by %s before a start has nothing purged either", async (_how, seconds) => {
    const { purge, process, clock } = house();
    await purge([rows("limits", 0)]);
    clock.now += seconds;
    expect((await process()([rows("limits", 10)])).refused).toHaveProperty("limits");
  });

  it("is believed once an operator says that it is right, by a command beside the node", async () => {
    const { purge, process, clock } = house();
    await purge([rows("limits", 0)]);
    clock.now += days(30);
    expect((await purge([rows("limits", 10)])).refused).toHaveProperty("limits");
    const command = process();
    expect((await command([rows("limits", 10)], { allow: new Set(["jump"]) })).erased).toEqual({
      limits: 10,
    });
    expect((await purge([rows("limits", 10)])).erased).toEqual({ limits: 10 });
  });

  it("is none when it was put right by a few seconds", async () => {
    const { purge, clock } = house();
    await purge([rows("limits", 0)]);
    clock.now -= 30;
    expect((await purge([rows("limits", 10)])).refused).toEqual({});
  });

  it("is none when so much time has passed, with the node up or off", async () => {
    const { purge, process, passed } = house();
    await purge([rows("limits", 0)]);
    passed(days(7));
    expect((await process()([rows("limits", 0)])).refused).toEqual({});
    passed(60);
    expect((await purge([rows("limits", 0)])).refused).toEqual({});
    passed(days(30));
    expect((await purge([rows("limits", 10)])).refused).toEqual({});
  });
});

describe("a share of a table that is larger than expected", () => {
  it("stays, while the others go, and goes when an operator says so, once", async () => {
    const { purge } = house();
    const many = () => [rows("audit", 200, share(200, 1000)), rows("links", 5)];
    const { erased, refused } = await purge(many());
    expect(erased).toEqual({ links: 5 });
    expect(refused).toEqual({
      audit:
        '200 of 1000 would go, and at most 10 % are expected: if that is right, run "lopauth purge --allow audit" once',
    });
    expect((await purge(many(), { allow: new Set(["audit"]) })).erased).toEqual({
      audit: 200,
      links: 5,
    });
    expect((await purge(many())).refused).toHaveProperty("audit");
  });

  it.each([
    ["a tenth", 100, 1000],
    ["ten of few", 10, 12],
  ])("is not %s", async (_what, going, all) => {
    const { purge } = house();
    const { erased } = await purge([rows("audit", going, share(going, all))]);
    expect(erased).toEqual({ audit: going });
  });
});
