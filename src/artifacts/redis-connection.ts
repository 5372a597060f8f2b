import { setTimeout as pause } from "node:timers/promises";
import { Cluster, type Redis } from "ioredis";
import { type RedisAddress, redisAddress } from "../foundation/index.ts";
import { DatabaseFault } from "../storage/index.ts";
import { type RedisClient, isReadOnly, openRedis, saidIn } from "./redis-client.ts";
import { type RedisCall, RedisGuard, againMilliseconds, runOn } from "./redis-guard.ts";

/** How a Redis is asked, and what is told of it. */
export interface RedisWays {
  /** Every answer comes in this time, or a fault. */
  readonly timeoutSeconds: number;
  /** How long a replica is waited for with what must not come back; 0: none is. */
  readonly waitMilliseconds: number;
  /** What must not come back stands on one machine: a master has no replica. */
  readonly alone?: (() => void) | undefined;
}

/** A Redis, by two ways: one for what is read and written, one for what waits for a replica. */
export class RedisConnection {
  readonly address: RedisAddress;
  readonly #main: RedisClient;
  readonly #guarding: RedisClient;
  readonly #guard: RedisGuard;
  readonly #timeoutMilliseconds: number;
  #isClosed = false;

  constructor(url: string, { timeoutSeconds, waitMilliseconds, alone }: RedisWays) {
    const address = redisAddress(url);
    if (!address) throw new Error("ARTIFACTS_URL is not an address of a Redis");
    this.address = address;
    this.#timeoutMilliseconds = timeoutSeconds * 1000;
    // Silence is found out while there is time left for another node.
    const silenceMilliseconds = waitMilliseconds + this.#timeoutMilliseconds / 2;
    this.#main = openRedis(address, { silenceMilliseconds, repeats: true });
    this.#guarding = openRedis(address, { silenceMilliseconds, repeats: false });
    this.#guard = new RedisGuard(this.#guarding, { waitMilliseconds, ...(alone && { alone }) });
  }

  /** Whether commands that are sent one after the other arrive so, whatever their keys: on one connection. */
  get keepsOrder(): boolean {
    return this.address.kind !== "cluster";
  }

  get(key: string): Promise<string | null> {
    return this.#asked(() => this.#main.get(key));
  }

  /** All keys in one slot. */
  many(keys: readonly string[]): Promise<(string | null)[]> {
    return this.#asked(() => this.#main.mget(...keys));
  }

  run(call: RedisCall): Promise<unknown> {
    return this.#asked(() => runOn(this.#main, call));
  }

  /** The same, for what must not come back: answered when a replica has it too. */
  guarded(call: RedisCall): Promise<unknown> {
    const signal = AbortSignal.timeout(this.#timeoutMilliseconds);
    return this.#asked(() => this.#guard.run(call, signal));
  }

  /** The members of an index that end after `from` (epoch seconds), or all. */
  members(key: string, from?: number): Promise<string[]> {
    return this.#asked(() =>
      from === undefined
        ? this.#main.zrange(key, 0, -1)
        : this.#main.zrangebyscore(key, `(${from}`, "+inf"),
    );
  }

  async forget(key: string, members: readonly string[]): Promise<void> {
    if (members.length > 0) await this.#asked(() => this.#main.zrem(key, ...members));
  }

  async delete(key: string): Promise<void> {
    await this.#asked(() => this.#main.del(key));
  }

  /** Writes what is not there yet, for ever. @returns what was there */
  firstValue(key: string, value: string): Promise<string | undefined> {
    return this.#asked(async () => {
      const written = await this.#main.set(key, value, "NX");
      return written === null ? ((await this.#main.get(key)) ?? undefined) : undefined;
    });
  }

  /** Asks each master. */
  eachMaster<Result>(ask: (master: Redis) => Promise<Result>): Promise<Result[]> {
    return this.#asked(async () => {
      const main = this.#main;
      if (!(main instanceof Cluster)) return [await ask(main)];
      // Which they are is known once something was asked.
      if (main.status !== "ready") await main.get("lopauth");
      return Promise.all(main.nodes("master").map(ask));
    });
  }

  /** What is still asked is rejected. No `QUIT`: ioredis would look out for an answer for seconds after the end. */
  close(): Promise<void> {
    this.#isClosed = true;
    this.#main.disconnect();
    this.#guarding.disconnect();
    return Promise.resolve();
  }

  async #asked<Result>(ask: () => Promise<Result>): Promise<Result> {
    if (this.#isClosed) throw new Error("the artifacts' store is closed");
    const late = Promise.withResolvers<never>();
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      late.reject(faultOf("no-answer", undefined));
    }, this.#timeoutMilliseconds);
    try {
      return await Promise.race([onMaster(ask, () => isLate), late.promise]);
    } catch (error) {
      throw translated(error);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Each question may be repeated: it is, while whom it reached is no master any more. */
async function onMaster<Result>(
  ask: () => Promise<Result>,
  isLate: () => boolean,
): Promise<Result> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof Error) || !isReadOnly(error) || isLate()) throw error;
      await pause(againMilliseconds);
    }
  }
}

/** What the server says of a program of ours is a mistake of ours; everything else is its state. */
function translated(error: unknown): unknown {
  if (error instanceof DatabaseFault || !(error instanceof Error)) return error;
  // Of what was tried again until its time was over.
  if (error.name === "AbortError") return faultOf("no-answer", error);
  const said = saidIn(error);
  // Within a script of ours: a right that was taken away.
  if (said.includes("can't run this command")) return faultOf("NOPERM", error);
  const [word = ""] = said.split(" ");
  if (["ERR", "WRONGTYPE", "CROSSSLOT"].includes(word)) return error;
  const { code } = error as { code?: unknown };
  if (typeof code === "string") return faultOf(code, error);
  return faultOf(/^[A-Z]{3,}$/.test(word) ? word : "no-connection", error);
}

function faultOf(reason: string, cause: unknown): DatabaseFault {
  const message = `the artifacts' store cannot be asked: ${reason}`;
  return new DatabaseFault(reason, { cause, message });
}
