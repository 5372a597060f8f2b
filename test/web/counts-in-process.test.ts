import { describe, expect, it } from "@jest/globals";
import { countsInProcess } from "../../src/web/counts-in-process.ts";

const limit = { requests: 3, windowSeconds: 60 };

describe("counters of a process", () => {
  it("let through until the limit is reached, each key for itself, and say when the window ends", () => {
    const counts = countsInProcess();
    expect(counts.take("one", 2, limit, 1000)).toBe(1060);
    expect(counts.take("one", 2, limit, 1010)).toBe(1060);
    expect(counts.take("one", 1, limit, 1020)).toBeUndefined();
    expect(counts.take("two", 1, limit, 1020)).toBe(1080);
    expect([counts.windowEnd("one"), counts.windowEnd("none")]).toEqual([1060, undefined]);
  });

  it("begin anew behind the window, and when the clock was put back", () => {
    const counts = countsInProcess();
    counts.take("one", 3, limit, 1000);
    expect(counts.take("one", 3, limit, 1060)).toBe(1120);
    expect(counts.take("one", 1, limit, 900)).toBe(960);
  });

  it("hold no more than ten thousand", () => {
    const counts = countsInProcess();
    for (let count = 0; count <= 10_000; count += 1) counts.take(`key ${count}`, 3, limit, 1000);
    expect(counts.windowEnd("key 0")).toBeUndefined();
    expect(counts.windowEnd("key 10000")).toBe(1060);
  });
});
