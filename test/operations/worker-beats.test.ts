import { type ChildProcess, spawn } from "node:child_process";
import type { Worker } from "node:cluster";
import { EventEmitter, once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { mock } from "node:test";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { onSilence } from "../../src/operations/worker-beats.ts";
import { waitFor } from "../support/wait-for.ts";

describe("a worker that hangs", () => {
  let leader: ChildProcess;
  let told: { readonly worker?: number; readonly pid?: number; readonly message?: string }[];
  const ofSecond = () => told.filter(({ worker, pid }) => worker === 2 && pid !== undefined);

  beforeEach(async () => {
    told = [];
    const script = fileURLToPath(new URL("two-workers.ts", import.meta.url));
    leader = spawn(process.execPath, [script, "400"], { stdio: ["ignore", "pipe", "inherit"] });
    if (!leader.stdout) throw new Error("no output of the leader");
    createInterface({ input: leader.stdout }).on("line", (line) => {
      told.push(JSON.parse(line) as (typeof told)[number]);
    });
    await waitFor("both", () => ofSecond().length === 1, 30);
  }, 60_000);
  afterEach(async () => {
    if (leader.exitCode !== null || leader.signalCode !== null) return;
    const ended = once(leader, "exit");
    leader.kill("SIGTERM");
    await ended;
  }, 60_000);

  it("is ended, told of and replaced", async () => {
    const [{ pid = 0 } = {}] = ofSecond();
    process.kill(pid, "SIGSTOP");
    const successor = await waitFor("its successor", () => ofSecond()[1], 30);
    expect(successor.pid).not.toBe(pid);
    const messages = told.flatMap(({ worker, message }) => (worker === 2 ? (message ?? []) : []));
    expect(messages).toEqual(["a worker hangs, and is ended", "a worker ended, and is replaced"]);
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  }, 60_000);

  it("keeps nobody from stopping", async () => {
    const [{ pid = 0 } = {}] = ofSecond();
    process.kill(pid, "SIGSTOP");
    const ended = once(leader, "exit");
    leader.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
  }, 60_000);
});

describe("beats", () => {
  let worker: Worker;
  let hung: number;

  beforeEach(() => {
    mock.timers.enable({ apis: ["setInterval"] });
    worker = new EventEmitter() as unknown as Worker;
    hung = 0;
    onSilence(worker, 1000, () => {
      hung += 1;
    });
  });
  afterEach(() => {
    mock.timers.reset();
  });

  it("of silence are four, and told of once", () => {
    mock.timers.tick(4900);
    expect(hung).toBe(0);
    mock.timers.tick(60_000);
    expect(hung).toBe(1);
  });

  it("begin anew with each word of the worker, and with no other", () => {
    for (let second = 0; second < 20; second++) {
      mock.timers.tick(4000);
      worker.emit("message", "alive");
    }
    expect(hung).toBe(0);
    mock.timers.tick(4000);
    worker.emit("message", { of: "somebody else" });
    mock.timers.tick(1000);
    expect(hung).toBe(1);
  });

  it("are not waited for from one that has ended", () => {
    worker.emit("exit", 0, null);
    mock.timers.tick(60_000);
    expect(hung).toBe(0);
  });
});
