import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { databases } from "../support/databases.ts";
import { type Operator, createOperator } from "./operator.ts";

describe.each(databases)("lopauth sessions end on $name", ({ create }) => {
  let operator: Operator;

  beforeEach(async () => {
    operator = await createOperator(create);
    for (const email of ["un@cfa.test", "deux@cfa.test"]) await operator.addAccount(email);
  });
  afterEach(async () => {
    await operator.drop();
  });

  const versions = async () => {
    const { knex } = operator.database;
    const accounts = await knex("accounts").orderBy("id").pluck<number[]>("credentials_version");
    const [installation] = await knex("installation").pluck<number[]>("credentials_version");
    return { accounts, installation };
  };
  const events = () =>
    operator.database
      .knex("audit_events")
      .orderBy("seq")
      .select<object[]>("event", "actor", "subject_sub");

  it("--all writes one row, whatever the number of accounts, and is an event", async () => {
    const { code, out } = await operator.run("sessions", "end", "--all");
    expect(code).toBe(0);
    expect(out).toContain("everybody signs in again");
    expect(await versions()).toEqual({ accounts: [0, 0], installation: 1 });
    expect(await events()).toMatchObject([
      { event: "everybodys-sessions-ended", actor: "operator", subject_sub: null },
    ]);
    const { document } = await operator.run("sessions", "end", "--all", "--json");
    expect(document()).toEqual({ ended: "all" });
  });

  it("of an account ends what is its own", async () => {
    const { out } = await operator.run("sessions", "end", "un@cfa.test");
    expect(out).toBe("The sessions and tokens of un@cfa.test have ended.\n");
    expect(await versions()).toEqual({ accounts: [1, 0], installation: 0 });
    expect(await events()).toMatchObject([
      { event: "session-ended", actor: "operator", subject_sub: "sub-of-un@cfa.test" },
    ]);
    const unknown = await operator.run("sessions", "end", "trois@cfa.test");
    expect(unknown).toMatchObject({ code: 1, out: "" });
  });

  it.each([[[]], [["un@cfa.test", "--all"]]])("%j is wrong usage: nothing ends", async (words) => {
    const { code, err } = await operator.run("sessions", "end", ...words);
    expect(code).toBe(2);
    expect(err).toContain("give the address of an account, or --all");
    expect(await versions()).toEqual({ accounts: [0, 0], installation: 0 });
  });
});
