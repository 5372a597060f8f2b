import cluster, { type Worker } from "node:cluster";
import { EventEmitter } from "node:events";
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { createWorkers } from "../../src/operations/index.ts";
import { type TestDatabase, databases } from "../support/databases.ts";
import { freePort } from "../support/free-port.ts";
import { type ServerProcess, serverProcess } from "../support/server-process.ts";
import { type SmtpTestServer, startSmtp } from "../support/smtp.ts";
import { goodPassword } from "../support/test-provider.ts";
import { waitFor } from "../support/wait-for.ts";
import { addAccount, redeem, signInAt } from "../attacks/process-journey.ts";

const email = "jeanne@partenaire.test";

describe.each(databases)("several workers of one node, on $name", (kind) => {
  let home: TestDatabase;
  let smtp: SmtpTestServer;
  let node: ServerProcess;
  let metricsPort: number;

  beforeAll(async () => {
    home = await kind.create();
    smtp = await startSmtp();
    metricsPort = await freePort();
    node = await serverProcess({
      databaseUrl: home.url,
      smtpUrl: smtp.url,
      isPublic: true,
      environment: {
        ...{ WORKERS: "2", METRICS_PORT: String(metricsPort), STOP_DELAY: "0" },
        ...{ LOG_LEVEL: "info", NODE_ENV: "", REQUEST_LOG: "on" },
      },
    });
  }, 120_000);
  beforeEach(async () => {
    await node.start();
    await started();
  }, 120_000);
  afterAll(async () => {
    await node.remove();
    await smtp.close();
    await home.drop();
  });

  /** The processes that the leader has started, with which of the workers each is. */
  const workers = (): { readonly pid: number; readonly number: number }[] => {
    const leader = node.processId();
    if (leader === undefined) return [];
    const children = readFileSync(`/proc/${leader}/task/${leader}/children`, "utf8");
    return children
      .split(" ")
      .filter((pid) => pid !== "")
      .map((pid) => ({ pid: Number(pid), number: numberOf(pid) }))
      .filter(({ number }) => number > 0);
  };
  const metric = async (pattern: RegExp): Promise<number> => {
    const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
    return [...text.matchAll(pattern)].reduce((sum, [, value]) => sum + Number(value), 0);
  };
  /** Each worker has its share of the threads; whoever is not asked yet has told of none. */
  const threads = 2 * Math.max(1, Math.floor(availableParallelism() / 2));
  const started = () =>
    waitFor(
      "all workers",
      async () => {
        const told = await metric(/^lopauth_hashing_threads\{queue="passwords"\} (\d+)/gm).catch(
          () => 0,
        );
        return workers().length === 2 && told === threads;
      },
      60,
    );
  const discoveries =
    /^lopauth_http_request_duration_seconds_count\{[^}]*route="\/\.well-known\/openid-configuration"[^}]*\} (\d+)/gm;
  const discover = async () =>
    (
      await fetch(`${node.issuer}/.well-known/openid-configuration`, {
        headers: { connection: "close" },
      })
    ).status;

  it("serve one another's people, and are counted as one", async () => {
    expect(
      workers()
        .map(({ number }) => number)
        .sort(),
    ).toEqual([1, 2]);
    const before = await metric(discoveries);
    const statuses = await Promise.all(Array.from({ length: 40 }, discover));
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect((await metric(discoveries)) - before).toBe(40);
    const served = new Set(node.output.join("").match(/ worker=\d /g));
    expect(served.size).toBe(2);
    // Whichever of them answers a step.
    await addAccount(home.url, email, goodPassword);
    const { code = "" } = await signInAt(node, email, goodPassword);
    expect(await redeem(node, code)).toMatchObject({ token_type: "Bearer" });
    expect(await metric(/^lopauth_build_info\{[^}]*\} (\d+)/gm)).toBe(1);
  });

  it("replace one that is killed; the other serves meanwhile", async () => {
    const [victim] = workers().filter(({ number }) => number === 2);
    if (!victim) throw new Error("no second worker");
    process.kill(victim.pid, "SIGKILL");
    await waitFor("the end of it", () => !workers().some(({ pid }) => pid === victim.pid));
    await waitFor("the other to answer", () =>
      discover().then(
        (status) => status === 200,
        () => false,
      ),
    );
    const replaced = await waitFor("its successor", () =>
      workers().find(({ number, pid }) => number === 2 && pid !== victim.pid),
    );
    expect(replaced.pid).not.toBe(victim.pid);
    expect(node.output.join("")).toContain("a worker ended, and is replaced");
    await started();
  }, 120_000);

  // What a leader does at its end is the same on every database.
  if (kind.name !== "SQLite") return;

  it("all stop with their leader, and answer what is under way", async () => {
    const pids = workers().map(({ pid }) => pid);
    const under = Array.from({ length: 20 }, discover);
    await Promise.all(under.slice(0, 5));
    const answers = Promise.allSettled(under);
    node.output.length = 0;
    await node.stop();
    for (const answer of await answers) expect(answer).toMatchObject({ value: 200 });
    expect(pids).toHaveLength(2);
    for (const pid of pids) expect(isAlive(pid)).toBe(false);
    await waitFor("the last words", () => node.output.join("").match(/stopped/g)?.length === 3);
  }, 120_000);

  it("end when their leader is killed, so that the port is free", async () => {
    const pids = workers().map(({ pid }) => pid);
    node.output.length = 0;
    await node.kill();
    await waitFor("their end", () => pids.every((pid) => !isAlive(pid)), 20);
    // Each in its own time, with what was under way.
    await waitFor("the last words", () => node.output.join("").match(/stopped/g)?.length === 2);
  }, 120_000);

  it("have a port of their own, which no other node's share", async () => {
    const environment = { WORKERS: "2", PORT: String(node.port), ISSUER: node.issuer };
    const other = await serverProcess({
      ...{ databaseUrl: home.url, smtpUrl: smtp.url, environment },
    });
    await expect(other.start()).rejects.toThrow(/it ended/);
    expect(other.exitCode()).toBe(1);
    expect(other.output.join("")).toContain("where another process listens");
    await other.remove();
  }, 120_000);
});

