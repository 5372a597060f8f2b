import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { verifyCounted } from "../../src/accounts/counted-verify.ts";
import type { Passwords } from "../../src/accounts/password.ts";
import { createSignInGuard, type SignInGuard } from "../../src/accounts/sign-in-guard.ts";
import { AppError, type EmailAddress, parseEmailAddress } from "../../src/foundation/index.ts";
import { type Database, openDatabase } from "../../src/storage/index.ts";
import { databases, type TestDatabase, migrated } from "../support/databases.ts";

const email = parseEmailAddress("camille@example.fr") as EmailAddress;

describe.each(databases)("a counted check of a password, on $name", ({ create }) => {
  let place: TestDatabase;
  let database: Database;
  let guard: SignInGuard;
  const now = 1_800_000_000;
  const clock = { epochSeconds: () => now, epochMilliseconds: () => now * 1000 };

  beforeAll(async () => {
    place = await create(migrated);
    database = openDatabase(place.url);
    guard = createSignInGuard({ database, clock, key: "a key for tests" });
  });
  afterAll(async () => {
    await database.close();
    await place.drop();
  });

  /** Checks a password that is answered so. @returns what came of it; "delayed" before anything was checked */
  const checked = async (verify: Passwords["verify"]) => {
    const attempt = await guard.begin({ email });
    if (!attempt.accepted) return "delayed";
    const passwords = { verify } as Passwords;
    return verifyCounted(attempt.value, passwords, "stored", "typed").catch(
      (fault: unknown) => (fault as AppError).code,
    );
  };

  it("does not count where none could be checked: a storm delays nobody", async () => {
    const busy = () => Promise.reject(new AppError("busy", { status: 503 }));
    for (let time = 0; time < 8; time += 1) expect(await checked(busy)).toBe("busy");
    for (let time = 0; time < 5; time += 1)
      expect(await checked(() => Promise.resolve(false))).toBe(false);
    expect(await checked(busy)).toBe("delayed");
  });
});
