import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { createSoonRecorder } from "../../src/audit/record-soon.ts";
import { systemRandom } from "../../src/foundation/index.ts";
import type { AuditPosition, SecurityEvent } from "../../src/operations/index.ts";
import { databases } from "../support/databases.ts";
import { type Audited, address, openAudit } from "./audited.ts";

const event = (siret: string): SecurityEvent => ({
  ...{ name: "access-opened", outcome: "accepted", subject: { sub: "camille" } },
  ...{ actor: "operator", details: { siret } },
});

describe.each(databases)("an event that is recorded with its act on $name", (kind) => {
  let audited: Audited;
  let logged: { readonly event: SecurityEvent; readonly at: AuditPosition | undefined }[];
  let faults: object[];

  beforeAll(async () => {
    audited = await openAudit(kind);
  });
  afterAll(() => audited.close());
  beforeEach(async () => {
    logged = [];
    faults = [];
    audited.clock.now += 1000;
    await audited.database.knex("audit_drafts").delete();
  });

  const recorder = ({ database, audit }: Pick<Audited, "database" | "audit"> = audited) =>
    createSoonRecorder({
      ...{ database, audit, random: systemRandom, telemetry: { count: () => undefined } },
      clock: {
        epochSeconds: () => audited.clock.now,
        epochMilliseconds: () => audited.clock.now * 1000,
      },
      log: (told, at) => Promise.resolve(void logged.push({ event: told, at })),
      logger: { error: (fields: object) => void faults.push(fields) },
    });
  const act = (...events: SecurityEvent[]) =>
    audited.database.transaction((transaction) => recorder().recordSoon(transaction, events));
  const found = async () => {
    const { entries } = await audited.audit.page(
      { since: audited.clock.now - 900 },
      { limit: 500 },
    );
    return entries.reverse();
  };

  it("has its place once the act is written, and its line of the log then", async () => {
    const place = await act(event("1"), event("2"));
    expect([await found(), logged]).toEqual([[], []]);
    await place();
    const entries = await found();
    expect(entries.map(({ details }) => details)).toEqual([{ siret: "1" }, { siret: "2" }]);
    expect(logged.map(({ at }) => at?.seq)).toEqual(entries.map(({ seq }) => seq));
    expect(logged.map((line) => line.event)).toEqual([event("1"), event("2")]);
    await place();
    expect(await found()).toHaveLength(2);
    expect(await audited.audit.verify()).toMatchObject({ intact: true });
  });

  it("is none of an act that is undone", async () => {
    const undone = audited.database.transaction(async (transaction) => {
      await recorder().recordSoon(transaction, [event("1")]);
      throw new Error("undone");
    });
    await expect(undone).rejects.toThrow("undone");
    audited.clock.now += 10;
    expect(await recorder().finish()).toBe(0);
  });

  it("has its place by whoever comes later when its process has died, once, as of the act", async () => {
    const at = audited.clock.now;
    await act(...Array.from({ length: 250 }, (_, place) => event(String(place))));
    expect(await recorder().finish()).toBe(0);
    audited.clock.now += 10;
    const nodes = [recorder(), recorder(audited.anotherNode())];
    const counts = await Promise.all(nodes.map(({ finish }) => finish()));
    expect(counts.reduce((sum, each) => sum + each, 0)).toBe(250);
    const entries = await found();
    expect(entries).toHaveLength(250);
    expect(new Set(entries.map(({ occurredAt }) => occurredAt))).toEqual(new Set([at]));
    expect(logged).toHaveLength(250);
    expect(logged).toContainEqual({ event: event("7"), at: expect.anything() as unknown });
    expect(await audited.audit.verify()).toMatchObject({ intact: true });
  });

  it("says nothing of who was erased before it had its place", async () => {
    const email = address("camille@partenaire.test");
    const invited: SecurityEvent = { ...event("2"), subject: { email } };
    await act(event("1"), invited, { ...event("3"), subject: { sub: "another" } });
    await audited.database.transaction((transaction) =>
      audited.audit.erasePerson(transaction, { sub: "camille", email, emailVerifiedAt: 0 }),
    );
    audited.clock.now += 10;
    expect(await recorder().finish()).toBe(3);
    expect((await found()).map(({ details, erased }) => [details, erased])).toEqual([
      [undefined, true],
      [undefined, true],
      [{ siret: "3" }, false],
    ]);
    expect(await audited.audit.verify()).toMatchObject({ intact: true });
  });

  it("says nothing of one whose identifier has signs of its own", async () => {
    const email = address("importee@partenaire.test");
    const sub = 'auth0|a\\b"c%_!';
    await act({ ...event("1"), subject: { sub } });
    await audited.database.transaction((transaction) =>
      audited.audit.erasePerson(transaction, { sub, email, emailVerifiedAt: 0 }),
    );
    audited.clock.now += 10;
    expect(await recorder().finish()).toBe(1);
    expect((await found()).map(({ erased }) => erased)).toEqual([true]);
  });

  it("keeps and erases of it what would be kept and erased in its place", async () => {
    const { name, outcome, subject, details } = event("own");
    const from = (told: SecurityEvent) => ({ ...told, clientAddress: "203.0.113.7" });
    const events = [
      from({ name, outcome, subject, details }),
      from({ ...event("by another"), actor: "colleague" }),
      from({ ...event("by them"), subject: { sub: "another" }, actor: "camille" }),
    ];
    const origins = async (isPlacedFirst: boolean) => {
      audited.clock.now += 1000;
      const place = await act(...events);
      if (isPlacedFirst) await place();
      const person = {
        sub: "camille",
        email: address("camille@partenaire.test"),
        emailVerifiedAt: 0,
      };
      await audited.database.transaction((transaction) =>
        audited.audit.erasePerson(transaction, person),
      );
      await place();
      const rows = await audited.database
        .knex("audit_events")
        .where("occurred_at", audited.clock.now)
        .orderBy("seq")
        .select("client_network", "client_reference", "origin_salt", "details", "about_salt");
      // What is random differs from one act to the next.
      return rows.map((row: object) => Object.values(row).map((value) => value !== null));
    };
    const placed = await origins(true);
    expect(placed.map(([network, , , details]) => [network, details])).toEqual([
      [false, false],
      [true, false],
      [false, true],
    ]);
    expect(await origins(false)).toEqual(placed);
    expect(await audited.audit.verify()).toMatchObject({ intact: true });
  });

  it("undoes no act where it cannot have its place now, and has it later", async () => {
    const away = () => Promise.reject(new Error("away"));
    const { database, audit } = audited;
    const place = await database.transaction((transaction) =>
      recorder({ database, audit: { ...audit, appendDrafts: away } }).recordSoon(transaction, [
        event("1"),
      ]),
    );
    await place();
    expect([await found(), faults.length]).toEqual([[], 1]);
    audited.clock.now += 10;
    expect(await recorder().finish()).toBe(1);
    expect(await found()).toHaveLength(1);
  });
});
