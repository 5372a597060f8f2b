import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { digest } from "../../src/foundation/index.ts";
import { databases } from "../support/databases.ts";
import { type Operator, createOperator, morning } from "./operator.ts";

describe.each(databases)("lopauth client invite on $name", ({ create }) => {
  let operator: Operator;

  beforeEach(async () => {
    operator = await createOperator(create);
  });
  afterEach(async () => {
    await operator.drop();
  });

  const invite = async (...words: string[]) =>
    (await operator.run("client", "invite", "--json", ...words)).document() as Record<
      string,
      unknown
    >;

  it("shows a token once, good for a week and one client, and keeps its digest", async () => {
    const made = await invite();
    expect(made).toMatchObject({
      registration_endpoint: "http://localhost:3000/reg",
      expires_at: "2027-01-22T08:00:00Z",
      uses: 1,
    });
    const rows = await operator.database.knex("client_invitations").select("digest", "uses_left");
    expect(rows).toEqual([{ digest: digest(String(made["initial_access_token"])), uses_left: 1 }]);
    const listed = await operator.run("client", "invitations");
    expect(listed.out).not.toContain(String(made["initial_access_token"]));
  });

  it("says for people what it is and that it is shown once", async () => {
    const { code, out } = await operator.run(
      "client",
      "invite",
      "--expires",
      "2027-01-31",
      "--uses",
      "3",
    );
    expect(code).toBe(0);
    expect(out).toMatch(/initial_access_token +[\w-]{43}\n/);
    expect(out).toContain("until 2027-01-31, for 3 clients");
    expect(out).toContain("Keep the token now: it is never shown again.");
  });

  it("refuses a date that is past or no date, and invites nobody", async () => {
    for (const [date, rule] of [
      ["2027-01-01", "must be in the future"],
      ["tomorrow", "must be a day"],
    ] as const) {
      const { code, out, err } = await operator.run("client", "invite", "--expires", date);
      expect([code, out]).toEqual([1, ""]);
      expect(err).toContain(`--expires ${rule}`);
    }
    expect(await operator.database.knex("client_invitations")).toEqual([]);
  });

  it.each(["0", "101", "-1", "two", "1.5"])("takes --uses %s as wrong usage", async (uses) => {
    const { code, err } = await operator.run("client", "invite", `--uses=${uses}`);
    expect(code).toBe(2);
    expect(err).toContain("a whole number from 1 to 100");
  });

  it("lists what is left of each, the newest first", async () => {
    expect((await operator.run("client", "invitations")).out).toBe("There is no invitation.\n");
    const first = await invite("--expires", "2027-01-16T08:00:00Z");
    operator.clock.now = morning + 1;
    const second = await invite("--uses", "2");
    operator.clock.now = morning + 86_400;
    const listed = await operator.run("client", "invitations", "--json");
    expect(listed.document()).toMatchObject([
      { id: second["id"], uses_left: 2, state: "open", created_by: "operator" },
      { id: first["id"], uses_left: 1, state: "expired" },
    ]);
  });

  it("takes one back, once", async () => {
    const { id } = await invite();
    const revoked = await operator.run("client", "revoke-invitation", String(id));
    expect(revoked).toMatchObject({ code: 0, out: `${String(id)} is revoked.\n` });
    const again = await operator.run("client", "revoke-invitation", String(id));
    expect([again.code, again.out]).toEqual([1, ""]);
    expect(again.err).toContain("must be an invitation that is open");
    const listed = (await operator.run("client", "invitations", "--json")).document();
    expect(listed).toMatchObject([{ state: "used", uses_left: 0 }]);
  });

  it("forgets those that ended 30 days ago", async () => {
    await invite();
    const end = morning + 7 * 86_400;
    operator.clock.now = end + 30 * 86_400;
    await operator.run("purge");
    expect(await operator.database.knex("client_invitations")).toHaveLength(1);
    operator.clock.now += 1;
    await operator.run("purge");
    expect(await operator.database.knex("client_invitations")).toHaveLength(0);
  });
});
