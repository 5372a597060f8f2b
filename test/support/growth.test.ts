import { describe, expect, it } from "@jest/globals";
import { growsNoFaster, growthByEight } from "./growth.ts";

/** So many steps, each of the same work. */
function steps(count: number): number {
  let sum = 0;
  for (let step = 0; step < count; step += 1) sum = (sum * 31 + step) % 1_000_003;
  return sum;
}

describe("The growth of work", () => {
  it("tells work that grows with its size from work that grows with the square", () => {
    expect(growthByEight((size) => steps(100 * size), 50)).toBeLessThan(growsNoFaster);
    expect(growthByEight((size) => steps(size * size), 50)).toBeGreaterThan(growsNoFaster);
  });
});
