import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { databases } from "../support/databases.ts";
import { type Operator, createOperator, dinum, morning } from "./operator.ts";

const camille = "camille@cfa.test";
const dominique = "dominique@cfa.test";

describe.each(databases)("lopauth audit on $name", ({ create }) => {
  let operator: Operator;

  beforeAll(async () => {
    operator = await createOperator(create);
    for (const email of [camille, dominique]) await operator.addAccount(email);
    await operator.run("access", "open", camille, dinum);
    operator.clock.now = morning + 24 * 60 * 60;
    await operator.run("account", "disable", camille);
    await operator.run("account", "disable", dominique);
  });
  afterAll(async () => {
    await operator.drop();
  });

  const names = async (...options: string[]) => {
    const { document } = await operator.run("audit", "list", "--json", ...options);
    return (document() as { name: string; sub: string }[]).map(({ name, sub }) => `${name} ${sub}`);
  };

  it("lists every event, the oldest first, for people and for programs", async () => {
    expect(await names()).toEqual([
      `access-opened sub-of-${camille}`,
      `account-disabled sub-of-${camille}`,
      `account-disabled sub-of-${dominique}`,
    ]);
    const { code, out } = await operator.run("audit", "list");
    expect(code).toBe(0);
    expect(out.split("\n")[1]).toMatch(
      /^2027-01-15T09:00\+01:00 +access-opened +accepted +sub-of-camille/,
    );
  });

  it("lists those about a person, and those since a day or an instant, to the second", async () => {
    expect(await names("--account", "CAMILLE@cfa.test")).toHaveLength(2);
    expect(await names("--account", "personne@cfa.test")).toEqual([]);
    expect(await names("--since", "2027-01-16")).toHaveLength(2);
    expect(await names("--since", "2027-01-15")).toHaveLength(3);
    expect(await names("--since", "2027-01-16T09:00:00+01:00")).toHaveLength(2);
    expect(await names("--since", "2027-01-16T09:00:01+01:00")).toHaveLength(0);
    const { out } = await operator.run("audit", "list", "--account", "personne@cfa.test");
    expect(out).toBe("No event matches.\n");
  });

  it("refuses an address that is none, and a day that does not exist", async () => {
    const { code, failure } = await operator.run(
      ...["audit", "list", "--account", "camille", "--since", "2027-02-30", "--json"],
    );
    expect(code).toBe(1);
    expect(failure()).toMatchObject({
      error: "nothing was listed",
      problems: [{ argument: "--account" }, { argument: "--since", found: '"2027-02-30"' }],
    });
  });

  it("gives a signed head to keep elsewhere, and finds by it that the end was cut off", async () => {
    const told = await operator.run("audit", "head", "--json");
    expect(told.document()).toMatchObject({ form: "lopauth-audit-head-1", seq: 3 });
    const file = operator.addFile("head.json", told.out);
    const forged = operator.addFile("forged.json", told.out.replace('"seq":3', '"seq":2'));
    const verified = await operator.run("audit", "verify", "--head", file);
    expect(verified.out).toContain("It goes on from the head of 2027-01-16T08:00:00Z.");
    expect(verified.out).toContain("Every event is signed.");
    const refused = await operator.run("audit", "verify", "--head", forged, "--json");
    expect([refused.code, refused.out]).toEqual([1, ""]);
    expect(refused.failure()).toMatchObject({ problems: [{ argument: "--head" }] });
    const { knex } = operator.database;
    const last = await knex("audit_events").where({ seq: 3 }).first<object>();
    await knex("audit_events").where({ seq: 3 }).delete();
    await knex("audit_head").update({
      ...{ seq: 2, hash: knex("audit_events").where({ seq: 2 }).select("hash") },
    });
    expect((await operator.run("audit", "verify")).code).toBe(0);
    const cut = await operator.run("audit", "verify", "--head", file, "--json");
    expect(cut.code).toBe(1);
    expect(cut.failure()).toMatchObject({ problems: [{ seq: 3, fault: "truncated" }] });
    await knex("audit_events").insert(last);
  });

  it("takes the file to which a head was appended each day", async () => {
    const day = async () => (await operator.run("audit", "head")).out;
    const file = operator.addFile("heads.jsonl", (await day()) + (await day()));
    const verified = await operator.run("audit", "verify", "--head", file);
    expect(verified.err).toBe("");
    expect(verified.out).toContain(
      "It goes on from the head of 2027-01-16T08:00:00Z, and from 1 more.",
    );
    const none = await operator.run("audit", "verify", "--head", operator.addFile("none", "\n"));
    expect(none.err).toContain('must be a file of what "lopauth audit head" printed');
  });

  it("vouches for lines without a key, as the operator", async () => {
    const { knex } = operator.database;
    const macs = await knex("audit_events").orderBy("seq").select<{ seq: number; mac: string }[]>();
    await knex("audit_events").update({ mac: null });
    const unkeyed = await operator.run("audit", "verify", "--json");
    expect(unkeyed.failure()).toMatchObject({ problems: [{ seq: 1, fault: "unkeyed" }] });
    const vouched = await operator.run("audit", "vouch");
    expect(vouched.out).toMatch(/^The chain is vouched for up to event 3, [\w-]{43}\.$/m);
    expect((await operator.run("audit", "verify")).out).toContain("3 of before there were keys");
    await knex("audit_events").where({ seq: 4 }).delete();
    await knex("kept_secrets").where({ name: "audit-anchor" }).delete();
    for (const { seq, mac } of macs) await knex("audit_events").where({ seq }).update({ mac });
    await knex("audit_head").update({
      ...{ seq: 3, hash: knex("audit_events").where({ seq: 3 }).select("hash") },
    });
  });

  it("verifies the chain, and names the event that was altered", async () => {
    const intact = await operator.run("audit", "verify", "--json");
    expect(intact.code).toBe(0);
    expect(intact.document()).toMatchObject({ intact: true, events: 3, first_seq: 1, head_seq: 3 });
    expect((await operator.run("audit", "verify")).out).toContain("The audit is intact: 3 events");
    await operator.database.knex("audit_events").where({ seq: 2 }).update({ outcome: "refused" });
    const altered = await operator.run("audit", "verify", "--json");
    expect(altered.code).toBe(1);
    expect(altered.failure()).toMatchObject({ problems: [{ seq: 2, fault: "altered" }] });
    const { code, err } = await operator.run("audit", "verify");
    expect(code).toBe(1);
    expect(err).toContain("event 2 must be as it was written (found altered)");
    await operator.database.knex("audit_events").where({ seq: 2 }).update({ outcome: "accepted" });
    await operator.database.knex("audit_events").where({ seq: 2 }).delete();
    const removed = await operator.run("audit", "verify", "--json");
    expect(removed.failure()).toMatchObject({ problems: [{ seq: 2, fault: "missing" }] });
  });
});
