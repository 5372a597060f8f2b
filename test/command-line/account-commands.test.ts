import { beforeEach, describe, expect, it } from "@jest/globals";
import { openArtifactStore } from "../../src/artifacts/index.ts";
import { systemClock } from "../../src/foundation/index.ts";
import { databases } from "../support/databases.ts";
import { opened } from "../support/opened.ts";
import { createOperator, dinum, laPoste } from "./operator.ts";

const camille = "camille@cfa.test";

describe.each(databases)("lopauth account and staff on $name", ({ create }) => {
  const operator = opened(() => createOperator(create));

  beforeEach(async () => {
    await operator.clear();
    await operator.addAccount(camille);
  });

  const stateOf = async (email: string) =>
    ((await operator.run("account", "show", email, "--json")).document() as { state: string })
      .state;
  const letters = () => operator.database.knex("outbox").pluck<string[]>("name");

  /** A session and a grant as the provider keeps them, in the artifacts of the running server. */
  async function signedIn(sub: string) {
    const artifacts = await openArtifactStore(operator.databaseUrl, systemClock);
    const session = { payload: { accountId: sub }, accountId: sub, uid: `uid-${sub}` };
    await artifacts.put("Session", `session-${sub}`, session, 3600);
    return {
      lives: async () => (await artifacts.find("Session", `session-${sub}`)) !== undefined,
      close: () => artifacts.close(),
    };
  }

  describe("account list", () => {
    it("pages through every account, by address", async () => {
      const emails = Array.from({ length: 1001 }, (_, index) => `p${1000 + index}@cfa.test`);
      for (const email of emails) await operator.addAccount(email);
      const { code, document } = await operator.run("account", "list", "--json");
      expect(code).toBe(0);
      const listed = (document() as { email: string }[]).map(({ email }) => email);
      expect(listed).toEqual([camille, ...emails]);
    });

    it("shows one account a line", async () => {
      const { out } = await operator.run("account", "list");
      expect(out).toBe(
        "EMAIL             NAME            STATE   ROLE  CREATED\n" +
          "camille@cfa.test  Camille Durand  active        2027-01-15T08:58+01:00\n",
      );
    });
  });

  describe("account show", () => {
    it("says who it is and every access past and present, never a digest", async () => {
      await operator.run("access", "open", camille, dinum, "--name", "DINUM", "--reason", "appel");
      await operator.run("access", "close", camille, dinum, "--reason", "départ");
      const { out, document } = await operator.run("account", "show", "CAMILLE@cfa.test", "--json");
      expect(document()).toEqual({
        sub: `sub-of-${camille}`,
        email: camille,
        given_name: "Camille",
        family_name: "Durand",
        locale: "fr",
        state: "active",
        role: null,
        client_id: null,
        email_verified_at: "2027-01-15T07:59:00Z",
        created_at: "2027-01-15T07:58:00Z",
        updated_at: "2027-01-15T07:59:00Z",
        accesses: [
          {
            email: camille,
            siret: dinum,
            name: "DINUM",
            state: "ended",
            opened_at: "2027-01-15T08:00:00Z",
            opened_by: "operator",
            reason: "appel",
            until: null,
            closed_at: "2027-01-15T08:00:00Z",
            closed_by: "operator",
            close_reason: "départ",
            address: null,
            establishment_state: null,
          },
        ],
      });
      expect(out).not.toContain("argon2");
      const text = await operator.run("account", "show", camille);
      expect(text.out).toMatch(/^email {6}camille@cfa\.test$/m);
      expect(text.out).toMatch(/130 025 265 00013 {2}DINUM {2}ended/);
      expect(text.out).not.toContain("argon2");
    });

    it("refuses an unknown address, and one that is none", async () => {
      const unknown = await operator.run("account", "show", "nobody@cfa.test", "--json");
      expect([unknown.code, unknown.out]).toEqual([1, ""]);
      expect(unknown.failure()).toEqual({
        error: "nothing was done",
        problems: [
          {
            argument: "EMAIL",
            found: '"nobody@cfa.test"',
            rule: "must be the address of an account: the person signs up first",
          },
        ],
      });
      const malformed = await operator.run("account", "show", "nobody");
      expect(malformed.err).toContain('EMAIL must be an e-mail address (found "nobody")');
    });
  });

  describe("account reset-second-factor", () => {
    it("takes every factor away, ends the sessions and tells the person", async () => {
      // Of its own: the mark of an ended session refuses the next one of the same name.
      const lost = "lost@cfa.test";
      await operator.addAccount(lost);
      const sub = `sub-of-${lost}`;
      const { knex } = operator.database;
      const factor = { account_sub: sub, secret: "sealed", last_step: 1, created_at: 1 };
      await knex("totp_factors").insert(factor);
      const code = { digest: "digest", account_sub: sub, created_at: 1 };
      await knex("recovery_codes").insert(code);
      const session = await signedIn(sub);
      const { out } = await operator.run("account", "reset-second-factor", lost);
      expect(out).toBe(
        `${lost} has no second factor now, and its sessions have ended: the next sign-in asks what it must.\n`,
      );
      expect(await session.lives()).toBe(false);
      await session.close();
      expect(await knex("totp_factors").where("account_sub", sub)).toEqual([]);
      expect(await knex("recovery_codes").where("account_sub", sub)).toEqual([]);
      expect(await letters()).toEqual(["second-factors/reset"]);
    });

    it("hands staff the code for the next one", async () => {
      await operator.addAccount("staff@cfa.test");
      const code = expect.stringMatching(/^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$/);
      const added = await operator.run(
        "staff",
        "add",
        "staff@cfa.test",
        "--role",
        "agent",
        "--json",
      );
      expect(added.document()).toMatchObject({ changed: true, enrolment_code: code });
      const again = await operator.run(
        "account",
        "reset-second-factor",
        "staff@cfa.test",
        "--json",
      );
      expect(again.document()).toMatchObject({ changed: false, enrolment_code: code });
      const { out } = await operator.run("staff", "add", "staff@cfa.test", "--role", "agent");
      expect(out).toMatch(/was agent already\.\nEnrolment code: [0-9A-Z-]{19}\n/);
      const sub = "sub-of-staff@cfa.test";
      const factor = { account_sub: sub, secret: "sealed", last_step: 1, created_at: 1 };
      const { knex } = operator.database;
      const term = knex("accounts").where({ sub }).select("staff_term");
      await knex("totp_factors").insert({ ...factor, staff_term: term });
      const enrolled = await operator.run(
        "staff",
        "add",
        "staff@cfa.test",
        "--role",
        "reader",
        "--json",
      );
      expect(enrolled.document()).toMatchObject({ changed: true, enrolment_code: null });
    });

    it("does nothing for who has none, and says so", async () => {
      const again = await operator.run("account", "reset-second-factor", camille, "--json");
      expect(again.document()).toEqual({ email: camille, changed: false });
      expect(await letters()).toEqual([]);
    });
  });

  describe("account disable and enable", () => {
    it("ends the sessions at once, and lets the person in again", async () => {
      const session = await signedIn(`sub-of-${camille}`);
      expect(await session.lives()).toBe(true);
      const disabled = await operator.run("account", "disable", camille);
      expect(disabled.out).toBe(`${camille} is disabled: its sessions and tokens have ended.\n`);
      expect(await session.lives()).toBe(false);
      await session.close();
      expect(await stateOf(camille)).toBe("disabled");
      const enabled = await operator.run("account", "enable", camille, "--json");
      expect(enabled.document()).toEqual({ email: camille, state: "active", changed: true });
      expect(await stateOf(camille)).toBe("active");
    });

    it("changes nothing the second time, and says so", async () => {
      await operator.run("account", "disable", camille);
      const again = await operator.run("account", "disable", camille, "--json");
      expect(again.code).toBe(0);
      expect(again.document()).toEqual({ email: camille, state: "disabled", changed: false });
      const { out } = await operator.run("account", "disable", camille);
      expect(out).toBe(`${camille} was disabled already.\n`);
    });
  });

  describe("account delete", () => {
    it("closes the open accesses with a mail, ends the sessions, and erases who it was", async () => {
      const session = await signedIn(`sub-of-${camille}`);
      await operator.run("access", "open", camille, dinum, laPoste);
      await operator.run("access", "close", camille, laPoste);
      const deleted = await operator.run("account", "delete", camille);
      expect(deleted.out).toBe(`${camille} is deleted; 1 access was closed.\n`);
      expect(await session.lives()).toBe(false);
      await session.close();
      const accesses = await operator.run("access", "list", dinum, "--json");
      expect(accesses.document()).toMatchObject([
        { email: null, siret: dinum, state: "ended", close_reason: "compte supprimé" },
      ]);
      expect(await operator.database.knex("accounts")).toMatchObject([
        { email: null, password_hash: null, state: "deleted" },
      ]);
      expect((await letters()).filter((name) => name.endsWith("closed"))).toHaveLength(2);
      expect((await operator.run("account", "delete", camille)).code).toBe(1);
    });

    it("works on a disabled account without any access", async () => {
      await operator.run("account", "disable", camille);
      const { document } = await operator.run("account", "delete", camille, "--json");
      expect(document()).toEqual({ email: camille, sub: `sub-of-${camille}`, closed: [] });
    });
  });

  describe("staff", () => {
    it("adds, changes, lists and removes", async () => {
      const add = (role: string) => operator.run("staff", "add", camille, "--role", role);
      expect((await add("agent")).out).toContain(`${camille} is agent.\n`);
      expect((await add("agent")).out).toContain(`${camille} was agent already.\n`);
      expect((await add("admin")).out).toContain(`${camille} is admin (was agent).\n`);
      const list = await operator.run("staff", "list", "--json");
      expect(list.document()).toMatchObject([{ email: camille, role: "admin" }]);
      const removed = await operator.run("staff", "remove", camille, "--json");
      expect(removed.document()).toEqual({ email: camille, role: null, changed: true });
      expect((await operator.run("staff", "remove", camille)).out).toBe(
        `${camille} was not staff.\n`,
      );
      expect((await operator.run("staff", "list")).out).toBe("There is no member of staff.\n");
    });

    it("needs an account", async () => {
      const { code, err } = await operator.run("staff", "add", "new@cfa.test", "--role", "agent");
      expect(code).toBe(1);
      expect(err).toContain("must be the address of an account: the person signs up first");
    });

    it.each([[["staff", "add", camille]], [["staff", "add", camille, "--role", "king"]]])(
      "refuses %j as wrong usage",
      async (words) => {
        expect((await operator.run(...words)).code).toBe(2);
      },
    );
  });
});
