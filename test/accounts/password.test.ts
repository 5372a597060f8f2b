import { readFileSync, readdirSync } from "node:fs";
import { afterAll, describe, expect, it, jest } from "@jest/globals";
import argon2 from "argon2";
import { type HashingQueue, createHashingQueue } from "../../src/accounts/hashing-queue.ts";
import {
  createPasswords,
  normalisePassword,
  owaspParameters,
} from "../../src/accounts/password.ts";
import { AppError, systemRandom } from "../../src/foundation/index.ts";

const cheap = { memoryKib: 64, passes: 1, lanes: 1 };
// A busy machine refuses nothing here.
const queue = createHashingQueue({ workers: 2, queueSeconds: 600 });
const reported: AppError[] = [];
const report = (fault: AppError): void => void reported.push(fault);
const passwords = createPasswords({ queue, random: systemRandom, report });

afterAll(() => queue.close());

describe("a password's hash", () => {
  it("is a PHC string of argon2id with OWASP's 19 MiB, 2 passes and 1 lane", async () => {
    const hash = await passwords.hash("cheval-pile-agrafe-correct");
    expect(hash).toMatch(
      /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/,
    );
    expect(owaspParameters).toEqual({ memoryKib: 19 * 1024, passes: 2, lanes: 1 });
  });

  it("has a salt of its own", async () => {
    expect(await passwords.hash("the same")).not.toBe(await passwords.hash("the same"));
  });

  it("equals the password it was made of, and no other", async () => {
    const hash = await passwords.hash("une échelle à côté du grenier");
    expect(await passwords.verify(hash, "une échelle à côté du grenier")).toBe(true);
    expect(await passwords.verify(hash, "une échelle à côté du grenie")).toBe(false);
    expect(await passwords.verify(hash, "")).toBe(false);
  });

  it("is the same however a keyboard composes an accent (NFKC)", async () => {
    const hash = await passwords.hash("e\u0301chelle");
    expect(await passwords.verify(hash, "\u00e9chelle")).toBe(true);
  });

  it("reads all of a long password, up to 256 characters", async () => {
    const hash = await passwords.hash("x".repeat(256));
    expect(await passwords.verify(hash, "x".repeat(256))).toBe(true);
    expect(await passwords.verify(hash, `${"x".repeat(255)}y`)).toBe(false);
    expect(await passwords.verify(hash, "x".repeat(257))).toBe(false);
    await expect(passwords.hash("x".repeat(257))).rejects.toMatchObject({
      code: "password-too-long",
    });
  });

  it("is verified by npm's argon2, and verifies what that made", async () => {
    const password = "une échelle à côté du grenier";
    expect(await argon2.verify(await passwords.hash(password), password)).toBe(true);
    const theirs = await argon2.hash(password, { memoryCost: 19_456, timeCost: 2, parallelism: 1 });
    expect(await passwords.verify(theirs, password)).toBe(true);
    expect(passwords.needsRehash(theirs)).toBe(false);
  });

  it("is verified with its own parameters when they are not today's, and then needs a rehash", async () => {
    for (const options of [
      { memoryCost: 64, timeCost: 1, parallelism: 1 },
      { memoryCost: 19_456, timeCost: 3, parallelism: 1 },
      { memoryCost: 19_456, timeCost: 2, parallelism: 2 },
      { memoryCost: 19_456, timeCost: 2, parallelism: 1, version: 0x10 },
    ]) {
      const old = await argon2.hash("an old password", options);
      expect(await passwords.verify(old, "an old password")).toBe(true);
      expect(await passwords.verify(old, "another password")).toBe(false);
      expect(passwords.needsRehash(old)).toBe(true);
    }
    expect(passwords.needsRehash(await passwords.hash("a new password"))).toBe(false);
  });

  it("that is not argon2id equals nothing, and is reported without it", async () => {
    const argon2i = await argon2.hash("a password", { type: argon2.argon2i, memoryCost: 64 });
    const strangers = [
      "",
      "a password",
      "$2b$10$abcdefghijklmnopqrstuv",
      "$argon2id$v=19$m=1",
      argon2i,
    ];
    for (const stored of strangers) {
      reported.length = 0;
      expect(await passwords.verify(stored, "a password")).toBe(false);
      expect(reported.map((fault) => [fault.code, fault.message])).toEqual([
        ["password-hash-unreadable", "password-hash-unreadable"],
      ]);
      expect(passwords.needsRehash(stored)).toBe(true);
    }
  });

  it("that does not exist equals nothing, after one verify of a hash like any other", async () => {
    const verified: string[] = [];
    const recording: HashingQueue = {
      ...queue,
      verify: (stored, typed, place) => {
        verified.push(stored);
        return queue.verify(stored, typed, place);
      },
    };
    const asked = createPasswords({ queue: recording, random: systemRandom, report });
    const hash = await asked.hash("a real password");
    reported.length = 0;
    expect(await asked.verify(undefined, "a wrong password")).toBe(false);
    expect(await asked.verify(hash, "a wrong password")).toBe(false);
    const shapes = verified.map((stored) => stored.replaceAll(/[A-Za-z0-9+/]{22,}/g, lengthOf));
    expect(shapes).toEqual([shapes[1], "$argon2id$v=19$m=19456,t=2,p=1$<22>$<43>"]);
    expect(reported).toEqual([]);
  });
});

