import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type Application, createApplication } from "../../src/application.ts";
import { days, parseEmailAddress, systemRandom } from "../../src/foundation/index.ts";
import { readSettings, silentLogger } from "../../src/operations/index.ts";
import { type TestDatabase, databases } from "../support/databases.ts";
import { testEncryptionKey, withSigningKeys } from "../support/signing-keys.ts";

/** What the clock has done that cannot be taken back, by the kind that its refusal is kept under. */
const jobs = {
  "end-accesses": "accessesPastDate",
  "announce-ends-of-accesses": "endsOfAccesses",
  "rotate-signing-keys": "signingKeys",
  "give-up-what-waited": "undeliverable",
  "purge-artifacts": "artifacts",
};

describe.each(databases)("a clock that jumps by 800 days on $name", (kind) => {
  let home: TestDatabase;
  let now = 1_800_000_000;
  const opened: Application[] = [];

  async function process(): Promise<Application> {
    const settings = readSettings(
      {
        DATABASE_URL: home.url,
        COOKIE_KEYS: "c".repeat(43),
        ENCRYPTION_KEYS: testEncryptionKey,
        PORTAL_CLIENT_SECRET: "p".repeat(43),
      },
      () => ({}),
    );
    const clock = { epochSeconds: () => now, epochMilliseconds: () => now * 1000 };
    const surroundings = { clock, random: systemRandom, logger: silentLogger };
    const application = await createApplication(settings, surroundings, { migrate: true });
    opened.push(application);
    await application.start();
    return application;
  }

  beforeAll(async () => {
    home = await kind.create(withSigningKeys);
  });
  afterAll(async () => {
    for (const each of opened) await each.close();
    await home.drop();
  });

  const runAll = async (application: Application) => {
    const all = application.jobs();
    for (const name of Object.keys(jobs)) {
      const job = all.find((each) => each.name === name);
      if (!job) throw new Error(`no job ${name}`);
      await job.run(new AbortController().signal);
    }
  };
  /** All that a wrong clock would have changed. */
  const state = async ({ database: { knex }, keyStore }: Application) => ({
    closed: await knex("accesses").whereNotNull("closed_at").select("siret"),
    announced: await knex("accesses").whereNotNull("end_announced_at").select("siret"),
    letters: await knex("outbox").select("name"),
    keys: (await keyStore.list()).map(({ kid, state: of }) => [kid, of]),
  });
  const refused = async (application: Application) => {
    const gauge = application.gauges().find(({ name }) => name === "purge_refused");
    const samples = (await gauge?.read()) ?? [];
    return samples.filter(({ value }) => value === 1).map(({ labels }) => labels["kind"]);
  };

  it("ends no access, announces none, rotates no key and gives nothing up, until it is right again", async () => {
    const application = await process();
    const { accesses, accounts, database } = application;
    const email = parseEmailAddress("jeanne@partenaire.test");
    if (!email) throw new Error("no address");
    const person = { sub: "jeanne", email, givenName: "J", familyName: "D", locale: "fr" as const };
    await accounts.insert({ ...person, passwordHash: "-", clientId: undefined }, now);
    const { id: account_id } = await database.knex("accounts").first<{ id: number }>("id");
    const sirets = ["13002526500013", "41816609600051"];
    for (const siret of sirets) {
      await database.knex("establishments").insert({ siret, created_at: now, updated_at: now });
    }
    const open = { account_id, opened_at: now, opened_by: "operator" };
    await database.knex("accesses").insert([
      { ...open, siret: sirets[0], until_at: now + days(100) },
      { ...open, siret: sirets[1], until_at: now + days(815) },
    ]);
    await runAll(application);
    const before = await state(application);
    expect(before).toMatchObject({ closed: [], announced: [] });
    expect(await refused(application)).toEqual([]);

    now += days(800);
    const kinds = Object.values(jobs).sort();
    await runAll(application);
    expect(await refused(application)).toEqual(kinds);
    // A start brings no memory, and the register has one.
    const started = await process();
    await runAll(started);
    expect(await refused(started)).toEqual(kinds);
    expect(await state(started)).toEqual(before);

    now -= days(800);
    await runAll(application);
    expect(await refused(application)).toEqual([]);
    expect(await state(application)).toEqual(before);
    // And what is due by a right clock is done.
    now += days(800);
    await started.purge({ allow: new Set(["jump"]) });
    expect(await accesses.list({ accountId: account_id })).toMatchObject([
      { siret: sirets[0], state: "ended" },
      { siret: sirets[1], state: "open" },
    ]);
    const after = await state(started);
    expect(after.keys).not.toEqual(before.keys);
    expect(after.closed).toEqual([{ siret: sirets[0] }]);
    expect(after.announced).toEqual([{ siret: sirets[1] }]);
  });

  it("closes no more than half of what is open at once, in however small a jump", async () => {
    const { database } = await process();
    const count = 30;
    const [{ id: account_id } = { id: 0 }] = await database
      .knex("accounts")
      .select<{ id: number }[]>("id");
    for (let each = 0; each < count; each += 1) {
      const siret = `9${String(each).padStart(13, "0")}`;
      await database.knex("establishments").insert({ siret, created_at: now, updated_at: now });
      await database.knex("accesses").insert({
        ...{ account_id, siret, opened_at: now, opened_by: "operator", until_at: now + days(5) },
      });
    }
    now += days(6);
    const fresh = await process();
    await runAll(fresh);
    expect(await refused(fresh)).toEqual(["accessesPastDate"]);
    expect(await fresh.accesses.shareOf("past-date")).toMatchObject({ going: count });
    await fresh.purge({ allow: new Set(["accessesPastDate"]) });
    expect(await fresh.accesses.shareOf("past-date")).toEqual({ going: 0, all: 0 });
  });
});
