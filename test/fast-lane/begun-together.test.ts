import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, it } from "@jest/globals";
import { begunTogether } from "../../src/fast-lane/begun-together.ts";

describe("what arrives in one turn of the event loop", () => {
  it("is begun at its end, in the order of arrival and before anything of it goes on", async () => {
    const seen: string[] = [];
    const arrive = begunTogether((name: string) => {
      seen.push(`${name} begins`);
      void Promise.resolve().then(() => seen.push(`${name} goes on`));
    });
    for (const name of ["first", "second"]) arrive(name);
    await Promise.resolve();
    expect(seen).toEqual([]);
    await nextTurn();
    expect(seen).toEqual(["first begins", "second begins", "first goes on", "second goes on"]);
  });

  it("waits for nobody else: each turn begins what it brought", async () => {
    const begun: number[] = [];
    const arrive = begunTogether((number: number) => begun.push(number));
    for (const number of [1, 2]) {
      arrive(number);
      await nextTurn();
    }
    expect(begun).toEqual([1, 2]);
  });

  it("is begun in several turns when it is much, each once and in order", async () => {
    const begun: number[] = [];
    const turns: number[] = [];
    const arrive = begunTogether((number: number) => begun.push(number));
    const numbers = Array.from({ length: 70 }, (_, index) => index);
    for (const number of numbers) arrive(number);
    while (begun.length < numbers.length) {
      await nextTurn();
      turns.push(begun.length);
      // Comes while others wait, and stands behind them.
      if (turns.length === 1) arrive(70);
    }
    await nextTurn();
    expect(turns).toEqual([32, 64, 71]);
    expect(begun).toEqual([...numbers, 70]);
  });
});