describe("a typed password", () => {
  it("is measured before it is normalised: nobody pays for a huge one", () => {
    const normalize = jest.spyOn(String.prototype, "normalize");
    expect(normalisePassword("\ufdfa".repeat(4 * 256 + 1))).toBeUndefined();
    expect(normalize).not.toHaveBeenCalled();
    expect(normalisePassword("\ufdfa".repeat(256))).toBeUndefined();
    expect(normalize).toHaveBeenCalledTimes(1);
    jest.restoreAllMocks();
  });

  it("is counted in characters, not in the units of UTF-16", () => {
    expect(normalisePassword("🦊".repeat(256))).toBe("🦊".repeat(256));
    expect(normalisePassword("🦊".repeat(257))).toBeUndefined();
  });
});

describe("the hashing queue", () => {
  it("refuses at once what would wait too long, and accepts again afterwards", async () => {
    const narrow = createHashingQueue({ workers: 2, queueSeconds: 0.2 });
    /** What came of each, in the order of the answers. */
    const answers: unknown[] = [];
    await Promise.all(
      Array.from({ length: 200 }, async () => {
        try {
          answers.push(await narrow.hash("a password", owaspParameters));
        } catch (error) {
          answers.push(error);
        }
      }),
    );
    const refusals = answers.filter((answer) => typeof answer !== "string");
    expect(refusals.length).toBeGreaterThan(100);
    expect(refusals.length).toBeLessThan(200);
    // Before anything was hashed.
    expect(answers.slice(0, refusals.length)).toEqual(refusals);
    for (const error of refusals) {
      expect(error).toBeInstanceOf(AppError);
      expect(error).toMatchObject({ code: "busy", status: 503, retryAfterSeconds: 1 });
    }
    expect(await narrow.hash("a password", owaspParameters)).toContain("$argon2id$");
    await narrow.close();
  });

  it("keeps a place for who was admitted, and refuses the others beforehand", async () => {
    const narrow = createHashingQueue({ workers: 1, queueSeconds: 0.05 });
    const places = [1, 2, 3].map(() => narrow.admit());
    expect(() => narrow.admit()).toThrow("busy");
    await expect(narrow.hash("a password", cheap)).rejects.toMatchObject({ code: "busy" });
    const stored = await createHashingQueue({ workers: 1 }).hash("a password", cheap);
    const verified = places.map((place) => narrow.verify(stored, "a password", place));
    expect(await Promise.all(verified)).toEqual([true, true, true]);
    expect(() => narrow.admit()).not.toThrow();
    await narrow.close();
  });

  it("gives a place back that was left, and takes no place twice", async () => {
    const narrow = createHashingQueue({ workers: 1, queueSeconds: 0 });
    const place = narrow.admit();
    expect(() => narrow.admit()).toThrow("busy");
    place.leave();
    const other = narrow.admit();
    await expect(narrow.verify("$argon2id$", "a password", place)).rejects.toMatchObject({
      code: "busy",
    });
    other.leave();
    await narrow.close();
  });

  it("leaves the event loop free and runs at nice 10, the main thread at its own", async () => {
    const before = niceValues();
    // Hashed in this thread, each would hold the loop: it would turn once a hash.
    expect(await turnsOfTheLoop(() => hashes(40))).toBeGreaterThan(10 * 40);
    const after = niceValues();
    expect(after.get(process.pid)).toBe(before.get(process.pid));
    expect([...after.values()].filter((nice) => nice === 10).length).toBeGreaterThanOrEqual(2);
  });

  it("fails the job of a thread that dies, as a fault, and replaces the thread", async () => {
    const script = new URL("./mortal-worker.ts", import.meta.url);
    const mortal = createHashingQueue({ workers: 1, script });
    const jobs = ["die", "alive", "die", "throw", "alive again"].map((password) =>
      mortal.hash(password, cheap),
    );
    expect(await Promise.allSettled(jobs)).toMatchObject([
      {
        reason: { code: "worker-failed", status: 500, message: "a worker thread died with code 9" },
      },
      { value: "hash of 5 characters" },
      { reason: { code: "worker-failed", status: 500 } },
      { reason: { code: "worker-failed", status: 500, message: "the job failed" } },
      { value: "hash of 11 characters" },
    ]);
    await mortal.close();
  });

  it("refuses for a moment where no file descriptor is left for a thread", async () => {
    const script = new URL("./starved-worker.ts", import.meta.url);
    const starved = createHashingQueue({ workers: 1, script });
    const message = "a worker thread died with code 1";
    const refused = { code: "busy", status: 503, cause: { message } };
    await expect(starved.hash("a password", cheap)).rejects.toMatchObject(refused);
    await starved.close();
  });

  it("keeps nothing waiting where no thread can be made", async () => {
    // `new Worker` throws, as it does where no process is left.
    const threadless = createHashingQueue({ workers: 2, script: new URL("https://no.thread") });
    const jobs = ["one", "two", "three"].map((password) => threadless.hash(password, cheap));
    const refused = { status: "rejected", reason: { code: "worker-failed" } };
    expect(await Promise.allSettled(jobs)).toMatchObject([refused, refused, refused]);
    expect(threadless.figures()).toMatchObject({ waiting: 0, running: 0 });
    await threadless.close();
  });

  it("never puts a password into a fault", async () => {
    const fault: unknown = await queue
      .verify("$argon2id$no hash", "a password nobody may read")
      .catch((error: unknown) => error);
    expect(fault).toMatchObject({ code: "worker-failed" });
    expect(JSON.stringify(fault, Object.getOwnPropertyNames(fault))).not.toContain(
      "nobody may read",
    );
  });

  it("finishes what it accepted when it is closed, and refuses the rest", async () => {
    const closing = createHashingQueue({ workers: 1 });
    const place = closing.admit();
    const accepted = Array.from({ length: 5 }, () => closing.hash("a password", cheap));
    const closed = closing.close();
    await expect(closing.hash("a password", cheap)).rejects.toMatchObject({ code: "busy" });
    expect(() => closing.admit()).toThrow("busy");
    await closed;
    expect(await Promise.all(accepted)).toHaveLength(5);
    // A thread that was started now would be ended by nobody.
    await expect(closing.verify("$argon2id$", "a password", place)).rejects.toMatchObject({
      code: "busy",
    });
  });
});

async function hashes(count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, () => queue.hash("a password", owaspParameters)));
}

/** How often the event loop turns while `work` is under way. */
async function turnsOfTheLoop(work: () => Promise<void>): Promise<number> {
  let turns = 0;
  let next: NodeJS.Immediate;
  const turn = () => {
    turns += 1;
    next = setImmediate(turn);
  };
  next = setImmediate(turn);
  await work();
  clearImmediate(next);
  return turns;
}

/** Nice values of this process's threads by thread id: proc(5), the 19th field of `stat`. One that ends meanwhile is none. */
function niceValues(): Map<number, number> {
  return new Map(
    readdirSync("/proc/self/task").flatMap((thread) => {
      const stat = statOf(thread);
      if (stat === undefined) return [];
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return [[Number(thread), Number(fields[16])] as const];
    }),
  );
}

function statOf(thread: string): string | undefined {
  try {
    return readFileSync(`/proc/self/task/${thread}/stat`, "utf8");
  } catch (error) {
    // ESRCH: it ended between the opening and the reading.
    if (["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}

function lengthOf(text: string): string {
  return `<${String(text.length)}>`;
}
