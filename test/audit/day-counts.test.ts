import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { databases } from "../support/databases.ts";
import { type Audited, openAudit, signInOf } from "./audited.ts";

const hour = 3600;

describe.each(databases)("how many signed in a day, on $name", (kind) => {
  let audited: Audited;
  /** It begins with an hour. */
  let begin: number;
  beforeAll(async () => {
    audited = await openAudit(kind);
    begin = audited.clock.now - (audited.clock.now % hour);
  });
  afterAll(async () => {
    await audited.close();
  });

  it("is counted as events are appended, by whichever node, and those of each stretch apart", async () => {
    const { audit, clock } = audited;
    const other = audited.anotherNode();
    clock.now = begin + 10;
    await Promise.all([
      audit.append(signInOf("a")),
      audit.append(signInOf("b", { outcome: "refused", reason: "credentials-refused" })),
      other.audit.append(signInOf("c")),
      audit.append({ name: "account-validated", outcome: "accepted", subject: { sub: "a" } }),
      audit.append({ name: "account-disabled", outcome: "accepted", subject: { sub: "a" } }),
    ]);
    await audited.database.transaction(async (transaction) => {
      await audit.appendWithin(transaction, signInOf("d"));
    });
    clock.now = begin + hour;
    await audit.append(signInOf("e"));
    const counted = await audit.dayCounts([
      { since: begin - hour, until: begin },
      { since: begin, until: begin + hour },
      { since: begin + hour, until: begin + 2 * hour },
    ]);
    expect(counted).toEqual([
      { accounts: 0, signIns: 0, refusals: 0 },
      { accounts: 1, signIns: 3, refusals: 1 },
      { accounts: 0, signIns: 1, refusals: 0 },
    ]);
  });

  it("counts nothing of an act that was not written", async () => {
    const { audit, clock, database } = audited;
    clock.now = begin + 5 * hour;
    const broken = database.transaction(async (transaction) => {
      await audit.appendWithin(transaction, signInOf("f"));
      throw new Error("undone");
    });
    await expect(broken).rejects.toThrow("undone");
    const [counted] = await audit.dayCounts([{ since: clock.now, until: clock.now + hour }]);
    expect(counted).toEqual({ accounts: 0, signIns: 0, refusals: 0 });
  });

  it("stays when the events are purged", async () => {
    const { audit, clock } = audited;
    const asked = [{ since: begin, until: begin + hour }];
    const before = await audit.dayCounts(asked);
    expect(await audit.purge(clock.now + 48 * hour)).toBeGreaterThan(0);
    expect(await audit.dayCounts(asked)).toEqual(before);
  });

  it("reads a range of the key for each day, and no event", async () => {
    const { database, audit } = audited;
    const statements: string[] = [];
    database.knex.on("query", ({ sql }: { sql: string }) => statements.push(sql));
    await audit.dayCounts([{ since: 1, until: 2 }]);
    expect(statements.join()).not.toContain("audit_events");
    if (database.dialect !== "sqlite") return;
    const plan = await database.knex.raw<{ detail: string }[]>(
      `EXPLAIN QUERY PLAN ${String(statements[0])}`,
      [1, 2],
    );
    expect(plan.map(({ detail }) => detail).join("; ")).toMatch(
      /SEARCH audit_hours USING INDEX \S+ \(hour>\? AND hour<\?\)/,
    );
  });
});
