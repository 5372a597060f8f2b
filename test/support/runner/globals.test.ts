import { describe, expect, it } from "@jest/globals";
import { limited } from "./globals.ts";

const pause = (milliseconds: number) =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });

describe("The time limit of a test", () => {
  it("passes on what the body gives or throws", async () => {
    await expect(limited(() => Promise.resolve(), 1000)()).resolves.toBeUndefined();
    const fault = new Error("as it is");
    await expect(limited(() => Promise.reject(fault), 1000)()).rejects.toBe(fault);
  });

  it("fails a body that takes longer, and waits for its end before the next begins", async () => {
    const seen: string[] = [];
    const slow = limited(async () => {
      await pause(30);
      seen.push("the end of the slow one");
    }, 20);
    await expect(slow()).rejects.toThrow("took longer than 20 ms");
    await limited(() => seen.push("the next"), 1000)();
    expect(seen).toEqual(["the end of the slow one", "the next"]);
  });

  it("runs no other test beside a body that does not end, but what clears up", async () => {
    let end: (() => void) | undefined;
    const endless = limited(() => new Promise<void>((resolve) => (end = resolve)), 10);
    await expect(endless()).rejects.toThrow("took longer than 10 ms");
    const seen: string[] = [];
    const next = limited(() => seen.push("a test"), 1000);
    await expect(next()).rejects.toThrow("was not run");
    await limited(() => seen.push("a hook"), 1000, false)();
    end?.();
    await pause(1);
    await next();
    expect(seen).toEqual(["a hook", "a test"]);
  });
});
