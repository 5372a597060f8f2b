import { setTimeout as pause } from "node:timers/promises";
import { Cluster, Command, type Redis } from "ioredis";
import { DatabaseFault } from "../storage/index.ts";
import { type RedisClient, saidIn } from "./redis-client.ts";
import type { RedisScript } from "./redis-scripts.ts";

/** A script with what it is run on. */
export interface RedisCall {
  readonly script: RedisScript;
  readonly keys: readonly string[];
  readonly values: readonly (string | number)[];
}

interface Waiting extends RedisCall {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** What a way that guards is told. */
export interface GuardOptions {
  /** How long a replica is waited for; 0: none is. */
  readonly waitMilliseconds: number;
  /** A master has no replica: what it is told stands on one machine. */
  readonly alone?: () => void;
}

/** How many replicas a master has is asked so often, and whenever one did not answer. */
const askedEachMilliseconds = 1000;
/** Before what met a change of masters is tried again. */
export const againMilliseconds = 100;
/** So many calls at most share one wait. */
const mostTogether = 100;

/**
 * Runs what must not come back once it is done: an answer is given when a replica has it too (`WAIT`). Waiting holds up the
 * connection, so these have a client of their own, and those that come while one waits share the next wait.
 */
export class RedisGuard {
  readonly #client: RedisClient;
  readonly #options: GuardOptions;
  readonly #lanes = new WeakMap<Redis, GuardedLane>();

  constructor(client: RedisClient, options: GuardOptions) {
    this.#client = client;
    this.#options = options;
  }

  /**
   * Each call may be repeated: it is, when a master went away meanwhile.
   * @param signal until when it is tried
   * @throws DatabaseFault when no replica said in time that it has it, though there is one
   */
  async run(call: RedisCall, signal: AbortSignal): Promise<unknown> {
    // A cluster's nodes are known once it is connected to.
    if (this.#client instanceof Cluster && this.#client.status === "wait") {
      await this.#client.connect().catch(() => undefined);
    }
    for (;;) {
      const node = this.#ownerOf(call.keys[0] ?? "");
      try {
        if (node) return await this.#laneOf(node).run(call);
      } catch (error) {
        if (!isChange(error)) throw error;
        // A slot that is being moved: the client knows its way, and nobody waits.
        if (isAsk(error) && this.#client instanceof Cluster) return runOn(this.#client, call);
      }
      if (this.#client instanceof Cluster) this.#client.refreshSlotsCache();
      await pause(againMilliseconds, undefined, { signal });
    }
  }

  #laneOf(node: Redis): GuardedLane {
    const lane = this.#lanes.get(node) ?? new GuardedLane(node, this.#options);
    this.#lanes.set(node, lane);
    return lane;
  }

  #ownerOf(key: string): Redis | undefined {
    if (!(this.#client instanceof Cluster)) return this.#client;
    const owner = this.#client.slots[new Command("get", [key]).getSlot()]?.[0];
    return this.#client
      .nodes("master")
      .find(({ options }) => `${options.host ?? ""}:${options.port ?? ""}` === owner);
  }
}

/** Runs a script, by its name where the server knows it. */
export async function runOn(
  client: RedisClient,
  { script, keys, values }: RedisCall,
): Promise<unknown> {
  try {
    return await client.evalsha(script.sha, keys.length, ...keys, ...values);
  } catch (error) {
    if (!isUnknownScript(error)) throw error;
    return client.eval(script.text, keys.length, ...keys, ...values);
  }
}

/** What is written through one connection to one master. */
class GuardedLane {
  readonly #node: Redis;
  readonly #options: GuardOptions;
  #waiting: Waiting[] = [];
  #isBusy = false;
  #replicas = 0;
  #askedAt = -Infinity;

  constructor(node: Redis, options: GuardOptions) {
    this.#node = node;
    this.#options = options;
  }

  run(call: RedisCall): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...call, resolve, reject });
      if (!this.#isBusy) void this.#work();
    });
  }

  async #work(): Promise<void> {
    this.#isBusy = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, mostTogether);
      await this.#together(batch).catch((error: unknown) => {
        for (const { reject } of batch) reject(error);
      });
    }
    this.#isBusy = false;
  }

  async #together(batch: readonly Waiting[]): Promise<void> {
    const waits = this.#options.waitMilliseconds > 0 && (await this.#hasReplicas());
    let results = await this.#written(batch, "sha", waits);
    if (results.some(([error]) => isUnknownScript(error))) {
      // Each may be repeated: what was written finds its own mark.
      results = await this.#written(batch, "text", waits);
    }
    const isKept = !waits || (await this.#isConfirmed(results[batch.length]));
    for (const [index, { resolve, reject }] of batch.entries()) {
      const [error, result] = results[index] ?? [new Error("Connection is closed.")];
      if (error) reject(error);
      else if (isKept) resolve(result);
      else reject(new DatabaseFault("no-replica-answers", { message: noReplicaAnswers }));
    }
  }

  async #written(batch: readonly RedisCall[], by: keyof RedisScript, waits: boolean) {
    const pipeline = this.#node.pipeline();
    for (const { script, keys, values } of batch) {
      if (by === "sha") pipeline.evalsha(script.sha, keys.length, ...keys, ...values);
      else pipeline.eval(script.text, keys.length, ...keys, ...values);
    }
    if (waits) pipeline.wait(1, this.#options.waitMilliseconds);
    return (await pipeline.exec()) ?? [];
  }

  /** A replica that just went away is waited for no more. */
  async #isConfirmed(wait: [Error | null, unknown] | undefined): Promise<boolean> {
    if (wait?.[0]) throw wait[0];
    if (Number(wait?.[1]) >= 1) return true;
    this.#askedAt = -Infinity;
    return !(await this.#hasReplicas());
  }

  async #hasReplicas(): Promise<boolean> {
    const now = performance.now();
    if (now - this.#askedAt >= askedEachMilliseconds) {
      const [role, , replicas] = (await this.#node.role()) as [string, unknown, unknown[]];
      if (role !== "master") throw new Error("READONLY it is no master any more");
      this.#replicas = replicas.length;
      this.#askedAt = now;
      if (this.#replicas === 0) this.#options.alone?.();
    }
    return this.#replicas > 0;
  }
}

const noReplicaAnswers =
  "no replica of the artifacts' store said in time that it has what must not come back";

function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("NOSCRIPT");
}

function isAsk(error: unknown): boolean {
  return error instanceof Error && /^(?:ASK|TRYAGAIN) /.test(error.message);
}

/** Whether another master, or the same one in a moment, may do it. */
function isChange(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === "MaxRetriesPerRequestError") return true;
  return /^(?:MOVED|ASK|TRYAGAIN|CLUSTERDOWN|LOADING|READONLY|MASTERDOWN|UNBLOCKED) |^Connection is closed|^Socket timeout|^(?:read |connect |write )?E(?:CONN|PIPE|TIMEDOUT|HOST)/.test(
    saidIn(error),
  );
}
