import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { databases } from "../support/databases.ts";
import { type Operator, createOperator } from "./operator.ts";

describe.each(databases)("lopauth signals on $name", ({ create }) => {
  let operator: Operator;

  beforeEach(async () => {
    operator = await createOperator(create);
    await operator.database.knex("signal_streams").insert({
      ...{ stream_id: "one", client_id: "portal", slot: 1, status: "enabled" },
      ...{ status_by: "receiver", events_requested: "[]", created_at: 0, verified_at: 0 },
    });
  });
  afterEach(async () => {
    await operator.drop();
  });

  const status = () =>
    operator.database.knex("signal_streams").select<object[]>("status", "status_by");

  it("pauses a stream, tells its receiver, and resumes it", async () => {
    expect((await operator.run("signals", "pause", "one")).code).toBe(0);
    expect(await status()).toEqual([{ status: "paused", status_by: "staff" }]);
    const waiting = operator.database.knex("signal_events").pluck<string[]>("name");
    expect(await waiting).toEqual(["stream-updated"]);
    const { document } = await operator.run("signals", "list", "--json");
    expect(document()).toMatchObject([{ stream_id: "one", status: "paused", waiting: "1" }]);
    expect((await operator.run("signals", "resume", "one")).code).toBe(0);
    expect(await status()).toEqual([{ status: "enabled", status_by: "staff" }]);
    const events = operator.database.knex("audit_events").select<object[]>("event", "actor");
    expect(await events).toEqual([
      { event: "signal-stream-changed", actor: "operator" },
      { event: "signal-stream-changed", actor: "operator" },
    ]);
  });

  it("removes a stream with what waits for it, and refuses one that is not there", async () => {
    await operator.run("signals", "pause", "one");
    expect((await operator.run("signals", "remove", "one")).code).toBe(0);
    expect(await status()).toEqual([]);
    expect(await operator.database.knex("signal_events").pluck("id")).toEqual([]);
    expect(await operator.run("signals", "show", "one")).toMatchObject({ code: 1, out: "" });
  });

  it("shows since when a stream is there, in Paris and, as JSON, in UTC", async () => {
    const { out } = await operator.run("signals", "show", "one");
    expect(out).toMatch(/^created_at +1970-01-01T01:00\+01:00$/m);
    const { document } = await operator.run("signals", "show", "one", "--json");
    expect(document()).toMatchObject({ created_at: "1970-01-01T00:00:00Z" });
  });
});
