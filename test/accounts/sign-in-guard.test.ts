import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { createSignInGuard, type SignInGuard } from "../../src/accounts/sign-in-guard.ts";
import { hours, parseEmailAddress, type EmailAddress } from "../../src/foundation/index.ts";
import { type Database, openDatabase } from "../../src/storage/index.ts";
import { databases, type TestDatabase, migrated } from "../support/databases.ts";

const noon = 1_800_000_000;

describe.each(databases)("the sign-in guard on $name", ({ create }) => {
  let place: TestDatabase;
  let database: Database;
  let guard: SignInGuard;
  let now = noon;
  const clock = { epochSeconds: () => now, epochMilliseconds: () => now * 1000 };
  let email: EmailAddress;
  let people = 0;

  beforeAll(async () => {
    place = await create(migrated);
    database = openDatabase(place.url);
    guard = createSignInGuard({ database, clock, key: "a key for tests" });
  });
  afterAll(async () => {
    await database.close();
    await place.drop();
  });
  beforeEach(() => {
    now = noon;
    email = address(`person-${++people}@example.fr`);
  });

  /** One attempt that fails: the seconds to wait when it was refused, else "counted". */
  async function fail(
    request: Parameters<SignInGuard["begin"]>[0] = { email },
  ): Promise<number | string | undefined> {
    const outcome = await guard.begin(request);
    if (outcome.accepted) return "counted";
    expect(outcome.problems[0].reason).toBe("too-many-attempts");
    return outcome.problems[0].details?.["seconds"];
  }

  async function failures(count: number): Promise<void> {
    for (let failed = 0; failed < count; failed += 1) expect(await fail()).toBe("counted");
  }

  it("lets exactly five of two hundred parallel attempts pass", async () => {
    const answers = await Promise.all(Array.from({ length: 200 }, () => fail()));
    expect(answers.filter((answer) => answer === "counted")).toHaveLength(5);
    expect(answers.filter((answer) => answer === 61)).toHaveLength(195);
  });

  it("shares one counter between the spellings of an address", async () => {
    for (const spelling of [
      "Zoe@Example.fr",
      " zoe@example.fr ",
      "ZOE@EXAMPLE.FR",
      "ｚoe@example.fr",
    ]) {
      expect(await fail({ email: address(spelling) })).toBe("counted");
    }
    expect(await fail({ email: address("zoe@example.FR") })).toBe("counted");
    expect(await fail({ email: address("zoe@example.fr") })).toBe(61);
  });

  it("keeps apart two addresses", async () => {
    await failures(5);
    expect(await fail({ email: address(`other-${email}`) })).toBe("counted");
  });

  it("delays for more than a minute after five failures, and not a second longer", async () => {
    await failures(5);
    now += 60;
    expect(await fail()).toBe(1);
    now += 1;
    expect(await fail()).toBe("counted");
  });

  it("is not prolonged by attempts that it refuses", async () => {
    await failures(5);
    for (now = noon + 1; now < noon + 61; now += 10) expect(await fail()).toBe(61 - (now - noon));
    now = noon + 61;
    expect(await fail()).toBe("counted");
  });

  it("doubles the delay at each further failure, up to an hour", async () => {
    await failures(5);
    for (const delay of [61, 122, 244, 488, 976, 1952, 3600, 3600]) {
      expect(await fail()).toBe(delay);
      now += delay;
      expect(await fail()).toBe("counted");
    }
  });

  it("lets one of many parallel attempts pass when a delay ends", async () => {
    await failures(5);
    now += 61;
    const answers = await Promise.all(Array.from({ length: 50 }, () => fail()));
    expect(answers.filter((answer) => answer === "counted")).toHaveLength(1);
  });

  it("allows 25 failures in any 24 hours, however they are spread", async () => {
    const counted: number[] = [];
    for (; now < noon + 3 * hours(24);) {
      const answer = await fail();
      if (answer === "counted") counted.push(now);
      else now += Number(answer);
    }
    expect(counted).toHaveLength(50);
    counted.forEach((instant, index) => {
      const twentyFifthAfter = counted[index + 25];
      if (twentyFifthAfter) expect(twentyFifthAfter - instant).toBeGreaterThanOrEqual(hours(24));
    });
  });

  it("forgets the failures 24 hours after the last", async () => {
    await failures(5);
    now += hours(24) - 1;
    expect(await fail()).toBe("counted");
    expect(await fail()).toBe(122);
    now += hours(24);
    await failures(5);
    expect(await fail()).toBe(61);
  });

  it("forgets the failures at a success", async () => {
    await failures(4);
    const attempt = await guard.begin({ email });
    if (!attempt.accepted) throw new Error("the fifth attempt was refused");
    await attempt.value.succeeded();
    await failures(5);
    expect(await fail()).toBe(61);
  });

  it("does not count an attempt that was withdrawn, and counts those before it", async () => {
    await failures(4);
    const attempt = await guard.begin({ email });
    if (!attempt.accepted) throw new Error("the fifth attempt was refused");
    await attempt.value.withdraw();
    expect(await fail()).toBe("counted");
    expect(await fail()).toBe(61);
  });

  it("forgives an address whose person has read its mail", async () => {
    await failures(5);
    await guard.forgive(email);
    expect(await fail()).toBe("counted");
  });

  it("counts a known browser apart, so a stranger's failures do not delay it", async () => {
    const browser = { accountSub: `sub-${people}`, digest: "home" };
    await failures(5);
    expect(await fail()).toBe(61);
    for (let failed = 0; failed < 5; failed += 1) {
      expect(await fail({ email, browser })).toBe("counted");
    }
    expect(await fail({ email, browser })).toBe(61);
    expect(await fail({ email, browser: { ...browser, digest: "work" } })).toBe("counted");
    expect(await fail({ email, browser: { ...browser, accountSub: "another" } })).toBe("counted");
  });

  it("leaves a stranger's failures counted when the known browser succeeds", async () => {
    await failures(5);
    const attempt = await guard.begin({
      email,
      browser: { accountSub: `sub-${people}`, digest: "home" },
    });
    if (!attempt.accepted) throw new Error("a known browser was delayed by a stranger");
    await attempt.value.succeeded();
    expect(await fail()).toBe(61);
  });

  it("makes nobody wait more than an hour longer when the clock is put back an hour", async () => {
    await failures(5);
    now -= hours(1);
    expect(await fail()).toBe(hours(1) + 61);
    now += hours(1) + 61;
    expect(await fail()).toBe("counted");
    expect(await fail()).toBe(122);
  });

  it("does not believe a clock that was a year ahead", async () => {
    now += 365 * hours(24);
    await failures(5);
    now = noon;
    await failures(5);
    expect(await fail()).toBe(61);
  });

  it("keeps no address in clear", async () => {
    await failures(1);
    const rows = await database.knex<{ key: string }>("sign_in_failures").select("key");
    expect(rows.every(({ key }) => /^[\w-]{43}$/.test(key))).toBe(true);
  });

  it("purges what is forgotten and keeps what counts", async () => {
    await guard.purge();
    await database.knex("sign_in_failures").delete();
    await failures(5);
    now += hours(24) - 1;
    expect(await guard.purge()).toBe(0);
    now += 1;
    expect(await guard.purge()).toBe(1);
  });
});

function address(typed: string): EmailAddress {
  const parsed = parseEmailAddress(typed);
  if (!parsed) throw new Error(`${typed} is no address`);
  return parsed;
}