it("says what is wrong and ends, when the first worker cannot start", async () => {
  const port = await freePort();
  const node = await serverProcess({
    databaseUrl: `postgres://nobody@127.0.0.1:${port}/nothing`,
    smtpUrl: "smtp://127.0.0.1:9",
    environment: { WORKERS: "3" },
  });
  await expect(node.start()).rejects.toThrow(/it ended/);
  expect(node.output.join("")).not.toContain("is replaced");
  expect(node.exitCode()).toBe(1);
  await node.remove();
}, 120_000);

it.each([
  ["gives none", () => unspawned()],
  [
    "has no memory",
    () => {
      throw new Error("spawn ENOMEM");
    },
  ],
])("one that the system %s for is tried again, and the others serve on", async (_, fails) => {
  const fork = jest.spyOn(cluster, "fork");
  const second = workerOf(1);
  fork.mockImplementationOnce(listening()).mockImplementationOnce(listening(second));
  fork.mockImplementationOnce(fails).mockImplementationOnce(listening());
  const told: string[] = [];
  const logger = { error: (_fields: object, message: string) => void told.push(message) };
  const workers = createWorkers({ count: 2, logger, shortestPauseMilliseconds: 1 });
  await workers.start();
  second.emit("exit", null, "SIGKILL");
  await waitFor("the next one", () => fork.mock.calls.length === 4);
  fork.mockRestore();
  expect(told.slice(0, 2)).toEqual([
    "a worker ended, and is replaced",
    "a worker cannot be started",
  ]);
});

it("told to stop while the first one starts, have not failed", async () => {
  const first = workerOf(1);
  const fork = jest.spyOn(cluster, "fork").mockReturnValueOnce(first);
  const workers = createWorkers({ count: 2, logger: { error: () => undefined } });
  const started = workers.start();
  const stopped = workers.stop();
  first.emit("exit", null, "SIGTERM");
  await expect(started).resolves.toEqual({ exitCode: 0 });
  await stopped;
  expect(fork).toHaveBeenCalledTimes(1);
  fork.mockRestore();
});

it("listen when the successor of one that died does", async () => {
  const fork = jest.spyOn(cluster, "fork");
  const [second, successor] = [workerOf(1), workerOf(1)];
  fork.mockImplementationOnce(listening()).mockReturnValueOnce(second);
  fork.mockReturnValueOnce(successor);
  const logger = { error: () => undefined };
  const workers = createWorkers({ count: 2, logger, shortestPauseMilliseconds: 1 });
  let haveStarted = false;
  const started = workers.start().finally(() => (haveStarted = true));
  await waitFor("the second", () => fork.mock.calls.length === 2);
  second.emit("exit", 1, null);
  await waitFor("its successor", () => fork.mock.calls.length === 3);
  expect(haveStarted).toBe(false);
  successor.emit("message", "listening");
  await expect(started).resolves.toEqual({});
  fork.mockRestore();
});

it("told to stop while the others start, have not failed", async () => {
  const fork = jest.spyOn(cluster, "fork");
  const [first, second] = [workerOf(1), workerOf(1)];
  fork.mockImplementationOnce(listening(first)).mockReturnValueOnce(second);
  const workers = createWorkers({ count: 2, logger: { error: () => undefined } });
  const started = workers.start();
  await waitFor("the second", () => fork.mock.calls.length === 2);
  const stopped = workers.stop();
  for (const worker of [first, second]) worker.emit("exit", null, "SIGTERM");
  await expect(started).resolves.toEqual({ exitCode: 0 });
  await stopped;
  fork.mockRestore();
});

it("told to stop while a successor is waited for, leave nothing behind that keeps their process", async () => {
  const fork = jest.spyOn(cluster, "fork");
  const second = workerOf(1);
  const first = workerOf(1);
  fork.mockImplementationOnce(listening(first)).mockImplementationOnce(listening(second));
  const logger = { error: () => undefined };
  const workers = createWorkers({ count: 2, logger, shortestPauseMilliseconds: 600_000 });
  await workers.start();
  const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
  const before = timers();
  second.emit("exit", 1, null);
  expect(timers()).toBe(before + 1);
  const stopped = workers.stop();
  first.emit("exit", null, "SIGTERM");
  await stopped;
  await new Promise(setImmediate);
  expect(timers()).toBe(before);
  expect(fork).toHaveBeenCalledTimes(2);
  fork.mockRestore();
});

/** Starts one that listens at once. */
function listening(worker = workerOf(1)): () => Worker {
  return () => {
    setImmediate(() => worker.emit("message", "listening"));
    return worker;
  };
}

/** One that the system gave no process to. */
function unspawned(): Worker {
  const worker = workerOf(undefined);
  process.nextTick(() => worker.emit("error", new Error("spawn ENOENT")));
  return worker;
}

function workerOf(pid: number | undefined): Worker {
  return Object.assign(new EventEmitter(), {
    process: { pid, kill: () => true },
  }) as unknown as Worker;
}

/** NaN of what is no worker, or has just ended. */
function numberOf(pid: string): number {
  try {
    return Number(/LOPAUTH_WORKER=(\d+)/.exec(readFileSync(`/proc/${pid}/environ`, "utf8"))?.[1]);
  } catch {
    return NaN;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ");
  } catch {
    return false;
  }
}
