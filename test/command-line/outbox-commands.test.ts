import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { markOf } from "../../src/outbox/destination-mark.ts";
import { databases } from "../support/databases.ts";
import { type Operator, createOperator } from "./operator.ts";

describe.each(databases)("lopauth outbox on $name", ({ create }) => {
  let operator: Operator;

  beforeEach(async () => {
    operator = await createOperator(create);
    const later = operator.clock.now + 3600;
    await add("letter-1", { due_at: later, attempts: 3, last_error: "connection ETIMEDOUT" });
    await add("letter-2", { destination: markOf("autre.test"), account_sub: "sub-2" });
    await add("held", { lease_ends_at: later, attempts: 1 });
    await add("notice", { channel: "back-channel-logout", name: "portail", due_at: later });
    const ended = { encrypted_content: null, destination: null, ended_at: later };
    await add("lost", { ...ended, state: "failed", attempts: 11, last_error: "HTTP 550" });
    await add("gone", { ...ended, state: "sent", attempts: 1 });
  });
  afterEach(async () => {
    await operator.drop();
  });

  const add = (id: string, values: object) =>
    operator.database.knex("outbox").insert({
      ...{ id, channel: "mail", name: "accounts/validation", state: "waiting", attempts: 0 },
      ...{ due_at: operator.clock.now, created_at: operator.clock.now - 60, sequence: 1 },
      ...{ destination: markOf("cfa.test"), encrypted_content: `content of ${id}` },
      ...values,
    });
  const ids = async (...words: string[]) => {
    const { code, document } = await operator.run("outbox", "list", "--json", ...words);
    expect(code).toBe(0);
    return (document() as { id: string }[]).map(({ id }) => id);
  };
  const entry = (id: string) =>
    operator.database.knex("outbox").where({ id }).first<Record<string, unknown>>();
  const events = async () =>
    (await operator.run("audit", "list", "--json")).document() as Record<string, unknown>[];

  it("lists what waits and what was given up, by kind, destination and state", async () => {
    expect(await ids()).toEqual(["notice", "lost", "letter-2", "letter-1", "held"]);
    expect(await ids("--state", "failed")).toEqual(["lost"]);
    expect(await ids("--state", "sent")).toEqual(["gone"]);
    expect(await ids("--kind", "back-channel-logout")).toEqual(["notice"]);
    expect(await ids("--kind", "accounts/validation", "--state", "waiting")).toHaveLength(3);
    expect(await ids("--destination", "autre.test")).toEqual(["letter-2"]);
    expect(await ids("--destination", markOf("autre.test"))).toEqual(["letter-2"]);
    expect(await ids("--destination", "nobody.test")).toEqual([]);
    // A letter of which none waits is a kind all the same, and so is a client that is told of a sign-out.
    for (const kind of ["accounts/recovery", "portail-partenaire", "webhook"]) {
      const none = await operator.run("outbox", "list", "--kind", kind);
      expect([none.code, none.out]).toEqual([0, "No entry matches.\n"]);
    }
    expect((await operator.run("outbox", "list", "--state", "asleep")).code).toBe(2);
  });

  it.each(["list", "retry", "drop"])("takes no kind that is none: %s", async (act) => {
    const mistyped = await operator.run("outbox", act, "--kind", "mails");
    expect([mistyped.code, mistyped.out]).toEqual([2, ""]);
    expect(mistyped.err).toContain(
      'error: --kind: found "mails"; expected a channel (mail, back-channel-logout, webhook, signal) or the name of an entry; did you mean mail?',
    );
    expect(await entry("letter-1")).toMatchObject({ state: "waiting" });
  });

  it("counts an entry that is named twice once", async () => {
    const { code, document } = await operator.run("outbox", "drop", "notice", "notice", "--json");
    expect([code, document()]).toEqual([0, { dropped: 1 }]);
  });

  it("shows neither to whom nor what", async () => {
    const { out } = await operator.run("outbox", "list", "--json");
    expect(out).not.toContain("content of");
    const letter = (JSON.parse(out) as { id: string }[]).find(({ id }) => id === "letter-1");
    expect(letter).toEqual({
      ...{ id: "letter-1", kind: "mail", name: "accounts/validation", state: "waiting" },
      ...{ destination: markOf("cfa.test"), sub: null, tries: 3 },
      added_at: new Date((operator.clock.now - 60) * 1000).toISOString().replace(".000", ""),
      next_at: new Date((operator.clock.now + 3600) * 1000).toISOString().replace(".000", ""),
      ...{ ended_at: null, last_error: "connection ETIMEDOUT" },
    });
    expect((await operator.run("outbox", "list")).out).toMatch(/^ID +KIND +NAME/);
  });

  it("has what waits for a later try tried at once, and says so in the audit", async () => {
    const { code, document } = await operator.run("outbox", "retry", "--kind", "mail", "--json");
    expect([code, document()]).toEqual([0, { retried: 1 }]);
    expect(await entry("letter-1")).toMatchObject({ state: "waiting", attempts: 3 });
    expect(Number((await entry("letter-1"))["due_at"])).toBe(operator.clock.now);
    expect(Number((await entry("notice"))["due_at"])).toBe(operator.clock.now + 3600);
    expect(await events()).toMatchObject([{ name: "outbox-retried", actor: "operator" }]);
    const gone = await operator.run("outbox", "retry", "lost");
    expect(gone.code).toBe(1);
    expect(gone.err).toContain("must be entries that wait for a later try");
  });

  it("drops what waits and is not being sent, erases it, and says about whom in the audit", async () => {
    const { code, document } = await operator.run("outbox", "drop", "letter-2", "--json");
    expect([code, document()]).toEqual([0, { dropped: 1 }]);
    expect(await entry("letter-2")).toMatchObject({
      ...{ state: "failed", last_error: "dropped", encrypted_content: null, destination: null },
    });
    expect(await events()).toMatchObject([
      { name: "outbox-dropped", actor: "operator", sub: "sub-2", details: { count: 1 } },
    ]);
    expect((await operator.run("outbox", "drop", "held")).code).toBe(1);
    expect(await entry("held")).toMatchObject({ state: "waiting" });
    expect((await operator.run("outbox", "drop", "--all", "--json")).document()).toEqual({
      dropped: 2,
    });
  });

  it("asks which, and takes no guess", async () => {
    expect((await operator.run("outbox", "drop")).code).toBe(2);
    expect((await operator.run("outbox", "retry", "letter-1", "--all")).code).toBe(2);
    expect(await events()).toEqual([]);
  });

  it("is no failure that the doctor warns of", async () => {
    await operator.database.knex("outbox").where({ state: "failed" }).delete();
    await operator.run("outbox", "drop", "--all");
    const { out } = await operator.run("doctor");
    expect(out).not.toContain("dropped");
  });
});
