import { afterEach, describe, expect, it } from "@jest/globals";
import { runTogether } from "../../src/operations/run-together.ts";

const before = new Set(process.listeners("SIGTERM"));
const own = () => process.listeners("SIGTERM").filter((each) => !before.has(each));

/** Things that note when they are started and stopped. */
function things() {
  const noted: string[] = [];
  const thing = (name: string) => () => {
    noted.push(`start ${name}`);
    return Promise.resolve(() => {
      noted.push(`stop ${name}`);
      return Promise.resolve();
    });
  };
  return { noted, thing };
}

describe("what is run together", () => {
  afterEach(() => {
    for (const each of own()) {
      process.off("SIGTERM", each);
      process.off("SIGINT", each);
    }
  });

  it("is started in order, and stopped once by a signal, the last first", async () => {
    const { noted, thing } = things();
    await runTogether([thing("a"), thing("b")], () => noted.push("all run"));
    expect(noted).toEqual(["start a", "start b", "all run"]);
    for (const end of [...own(), ...own()]) end("SIGTERM");
    await new Promise(setImmediate);
    expect(noted.slice(3)).toEqual(["stop b", "stop a"]);
  });

  it("is stopped one after the other, however often it is asked to", async () => {
    const { noted, thing } = things();
    const slow = () =>
      Promise.resolve(async () => {
        await new Promise(setImmediate);
        noted.push("slow one stopped");
      });
    await runTogether([thing("a"), slow], () => noted.push("all run"));
    for (const end of [...own(), ...own()]) end("SIGTERM");
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect(noted.slice(2)).toEqual(["slow one stopped", "stop a"]);
  });

  it("is stopped by a signal while it is being started, and starts nothing more", async () => {
    const { noted, thing } = things();
    const signalled = () => {
      for (const end of own()) end("SIGTERM");
      return thing("b")();
    };
    await runTogether([thing("a"), signalled, thing("c")], () => noted.push("all run"));
    expect(noted).toEqual(["start a", "stop a", "start b", "stop b"]);
  });

  it("is stopped when one of them cannot be started, whose fault is told", async () => {
    const { noted, thing } = things();
    const failing = () => Promise.reject(new Error("no port"));
    await expect(runTogether([thing("a"), failing], () => undefined)).rejects.toThrow("no port");
    expect(noted).toEqual(["start a", "stop a"]);
  });
});
