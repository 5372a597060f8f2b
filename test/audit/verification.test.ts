import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { chained } from "../../src/audit/chain.ts";
import type { AuditRow } from "../../src/audit/chain.ts";
import { type DatabaseKind, databases } from "../support/databases.ts";
import { type Audited, chainKeys, openAudit, signInOf } from "./audited.ts";

describe.each(databases)("verifying the audit on $name", (kind: DatabaseKind) => {
  let audited: Audited;
  beforeEach(async () => {
    audited = await openAudit(kind);
    for (let count = 1; count <= 6; count += 1) {
      await audited.audit.append(signInOf(`person-${count}`, { details: { count } }));
    }
  });
  afterEach(async () => {
    await audited.close();
  });
  const rows = () => audited.database.knex<AuditRow>("audit_events");
  const row = async (seq: number) => {
    const found = await rows().where({ seq }).first();
    if (!found) throw new Error(`no row ${seq}`);
    return found;
  };
  /** Who may write to the database may also drop what guards it. */
  const dropTrigger = () =>
    audited.database.knex.raw(
      kind.name === "SQLite"
        ? "DROP TRIGGER audit_events_follow"
        : "DROP TRIGGER audit_events_follow ON audit_events",
    );

  it("finds an intact chain intact, and tells its head", async () => {
    const { hash } = await row(6);
    expect(await audited.audit.verify()).toEqual({
      intact: true,
      events: 6,
      erased: 0,
      firstSeq: 1,
      beforeKeys: 0,
      ofOlderBuilds: 0,
      head: { seq: 6, hash },
    });
  });

  it.each([1, 3, 6])("finds row %i removed", async (seq) => {
    await rows().where({ seq }).delete();
    expect(await audited.audit.verify()).toEqual({ intact: false, seq, fault: "missing" });
  });

  it("says of a line in the form of a newer build that it cannot judge it", async () => {
    await rows().where({ seq: 4 }).update({ form: 2 });
    expect(await audited.audit.verify()).toEqual({ intact: false, seq: 4, fault: "newer-form" });
  });

  it("finds the end removed, whatever the number of rows", async () => {
    await rows().where("seq", ">", 2).delete();
    expect(await audited.audit.verify()).toEqual({ intact: false, seq: 3, fault: "missing" });
  });

  it.each([
    { outcome: "refused" },
    { subject_sub: "somebody else" },
    { actor: "nobody" },
    { occurred_at: 1 },
    { reason: "" },
    { details: '{"count":5}' },
    { client_network: "198.51.100.0/24" },
    { client_network: null },
    { about_salt: null },
    { hash: "x" },
  ])("finds a row altered by %j", async (change) => {
    await rows().where({ seq: 4 }).update(change);
    expect(await audited.audit.verify()).toEqual({ intact: false, seq: 4, fault: "altered" });
  });

  it("finds two rows exchanged", async () => {
    await rows().where({ seq: 3 }).update({ seq: 100 });
    await rows().where({ seq: 4 }).update({ seq: 3 });
    await rows().where({ seq: 100 }).update({ seq: 4 });
    expect(await audited.audit.verify()).toEqual({ intact: false, seq: 3, fault: "altered" });
  });

  it("finds a row altered together with its own hash, by who holds the key", async () => {
    const [third, fourth] = [await row(3), await row(4)];
    const forged = chained({ ...fourth, outcome: "refused" }, third, chainKeys);
    await rows()
      .where({ seq: 4 })
      .update({ outcome: "refused", hash: forged.hash, mac: forged.mac });
    expect(await audited.audit.verify()).toEqual({ intact: false, seq: 5, fault: "broken-link" });
  });

  it("finds the last row altered together with its own hash, by who holds the key", async () => {
    const [fifth, sixth] = [await row(5), await row(6)];
    const forged = chained({ ...sixth, outcome: "refused" }, fifth, chainKeys);
    await rows()
      .where({ seq: 6 })
      .update({ outcome: "refused", hash: forged.hash, mac: forged.mac });
    expect(await audited.audit.verify()).toEqual({ intact: false, seq: 6, fault: "head-altered" });
  });

  it("finds a row inserted at the end, and one before the beginning", async () => {
    await dropTrigger();
    const last = await row(6);
    await rows().insert(chained(last, last, chainKeys));
    expect(await audited.audit.verify()).toEqual({ intact: false, seq: 7, fault: "not-in-chain" });
    await rows().where({ seq: 7 }).delete();
    await rows().insert({ ...last, seq: 0 });
    expect(await audited.audit.verify()).toEqual({ intact: false, seq: 0, fault: "not-in-chain" });
  });

  it("finds a row inserted in the place of one removed", async () => {
    await dropTrigger();
    const second = await row(2);
    await rows().where({ seq: 3 }).delete();
    await rows().insert({ ...(await row(4)), seq: 3, previous_hash: second.hash });
    expect(await audited.audit.verify()).toEqual({ intact: false, seq: 3, fault: "altered" });
  });

  it("refuses an insert that does not follow the head", async () => {
    const last = await row(6);
    await expect(rows().insert({ ...last, seq: 8 })).rejects.toThrow("audit head moved");
    await expect(rows().insert({ ...last, seq: 7, previous_hash: "x" })).rejects.toThrow(
      "audit head moved",
    );
  });

  it("finds a beginning cut off without a purge that says so", async () => {
    const { hash } = await row(2);
    await rows().where("seq", "<=", 2).delete();
    await audited.database.knex("audit_head").update({ purged_seq: 2, purged_hash: hash });
    expect(await audited.audit.verify()).toEqual({
      intact: false,
      seq: 3,
      fault: "beginning-unaccounted",
    });
  });

  it("is not disturbed by what is appended or purged meanwhile", async () => {
    const other = audited.anotherNode().audit;
    const appends = Array.from({ length: 20 }, () => other.append(signInOf("meanwhile")));
    const checks = Array.from({ length: 5 }, () => audited.audit.verify());
    const purged = other.purge(audited.clock.now + 1_000_000);
    for (const check of await Promise.all(checks)) expect(check).toMatchObject({ intact: true });
    await Promise.all([...appends, purged]);
    expect(await audited.audit.verify()).toMatchObject({ intact: true });
  });
});
