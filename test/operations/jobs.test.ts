import { describe, expect, it } from "@jest/globals";
import { setTimeout as pause } from "node:timers/promises";
import { systemClock, systemRandom } from "../../src/foundation/index.ts";
import { NodeState, createJobs, createLogger, silentLogger } from "../../src/operations/index.ts";
import { waitFor } from "../support/wait-for.ts";

function jobs(logger = silentLogger, node = new NodeState()) {
  return createJobs({ clock: systemClock, random: systemRandom, logger, node });
}

function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  return { opened: promise, open: () => resolve(undefined) };
}

describe("a job", () => {
  it("runs again and again after its start, and not before", async () => {
    let runs = 0;
    const countRun = () => Promise.resolve(runs++).then(() => undefined);
    const all = jobs();
    all.register({ name: "count", everySeconds: 0.005, run: countRun });
    await pause(20);
    expect(runs).toBe(0);
    all.start();
    await waitFor("three runs", () => runs >= 3);
    await all.stop();
    const afterStop = runs;
    await pause(20);
    expect(runs).toBe(afterStop);
  });

  it("never overlaps itself", async () => {
    let [now, most, runs] = [0, 0, 0];
    const all = jobs();
    all.register({
      name: "slow",
      everySeconds: 0.001,
      run: async () => {
        most = Math.max(most, ++now);
        await pause(10);
        now--;
        runs++;
      },
    });
    all.start();
    await waitFor("four runs", () => runs >= 4);
    await all.stop();
    expect(most).toBe(1);
  });

  it("that throws is logged and runs again", async () => {
    const lines: string[] = [];
    const destination = { write: (line: string) => lines.push(line) };
    const all = jobs(
      createLogger({ level: "info", format: "json", clock: systemClock, destination }),
    );
    let runs = 0;
    all.register({
      name: "brittle",
      everySeconds: 0.002,
      run: () => {
        runs++;
        throw new Error(`fault ${runs}`);
      },
    });
    all.start();
    await waitFor("a second run", () => runs >= 2);
    await all.stop();
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({
      level: "error",
      job: "brittle",
      err: { message: "fault 1" },
    });
  });

  it("does not hinder another that hangs", async () => {
    const hanging = gate();
    let runs = 0;
    const countRun = () => Promise.resolve(runs++).then(() => undefined);
    const all = jobs();
    all.register({ name: "hang", everySeconds: 0.001, run: () => hanging.opened });
    all.register({ name: "go", everySeconds: 0.002, run: countRun });
    all.start();
    await waitFor("runs of the other", () => runs >= 3);
    hanging.open();
    await all.stop();
  });

  it("is registered once and before the start", () => {
    const all = jobs();
    const job = { name: "one", everySeconds: 60, run: () => Promise.resolve() };
    all.register(job);
    expect(() => all.register(job)).toThrow("the job one is registered twice");
    all.start();
    expect(() => all.register({ ...job, name: "two" })).toThrow(
      "the job two comes after the start",
    );
  });
});

describe("stop", () => {
  it("waits for the run under way", async () => {
    const [begun, end] = [gate(), gate()];
    let finished = false;
    const all = jobs();
    all.register({
      name: "long",
      everySeconds: 0.001,
      run: async () => {
        begun.open();
        await end.opened;
        finished = true;
      },
    });
    all.start();
    await begun.opened;
    const stopped = all.stop();
    expect(finished).toBe(false);
    end.open();
    await stopped;
    expect(finished).toBe(true);
  });

  it("leaves a run to itself that does not end in its time, and says which", async () => {
    const [begun, end] = [gate(), gate()];
    const lines: string[] = [];
    const destination = { write: (line: string) => lines.push(line) };
    const all = jobs(
      createLogger({ level: "warn", format: "json", clock: systemClock, destination }),
    );
    const run = () => {
      begun.open();
      return end.opened;
    };
    all.register({ name: "deaf", everySeconds: 0.001, run });
    all.start();
    await begun.opened;
    // It would hold up the stop for ever.
    await all.stop(0.01);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ level: "warn", job: "deaf" });
    end.open();
  });

  it("tells a long run to break off", async () => {
    const begun = gate();
    const all = jobs();
    all.register({
      name: "endless",
      everySeconds: 0.001,
      run: async (stopping) => {
        begun.open();
        while (!stopping.aborted) await new Promise((resolve) => setTimeout(resolve, 1));
      },
    });
    all.start();
    await begun.opened;
    await expect(all.stop()).resolves.toBeUndefined();
  });
});
