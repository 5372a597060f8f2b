import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { databases } from "../support/databases.ts";
import { type Operator, createOperator } from "./operator.ts";

describe.each(databases)("lopauth maintenance on $name", ({ create }) => {
  let operator: Operator;

  beforeEach(async () => {
    operator = await createOperator(create);
    await operator.addAccount("zoe@cfa.test");
  });
  afterEach(async () => {
    await operator.drop();
  });

  const iso = (seconds: number) => new Date(seconds * 1000).toISOString().replace(".000", "");
  const status = async () => (await operator.run("maintenance", "status", "--json")).document();

  it("is turned on until a time, moved and turned off, and each stands in the audit", async () => {
    const { now } = operator.clock;
    expect(await status()).toEqual({ until: null });
    const begun = await operator.run("maintenance", "on", "--until", "45m", "--json");
    expect([begun.code, begun.document()]).toEqual([0, { until: iso(now + 45 * 60) }]);
    await operator.run("maintenance", "on", "--until", iso(now + 7200));
    expect(await status()).toEqual({ until: iso(now + 7200) });
    const ended = await operator.run("maintenance", "off", "--json");
    expect([ended.code, ended.document()]).toEqual([0, { ended: true, until: null }]);
    expect((await operator.run("maintenance", "off", "--json")).document()).toMatchObject({
      ended: false,
    });
    const events = (await operator.run("audit", "list", "--json")).document();
    expect(events).toMatchObject([
      { name: "maintenance-begun", actor: "operator", details: { until: iso(now + 45 * 60) } },
      { name: "maintenance-begun", details: { until: iso(now + 7200) } },
      { name: "maintenance-ended", actor: "operator" },
    ]);
  });

  it("refuses other commands that would write, until its time, and lets those read that read", async () => {
    await operator.run("maintenance", "on", "--until", "45m");
    const refused = await operator.run("account", "disable", "zoe@cfa.test");
    expect(refused.code).toBe(1);
    expect(refused.err).toMatch(/the register only reads until [\d-]+T\d\d:\d\d\+0[12]:00 /);
    expect(refused.err).toContain("lopauth maintenance off");
    expect((await operator.run("account", "show", "zoe@cfa.test")).code).toBe(0);
    expect((await operator.run("doctor")).out).toContain("the register only reads until");
    operator.clock.now += 46 * 60;
    expect((await operator.run("account", "disable", "zoe@cfa.test")).code).toBe(0);
  });

  it("takes no time that is none, or over", async () => {
    for (const until of ["yesterday", "2020-01-01", "0"]) {
      const { code, err } = await operator.run("maintenance", "on", "--until", until);
      expect([until, code]).toEqual([until, 1]);
      expect(err).toContain("--until must be");
    }
    expect((await operator.run("maintenance", "on")).code).toBe(2);
    expect(await status()).toEqual({ until: null });
  });
});
