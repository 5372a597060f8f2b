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
      /^2027-01-15 09:00 +access-opened +accepted +sub-of-camille/,
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
