import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { type Application, createApplication } from "../../src/application.ts";
import { type RequestNotices, createRequestNotices } from "../../src/backoffice/request-notices.ts";
import type { NoticeChoice } from "../../src/backoffice/request-notice-store.ts";
import { days, hours, minutes, readInstant, systemRandom } from "../../src/foundation/index.ts";
import { readSettings, silentLogger } from "../../src/operations/index.ts";
import { type TestDatabase, databases } from "../support/databases.ts";
import { testEncryptionKey, withSigningKeys } from "../support/signing-keys.ts";

const at = (clock: string) => readInstant(clock) ?? NaN;
/** A working day, in the afternoon in Paris. */
const noon = at("13/01/2027 14:00:00");
const nextMorning = at("14/01/2027 08:00:00");

describe.each(databases)("telling staff that requests wait, on $name", (kind) => {
  let home: TestDatabase;
  let application: Application;
  let other: Application;
  let notices: RequestNotices;
  const clock = { now: noon };
  const letters: { to: string; accountSub?: string; locale: string; model: object }[] = [];
  /** What enqueuing does before a letter is kept. */
  let beforeLetter = () => Promise.resolve();

  beforeAll(async () => {
    home = await kind.create(withSigningKeys);
    const settings = readSettings(
      {
        DATABASE_URL: home.url,
        COOKIE_KEYS: "c".repeat(43),
        ENCRYPTION_KEYS: testEncryptionKey,
        PORTAL_CLIENT_SECRET: "p".repeat(43),
        ORGANISATION_ADMINS: "on",
        DATABASE_TIMEOUT: "20",
      },
      () => ({}),
    );
    const surroundings = {
      clock: { epochSeconds: () => clock.now, epochMilliseconds: () => clock.now * 1000 },
      ...{ random: systemRandom, logger: silentLogger, comparesClocks: false },
    };
    application = await createApplication(settings, surroundings, { migrate: true });
    other = await createApplication(settings, surroundings);
    const { database, accessRequests, colleagueRequests } = application;
    notices = createRequestNotices({
      ...{ database, clock: surroundings.clock },
      enqueue: async (transaction, ...written) => {
        await beforeLetter();
        await transaction.select(1);
        for (const { accountSub = "", ...letter } of written)
          letters.push({ ...letter, accountSub });
      },
      waiting: [(until) => accessRequests.waitingSpan(until), colleagueRequests.waitingSpan],
      queueUrl: "https://auth.test/admin/requests",
      choiceUrl: "https://auth.test/admin/requests/notices",
    });
  });
  afterAll(async () => {
    await other.close();
    await application.close();
    await home.drop();
  });
  beforeEach(async () => {
    const { knex } = application.database;
    for (const table of ["request_notices", "access_requests", "colleague_requests", "outbox"])
      await knex(table).delete();
    await knex("accounts").delete();
    letters.length = 0;
    beforeLetter = () => Promise.resolve();
    clock.now = noon;
  });

  const add = async (sub: string, values: object = {}) => {
    const { knex } = application.database;
    await knex("accounts").insert({
      ...{ sub, email: `${sub}@cfa.test`, given_name: "Camille", family_name: "Durand" },
      ...{ locale: "fr", state: "active", email_verified_at: 1, credentials_changed_at: 0 },
      ...{ created_at: 1, updated_at: 1, ...values },
    });
    return knex("accounts").where({ sub }).first<{ id: number }>("id");
  };
  const change = (sub: string, values: object) =>
    application.database.knex("accounts").where({ sub }).update(values);
  const member = async (sub: string, choice?: NoticeChoice, values: object = {}) => {
    await add(sub, { role: "agent", staff_term: "term", ...values });
    if (choice) await notices.choose({ sub, staffTerm: "term" }, choice);
    return { sub, staffTerm: "term" };
  };
  let partners = 0;
  /** A partner asks, now. */
  const ask = async () => {
    const { id } = await add(`partner-${String((partners += 1))}`);
    const row = { account_id: id, sirets: "13002526500013", state: "waiting", asked_at: clock.now };
    await application.database.knex("access_requests").insert(row);
  };
  /** So much later, whom a run writes to. */
  const later = async (seconds: number) => {
    clock.now += seconds;
    letters.length = 0;
    const count = await notices.tell();
    expect(count).toBe(letters.length);
    return letters.map(({ accountSub }) => accountSub);
  };
  const until = (instant: number) => later(instant - clock.now);

  it("writes to nobody who has not chosen it", async () => {
    await member("silent");
    await member("never", "none");
    await ask();
    expect(await later(minutes(1))).toEqual([]);
    expect(await until(nextMorning)).toEqual([]);
  });

  it("tells at once: within a minute, how many wait and since when", async () => {
    const staff = await member("quick", "at-once");
    clock.now += minutes(5);
    await ask();
    clock.now += 1;
    await ask();
    expect(await later(29)).toEqual(["quick"]);
    expect(letters).toEqual([
      {
        ...{ to: "quick@cfa.test", accountSub: "quick", locale: "fr" },
        letter: "backoffice/requests-waiting",
        model: {
          ...{ count: 1, since: "13 janvier 2027 à 14:05" },
          queueUrl: "https://auth.test/admin/requests",
          choiceUrl: "https://auth.test/admin/requests/notices",
        },
      },
    ]);
    expect(await notices.of(staff)).toMatchObject({ choice: "at-once", lastSentAt: clock.now });
  });

  it("gathers what comes within a quarter of an hour, and repeats nothing", async () => {
    await member("quick", "at-once");
    clock.now += 1;
    await ask();
    expect(await later(minutes(1))).toEqual(["quick"]);
    for (let count = 0; count < 3; count += 1) {
      clock.now += minutes(1);
      await ask();
    }
    expect(await later(minutes(12) - 1)).toEqual([]);
    expect(await later(1)).toEqual(["quick"]);
    expect(letters[0]?.model).toMatchObject({ count: 4 });
    // What waits still is no news.
    expect(await later(hours(2))).toEqual([]);
  });

  it("loses no request that was asked while a letter was written", async () => {
    await member("quick", "at-once");
    clock.now += 1;
    await ask();
    clock.now += 40;
    await ask();
    expect(await later(0)).toEqual(["quick"]);
    expect(letters[0]?.model).toMatchObject({ count: 1 });
    expect(await later(minutes(15))).toEqual(["quick"]);
    expect(letters[0]?.model).toMatchObject({ count: 2 });
  });

  it("tells at once of what waits for organisations' colleagues, too", async () => {
    await member("quick", "at-once");
    clock.now += 1;
    const { id } = await add("keeper");
    await application.database.knex("colleague_requests").insert({
      ...{ account_id: id, siren: "130025265", kind: "open", siret: "13002526500013" },
      ...{ email: "colleague@cfa.test", state: "waiting", asked_at: clock.now },
    });
    expect(await later(minutes(1))).toEqual(["quick"]);
    expect(letters[0]?.model).toMatchObject({ count: 1 });
    expect(JSON.stringify(letters)).not.toContain("colleague");
  });

  it("tells nobody of what was decided meanwhile, nor of what waited when they chose", async () => {
    await ask();
    clock.now += 1;
    await member("quick", "at-once");
    expect(await later(minutes(1))).toEqual([]);
    await ask();
    await application.database.knex("access_requests").update({
      ...{ state: "accepted", decided_at: clock.now, decided_by: "operator" },
    });
    expect(await later(minutes(1))).toEqual([]);
  });

  it("tells once a day, at eight in Paris, while something waits", async () => {
    await member("calm", "daily");
    expect(await until(nextMorning)).toEqual([]);
    await ask();
    expect(await later(minutes(10))).toEqual(["calm"]);
    expect(await later(minutes(10))).toEqual([]);
    expect(await until(nextMorning + days(1) - 1)).toEqual([]);
    expect(await later(1)).toEqual(["calm"]);
    await application.database.knex("access_requests").delete();
    expect(await until(nextMorning + days(2))).toEqual([]);
  });

  it("waits for the next morning with who chooses in the afternoon, and with what midnight overtook", async () => {
    await ask();
    await member("calm", "daily");
    expect(await later(hours(2))).toEqual([]);
    // Nothing ran this morning, nor until midnight.
    expect(await until(at("15/01/2027 00:10:00"))).toEqual([]);
    expect(await until(at("15/01/2027 08:00:00"))).toEqual(["calm"]);
  });

  it.each([
    ["summer begins", "28/03/2027 08:00:00"],
    ["winter begins", "31/10/2027 08:00:00"],
  ])("keeps to the clock of Paris on the day that %s", async (_day, morning) => {
    clock.now = at(morning) - hours(12);
    await ask();
    await member("calm", "daily");
    expect(await until(at(morning) - 1)).toEqual([]);
    expect(await later(1)).toEqual(["calm"]);
  });

  it("sends no second letter of a day or a quarter for a change of mind", async () => {
    const staff = await member("undecided", "at-once");
    clock.now = nextMorning + minutes(1);
    await ask();
    expect(await later(minutes(1))).toEqual(["undecided"]);
    await ask();
    expect(await notices.choose(staff, "daily")).toBe(true);
    expect(await notices.choose(staff, "daily")).toBe(false);
    expect(await later(minutes(10))).toEqual([]);
    await notices.choose(staff, "at-once");
    clock.now += 1;
    await ask();
    expect(await later(minutes(4) - 2)).toEqual([]);
    expect(await later(minutes(2))).toEqual(["undecided"]);
  });

  it.each([
    ["is disabled", { state: "disabled" }],
    ["has lost the role", { role: null }],
    ["has lost the role and has it again", { role: "agent", staff_term: "another term" }],
  ])("writes to nobody who %s", async (_what, values) => {
    await member("gone", "at-once");
    await member("late", "daily");
    clock.now += 1;
    await ask();
    for (const sub of ["gone", "late"]) await change(sub, values);
    expect(await later(minutes(1))).toEqual([]);
    expect(await until(nextMorning)).toEqual([]);
  });

  it("forgets the choice of who is of the staff no more, and keeps the others", async () => {
    await member("gone", "at-once");
    const staff = await member("still", "at-once");
    await change("gone", { role: null });
    await application.purge();
    expect(await application.database.knex("request_notices").pluck("account_sub")).toEqual([
      staff.sub,
    ]);
  });

  it("keeps neither the claim nor the letter of a process that ends in between", async () => {
    const staff = await member("quick", "at-once");
    await member("second", "at-once");
    clock.now += 1;
    await ask();
    clock.now += minutes(1);
    let faults = 0;
    beforeLetter = () =>
      (faults += 1) === 1 ? Promise.reject(new Error("killed")) : Promise.resolve();
    await expect(notices.tell()).rejects.toThrow("killed");
    // One that fails holds up no other.
    expect(letters.map(({ accountSub }) => accountSub)).toEqual(["second"]);
    expect((await notices.of(staff))?.lastSentAt).toBeUndefined();
    expect(await later(30)).toEqual(["quick"]);
  });

  it("writes one letter to each, however many nodes run at the same moment", async () => {
    const quick = ["quick-1", "quick-2", "quick-3"];
    const calm = ["calm-1", "calm-2"];
    for (const sub of quick) await member(sub, "at-once");
    for (const sub of calm) await member(sub, "daily");
    clock.now = nextMorning;
    await ask();
    clock.now += minutes(1);
    const { knex } = application.database;
    const written = async () =>
      (
        await knex("outbox")
          .where({ name: "backoffice/requests-waiting" })
          .pluck<string[]>("account_sub")
      ).sort();
    const run = () =>
      Promise.all(
        [application, other, application, other].map((node) => node.requestNotices.tell()),
      );
    expect((await run()).reduce((sum, count) => sum + count, 0)).toBe(5);
    expect(await written()).toEqual([...calm, ...quick]);
    await ask();
    clock.now += minutes(16);
    await run();
    expect(await written()).toEqual([...calm, ...quick, ...quick].sort());
  });
});
