import { describe, expect, it } from "@jest/globals";
import { givingBack } from "../../src/operations/rest.ts";

const megabytes = 2 ** 20;

/** A process that works so much, and holds so many megabytes; a collection leaves forty. */
function processOf(state: { share: number; heap: number }) {
  const collected: number[] = [];
  const { now, atRest } = givingBack({
    loopShare: () => state.share,
    heapBytes: () => state.heap * megabytes,
    collect: () => {
      collected.push(state.heap);
      state.heap = 40;
      return Promise.resolve();
    },
  });
  return { now, atRest, collected };
}

describe("what a load has left", () => {
  it("is given back once the load has gone, and once only", async () => {
    const state = { share: 0.9, heap: 90 };
    const { now, atRest, collected } = processOf(state);
    await now();
    expect(collected).toEqual([90]);
    Object.assign(state, { share: 0.9, heap: 130 });
    await atRest();
    expect(collected).toEqual([90]);
    state.share = 0.01;
    await atRest();
    await atRest();
    expect(collected).toEqual([90, 130]);
  });

  it("is left where it is little", async () => {
    const state = { share: 0, heap: 90 };
    const { now, atRest, collected } = processOf(state);
    await now();
    state.heap = 63;
    await atRest();
    expect(collected).toEqual([90]);
    state.heap = 64;
    await atRest();
    expect(collected).toEqual([90, 64]);
  });

  it("counts from what V8 has given back by itself", async () => {
    const state = { share: 0, heap: 100 };
    const { now, atRest, collected } = processOf(state);
    await now();
    for (const heap of [30, 54]) {
      state.heap = heap;
      await atRest();
    }
    expect(collected).toEqual([100, 54]);
  });
});
