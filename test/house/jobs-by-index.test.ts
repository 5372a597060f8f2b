import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { databases } from "../support/databases.ts";
import { type TestHouse, openHouse } from "../support/house.ts";
import { sqlitePlan } from "../support/sqlite-plan.ts";

/** What grows with people, and with what they do, read whole or by an index of all of it. */
const large =
  /^SCAN (?:accounts|accesses|establishments|invitations|outbox|audit_events|known_browsers|one_time_tokens|passkeys|recovery_codes|totp_factors|application_uses)\b(?! USING INDEX (?:invitations_one_waiting|accounts_staff|accounts_by_endings_due))|one_time_tokens_expires_at_index/;

let house: TestHouse;
beforeAll(async () => {
  const [sqlite] = databases;
  if (!sqlite) throw new Error("there is always SQLite");
  house = await openHouse(sqlite);
});
afterAll(() => house.drop());

// SQLite keeps no statistics: what is rare among many it knows by an index whose own words stand in the question.
it("no job looks through a table that grows, with nothing to do", async () => {
  const { application } = house;
  const looked: string[] = [];
  for (const job of application.jobs()) {
    const run = () => job.run(new AbortController().signal).catch(() => undefined);
    const steps = await sqlitePlan(application.database, run);
    looked.push(...steps.filter((step) => large.test(step)).map((step) => `${job.name}: ${step}`));
  }
  expect([...new Set(looked)]).toEqual([]);
}, 60_000);
