import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it } from "@jest/globals";
import Koa from "koa";
import type { AddressInfo } from "node:net";
import { NodeState, healthRoutes } from "../../src/operations/index.ts";

/** A node whose ways are answered as told. */
async function node(ways: Record<string, () => Promise<unknown>>) {
  const state = new NodeState();
  const app = new Koa();
  app.use(healthRoutes({ ways: () => ways, node: state }));
  const server = app.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const ask = async (path: string) => {
    const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`);
    return [answer.status, await answer.json()];
  };
  return { state, ask, close: () => server.close() };
}

const answered = () => Promise.resolve();

describe("/readyz", () => {
  it("names each way that is not answered, while /livez does not ask", async () => {
    const { ask, close } = await node({
      register: answered,
      "look-ups": () => Promise.reject(new Error("no")),
      artifacts: () => new Promise(() => undefined),
    });
    expect(await ask("/readyz")).toEqual([
      503,
      { status: "unavailable", because: ["look-ups", "artifacts"] },
    ]);
    expect(await ask("/livez")).toEqual([200, { status: "ok" }]);
    close();
  });

  it("says why the node takes itself out, and asks nothing then", async () => {
    let asked = 0;
    const { state, ask, close } = await node({ register: () => Promise.resolve(++asked) });
    state.set("stopping", true);
    state.set("clock", true);
    expect(await ask("/readyz")).toEqual([
      503,
      { status: "unavailable", because: ["stopping", "clock"] },
    ]);
    expect(asked).toBe(0);
    expect(await ask("/livez")).toEqual([200, { status: "ok" }]);
    close();
  });

  it("is good again when nothing is in the way, and where a node only serves", async () => {
    const { state, ask, close } = await node({ register: answered });
    state.set("clock", true);
    state.set("clock", false);
    state.set("jobs-off", true);
    state.set("maintenance", true);
    expect(await ask("/readyz")).toEqual([200, { status: "ok" }]);
    expect(state.mayWork()).toBe(false);
    close();
  });

  it("asks once for all that ask at the same time", async () => {
    let asked = 0;
    const waiting: (() => void)[] = [];
    const { ask, close } = await node({
      register: () => {
        asked += 1;
        return new Promise<void>((resolve) => waiting.push(resolve));
      },
    });
    const all = Array.from({ length: 20 }, () => ask("/readyz"));
    await ask("/livez");
    await ask("/livez");
    for (const resolve of waiting) resolve();
    expect((await Promise.all(all)).every(([status]) => status === 200)).toBe(true);
    expect(asked).toBe(1);
    close();
  });

  it("waits no longer than a supervisor does for a way that hangs", async () => {
    // Whichever comes first: it would have answered after five seconds.
    const slow = pause(5000, undefined, { ref: false });
    const { ask, close } = await node({ register: () => slow });
    expect((await ask("/readyz"))[0]).toBe(503);
    close();
  });
});
