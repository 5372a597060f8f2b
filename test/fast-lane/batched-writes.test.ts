import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it } from "@jest/globals";
import { type KeyedWrite, batchedWrites } from "../../src/fast-lane/batched-writes.ts";
import { type ArtifactStore } from "../../src/artifacts/index.ts";
import { isUndone } from "../../src/storage/index.ts";
import { artifactStores } from "../artifacts/artifact-stores.ts";

interface Note extends KeyedWrite {
  readonly text: string;
}

/** A store of notes, each written once; `bad` cannot be written. Every statement takes a while. */
function notes(mostAtOnce: number) {
  const written = new Map<string, string>();
  const statements: string[][] = [];
  let underWay = 0;
  let mostSeen = 0;
  const statement = async (all: readonly Note[]): Promise<string[]> => {
    statements.push(all.map(({ key }) => key));
    mostSeen = Math.max(mostSeen, ++underWay);
    await pause(2);
    underWay -= 1;
    if (all.some(({ text }) => text === "bad")) throw new Error("cannot write bad");
    const fresh = all.filter(({ key }) => !written.has(key));
    for (const { key, text } of fresh) written.set(key, text);
    return fresh.map(({ key }) => key);
  };
  const write = batchedWrites<Note>({
    ...{ mostAtOnce, isUndone },
    alone: async (note) => (await statement([note])).length === 1,
    together: statement,
  });
  return { write, written, statements, mostSeen: () => mostSeen };
}

describe("writes that come together", () => {
  it("share a statement, and each is told its own result", async () => {
    const { write, written, statements } = notes(1);
    written.set("c", "before");
    const asked = ["a", "b", "c", "d"].map((key) => write({ key, text: key }));
    expect(await Promise.all(asked)).toEqual([true, true, false, true]);
    expect(statements).toEqual([["a", "b", "c", "d"]]);
  });

  it("go in the order of their keys, so that two nodes lock in one order", async () => {
    const { write, statements } = notes(1);
    await Promise.all(["c", "a", "b"].map((key) => write({ key, text: key })));
    expect(statements).toEqual([["a", "b", "c"]]);
  });

  it("of one key are never in one statement: of fifty one is told yes", async () => {
    const { write, written, statements } = notes(1);
    const asked = Array.from({ length: 50 }, (_, index) => write({ key: "a", text: `${index}` }));
    expect(await Promise.all(asked)).toEqual([true, ...Array<boolean>(49).fill(false)]);
    expect(written.get("a")).toBe("0");
    expect(statements.every((keys) => keys.length === 1)).toBe(true);
  });

  it("fail alone: the others of a batch are written", async () => {
    const { write, written } = notes(1);
    const good = ["a", "b", "d"].map((key) => write({ key, text: key }));
    await expect(write({ key: "c", text: "bad" })).rejects.toThrow("cannot write bad");
    expect(await Promise.all(good)).toEqual([true, true, true]);
    expect([...written.keys()].sort()).toEqual(["a", "b", "d"]);
  });

  it("are at most so many statements at once, of at most a hundred each", async () => {
    const { write, statements, mostSeen } = notes(2);
    const first = write({ key: "0", text: "" });
    await pause(0);
    const rest = Array.from({ length: 450 }, (_, index) => write({ key: `k${index}`, text: "" }));
    await Promise.all([first, ...rest]);
    expect(mostSeen()).toBe(2);
    expect(Math.max(...statements.map((keys) => keys.length))).toBe(100);
    expect(statements.length).toBeLessThanOrEqual(8);
  });
});

describe.each(artifactStores)("many consumes at once on $name", (kind) => {
  it("of the same hundred codes by two nodes in opposite order: each code once, and no deadlock", async () => {
    const database = await kind.create();
    const nodes: readonly ArtifactStore[] = [await database.open(), await database.open()];
    const ids = Array.from({ length: 100 }, (_, index) => `code-${index}`);
    const [first] = nodes;
    await Promise.all(
      ids.map(async (id) => first?.put("AuthorizationCode", id, { payload: {} }, 60)),
    );
    const orders = [ids, [...ids].reverse()];
    const results = await Promise.all(
      nodes.map((node, index) =>
        Promise.all((orders[index] ?? []).map((id) => node.consume("AuthorizationCode", id))),
      ),
    );
    expect(results.flat().filter(Boolean)).toHaveLength(100);
    await database.drop();
  });
});
