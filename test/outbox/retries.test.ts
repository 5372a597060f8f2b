import { describe, expect, it } from "@jest/globals";
import { pauseAfter, pausesSeconds } from "../../src/outbox/retries.ts";

describe("pauseAfter", () => {
  it("grows from 5 s, whatever the jitter", () => {
    expect(pauseAfter(1, 0)).toBe(5);
    for (let attempt = 2; attempt <= pausesSeconds.length; attempt += 1) {
      const longestBefore = pauseAfter(attempt - 1, 0.999_999) ?? Infinity;
      expect(pauseAfter(attempt, 0)).toBeGreaterThan(longestBefore);
    }
  });

  it("ends after the last try, about a day after the first", () => {
    const sum = pausesSeconds.reduce((total, pause) => total + pause, 0);
    expect(sum / 3600).toBeCloseTo(24.4, 1);
    expect(pauseAfter(pausesSeconds.length, 0)).toBeDefined();
    expect(pauseAfter(pausesSeconds.length + 1, 0)).toBeUndefined();
  });
});
