import { describe, expect, it } from "@jest/globals";
import { createLanes } from "../../src/fast-lane/lanes.ts";
import { waitFor } from "../support/wait-for.ts";

/** Statements that end when they are told to. */
function statements(mostAtOnce: number) {
  const waiting: number[] = [];
  const underWay = new Map<number, () => void>();
  const done: number[] = [];
  const begin = createLanes(
    mostAtOnce,
    () => waiting.length > 0,
    async () => {
      const mine = waiting.shift();
      if (mine === undefined) return;
      await new Promise<void>((resolve) => underWay.set(mine, resolve));
      underWay.delete(mine);
      done.push(mine);
    },
  );
  const add = (number: number) => {
    waiting.push(number);
    begin();
  };
  return { add, underWay, done };
}

describe("statements a few at a time", () => {
  it("wait for each other, and go on in the lane that has become free", async () => {
    const { add, underWay, done } = statements(2);
    for (const number of [1, 2, 3]) add(number);
    await waitFor("two", () => underWay.size === 2);
    underWay.get(2)?.();
    await waitFor("the third", () => underWay.has(3));
    expect(done).toEqual([2]);
    for (const end of underWay.values()) end();
  });

  it("are not stopped by two that hang, nor begun without end when all of them hang", async () => {
    const { add, underWay, done } = statements(2);
    for (const number of [1, 2]) add(number);
    await waitFor("two that hang", () => underWay.size === 2);
    for (let number = 3; number <= 20; number += 1) add(number);
    // Two in the lanes, and four that were taken out of them.
    await waitFor("all that may hang", () => underWay.size === 6);
    underWay.get(6)?.();
    await waitFor("the next one", () => underWay.has(7));
    expect(underWay.size).toBe(6);
    expect(done).toEqual([6]);
    for (let number = 1; number <= 20; number += 1) {
      await waitFor(`the turn of ${number}`, () => done.includes(number) || underWay.has(number));
      underWay.get(number)?.();
    }
    await waitFor("all", () => done.length === 20);
  });
});
