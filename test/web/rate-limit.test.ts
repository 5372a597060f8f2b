import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { AppError } from "../../src/foundation/index.ts";
import { type Database, openDatabase } from "../../src/storage/index.ts";
import { clientNetwork } from "../../src/web/client-address.ts";
import { createRateLimits, rateLimitsFor } from "../../src/web/rate-limit.ts";
import { databases, type TestDatabase, migrated } from "../support/databases.ts";

const noon = 1_800_000_000;

describe.each(databases)("the limits per client address on $name", ({ create }) => {
  let place: TestDatabase;
  let database: Database;
  let now = noon;
  const clock = { epochSeconds: () => now, epochMilliseconds: () => now * 1000 };
  const limits = rateLimitsFor({ signUpsPerAddressPerHour: 3, signInsPerAddressPerMinute: 5 });
  const node = () => createRateLimits({ database, clock, key: "a key for tests", limits });
  let rates: ReturnType<typeof createRateLimits>;

  beforeAll(async () => {
    place = await create(migrated);
    database = openDatabase(place.url);
  });
  afterAll(async () => {
    await database.close();
    await place.drop();
  });
  beforeEach(async () => {
    now = noon;
    rates = node();
    await database.knex("rate_limits").delete();
  });

  /** The seconds to wait, or "passed". */
  async function ask(
    purpose: Parameters<typeof rates.limit>[0],
    address = "192.0.2.1",
  ): Promise<"passed" | number | undefined> {
    try {
      await rates.limit(purpose).consume(address);
      return "passed";
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      expect([error.code, error.status]).toEqual(["too-many-requests", 429]);
      return error.retryAfterSeconds;
    }
  }

  it("lets as many parallel requests pass as the limit says, and no more", async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, () => ask("sign-in")));
    expect(answers.filter((answer) => answer === "passed")).toHaveLength(5);
    expect(answers.filter((answer) => answer === 60)).toHaveLength(95);
  });

  it("counts what is dearer as more, each for its network", async () => {
    const { consume } = rates.limit("posted-request");
    await consume("192.0.2.1", 12 * 1024 - 64);
    await consume("192.0.2.1", 64);
    await expect(consume("192.0.2.1")).rejects.toMatchObject({ status: 429 });
    await consume("198.51.100.1", 64);
  });

  it("opens again when the window ends, not a second before", async () => {
    for (let count = 0; count < 3; count += 1) expect(await ask("sign-up")).toBe("passed");
    now += 3599;
    expect(await ask("sign-up")).toBe(1);
    now += 1;
    for (let count = 0; count < 3; count += 1) expect(await ask("sign-up")).toBe("passed");
    expect(await ask("sign-up")).toBe(3600);
  });

  it("counts purposes and addresses apart", async () => {
    for (let count = 0; count < 3; count += 1) await ask("sign-up");
    expect(await ask("sign-up")).toBe(3600);
    expect(await ask("recovery")).toBe("passed");
    expect(await ask("sign-up", "192.0.2.2")).toBe("passed");
  });

  it("counts the addresses of one /64 as one", async () => {
    for (const host of ["::1", "::2", ":a:b:c:d"]) {
      expect(await ask("sign-up", `2001:db8:1:2${host}`)).toBe("passed");
    }
    expect(await ask("sign-up", "2001:db8:1:2:ffff::9")).toBe(3600);
    expect(await ask("sign-up", "2001:db8:1:3::1")).toBe("passed");
  });

  it("holds across nodes and restarts", async () => {
    for (let count = 0; count < 3; count += 1) await ask("sign-up");
    await expect(node().limit("sign-up").consume("192.0.2.1")).rejects.toMatchObject({
      code: "too-many-requests",
    });
  });

  it("counts authorizations to the limit, with one write for fifty of them", async () => {
    const answers = await Promise.all(Array.from({ length: 49 }, () => ask("recovery", "::1")));
    expect(answers.filter((answer) => answer === "passed")).toHaveLength(3);
    const writes = await writesDuring(async () => {
      for (let asked = 0; asked < 1500; asked += 1) {
        expect(await ask("authorization")).toBe("passed");
      }
    });
    expect(writes).toBe(30);
    expect(await ask("authorization")).toBe(60);
    now += 60;
    expect(await ask("authorization")).toBe("passed");
  });

  it("counts authorizations that arrive together once, to the last of the limit", async () => {
    let answers: unknown[] = [];
    const writes = await writesDuring(async () => {
      answers = await Promise.all(Array.from({ length: 1600 }, () => ask("authorization")));
    });
    expect(answers.filter((answer) => answer === "passed")).toHaveLength(1500);
    expect(answers.filter((answer) => answer === 60)).toHaveLength(100);
    expect(writes).toBe(31);
  });

  async function writesDuring(work: () => Promise<void>): Promise<number> {
    let writes = 0;
    const count = ({ sql }: { sql: string }) => (writes += /^insert/i.test(sql) ? 1 : 0);
    database.knex.on("query", count);
    await work();
    database.knex.removeListener("query", count);
    return writes;
  }

  it("leaves the transactions of others whole", async () => {
    await database.knex.schema.createTable("bystanders", (table) => table.integer("number"));
    const work = Array.from({ length: 60 }, async (_, number) => {
      await ask("sign-in");
      await database.transaction((transaction) => transaction("bystanders").insert({ number }));
    });
    await Promise.all(work);
    expect(await database.knex("bystanders").select()).toHaveLength(60);
  });

  it("opens a new window when the clock is put back, so that nobody waits for the old one", async () => {
    for (let count = 0; count < 5; count += 1) await ask("sign-in");
    now -= 3600;
    expect(await ask("sign-in")).toBe("passed");
  });

  it("keeps no address in clear", async () => {
    await ask("sign-in", "192.0.2.77");
    const rows = await database.knex<{ key: string }>("rate_limits").select("key");
    expect(rows.map(({ key }) => key)).toEqual([expect.stringMatching(/^sign-in:[\w-]{43}$/)]);
  });

  it("purges counters whose window has ended", async () => {
    await ask("sign-in");
    await ask("sign-up");
    now += 60;
    expect(await rates.purge()).toBe(1);
    expect(await rates.purge()).toBe(0);
  });
});

describe("a client's network", () => {
  it.each([
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["::ffff:c000:201", "192.0.2.1"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:0DB8:0001:0002::", "2001:db8:1:2::/64"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["connection:1", "connection:1"],
    [undefined, "unknown"],
  ])("of %s is %s", (address, network) => {
    expect(clientNetwork(address)).toBe(network);
  });
});

describe("the limits of each purpose", () => {
  it("follow the two settings", () => {
    const limits = rateLimitsFor({ signUpsPerAddressPerHour: 60, signInsPerAddressPerMinute: 120 });
    expect(limits).toEqual({
      "sign-up": { requests: 60, windowSeconds: 3600 },
      "posted-request": { requests: 12_288, windowSeconds: 3600 },
      "kept-of-client": { requests: 12_288, windowSeconds: 3600 },
      kept: { requests: 24_576, windowSeconds: 3600 },
      "new-password": { requests: 120, windowSeconds: 60 },
      known: { requests: 30, windowSeconds: 60 },
      recovery: { requests: 60, windowSeconds: 3600 },
      resend: { requests: 60, windowSeconds: 3600 },
      "sign-in": { requests: 120, windowSeconds: 60 },
      validation: { requests: 120, windowSeconds: 60 },
      "client-registration": { requests: 120, windowSeconds: 60 },
      authorization: { requests: 36_000, windowSeconds: 60 },
    });
  });
});
