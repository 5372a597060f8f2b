import { beforeEach, describe, expect, it, jest } from "@jest/globals";
import type { InviteCommand, Siret } from "../../src/establishments/index.ts";
import type { EmailAddress } from "../../src/foundation/index.ts";
import { databases } from "../support/databases.ts";
import { opened } from "../support/opened.ts";
import { waitFor } from "../support/wait-for.ts";
import { bakery, createRegister, dinum, laPoste, noon } from "./register.ts";

const email = "camille@cfa.test" as EmailAddress;

describe.each(databases)("Invitations on $name", ({ create }) => {
  const register = opened(() => createRegister(create));
  const by = "staff-7";

  beforeEach(async () => {
    await register.clear();
    await register.addAccount(by, { role: "agent" });
  });

  const invite = (sirets: readonly Siret[], more: Partial<InviteCommand> = {}) =>
    register.invitations.invite({ email, sirets, by, ...more });
  const states = async () =>
    (await register.invitations.list({ email })).map(({ siret, state }) => [siret, state]);
  const claimant = (sub: string, id: number) => ({
    ...{ id, sub, email: `${sub}@cfa.test` as EmailAddress, role: undefined },
  });
  /** What the validation of the address does. */
  const validate = async (sub = "camille") => {
    const { id } = await register.addAccount(sub);
    const announce = await register.database.transaction((transaction) =>
      register.invitations.claim(transaction, claimant(sub, id)),
    );
    await announce();
  };

  /** Each look at the clock finds it a second later. */
  const withRunningClock = async (work: () => Promise<void>) => {
    let { now } = register.clock;
    Object.defineProperty(register.clock, "now", { configurable: true, get: () => now++ });
    try {
      await work();
    } finally {
      Object.defineProperty(register.clock, "now", { value: now, writable: true });
    }
  };

  /** Until so many statements wait for another's lock. SQLite has one line for all. */
  const waitingForLocks = async (count: number) => {
    const { database } = register;
    if (database.dialect === "sqlite") return;
    await waitFor("a statement that waits for a lock", async () => {
      const rows = await database
        .knex("pg_stat_activity")
        .whereRaw("datname = current_database()")
        .where({ wait_event_type: "Lock" });
      return rows.length >= count;
    });
  };

  it("wait with their reason and end, with one letter that leads to sign-up", async () => {
    const untilAt = noon + 86_400;
    const names = new Map([[dinum, "DINUM"]]);
    const outcome = await invite([laPoste, dinum, dinum], { untilAt, reason: " appel ", names });
    expect(outcome).toMatchObject({
      accepted: true,
      value: { invited: [{ siret: dinum }, { siret: laPoste }], alreadyInvited: [] },
    });
    expect(await register.invitations.list({ email })).toMatchObject([
      { siret: dinum, state: "waiting", invitedAt: noon, invitedBy: by, reason: "appel", untilAt },
      { siret: laPoste, state: "waiting" },
    ]);
    expect(register.letters).toEqual([
      {
        to: email,
        letter: "establishments/invited",
        locale: "fr",
        model: {
          establishments: [
            { siret: "130 025 265 00013", name: "DINUM", until: "16 janvier 2027 à 09:00" },
            { siret: "356 000 000 00048", until: "16 janvier 2027 à 09:00" },
          ],
          serviceUrl: "https://auth.test/signup",
        },
      },
    ]);
    expect(register.invited.invited).toMatchObject([[{ siret: dinum }, { siret: laPoste }]]);
  });

  it("are written in the order of their addresses: two lists never wait for each other in a ring", async () => {
    const invites = ["zoe@cfa.test", "alix@cfa.test", "noa@cfa.test"].map((address) => {
      const told = { siret: dinum, name: undefined, untilAt: undefined, reason: undefined };
      return { ...told, email: address as EmailAddress, locale: "fr" as const };
    });
    const outcome = await register.database.transaction((transaction) =>
      register.invitations.inviteWithin(transaction, { invites, by }),
    );
    expect(outcome).toMatchObject({
      value: {
        invited: [{ email: "alix@cfa.test" }, { email: "noa@cfa.test" }, { email: "zoe@cfa.test" }],
      },
    });
  });

  it("are kept once: what waits already is told, and not mailed again", async () => {
    await invite([dinum]);
    expect(await invite([dinum, bakery])).toMatchObject({
      value: { invited: [{ siret: bakery }], alreadyInvited: [dinum] },
    });
    expect(await invite([dinum])).toMatchObject({
      value: { invited: [], alreadyInvited: [dinum] },
    });
    expect(register.letters).toHaveLength(2);
  });

  it("are kept once when many are asked for at the same moment", async () => {
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => invite([dinum, laPoste])));
    const counts = outcomes.map((each) => (each.accepted ? each.value.invited.length : -1));
    expect(counts.sort()).toEqual([0, 0, 0, 0, 2]);
    expect(register.letters).toHaveLength(1);
  });

  it.each([
    ["account-known", "email", () => register.addAccount("camille")],
    ["account-known", "email", () => register.addAccount("camille", { state: "disabled" })],
  ])("are refused with %s for an address that has an account", async (reason, field, prepare) => {
    await prepare();
    expect(await invite([dinum])).toEqual({ accepted: false, problems: [{ field, reason }] });
    expect([await states(), register.letters]).toEqual([[], []]);
  });

  it("are refused at the second of their end, and kept one second before", async () => {
    expect(await invite([dinum], { untilAt: noon })).toMatchObject({
      problems: [{ field: "untilAt", reason: "until-passed" }],
    });
    expect(await invite([dinum], { untilAt: noon + 1 })).toMatchObject({ accepted: true });
  });

  it("are refused without a SIRET, and with a reason or a name too long", async () => {
    expect(await invite([])).toMatchObject({ problems: [{ reason: "siret-missing" }] });
    expect(await invite([dinum], { reason: "r".repeat(501) })).toMatchObject({
      problems: [{ reason: "reason-too-long" }],
    });
    expect(await invite([dinum], { names: new Map([[dinum, "n".repeat(201)]]) })).toMatchObject({
      problems: [{ reason: "name-too-long" }],
    });
    // Nor within a greater change, whoever checked it before.
    const invites = [{ email, siret: dinum, reason: "r".repeat(501) }];
    const outcome = await register.database.transaction((transaction) =>
      register.invitations.inviteWithin(transaction, { invites, by }),
    );
    expect(outcome).toMatchObject({ problems: [{ reason: "reason-too-long" }] });
    expect(await states()).toEqual([]);
  });

  it("open when the address is validated, as who invited decided, with one mail", async () => {
    const untilAt = noon + 100;
    await invite([dinum], { untilAt, reason: "appel" });
    await invite([laPoste], { by: "operator" });
    register.letters.length = 0;
    register.clock.now = noon + 50;
    await validate();
    const open = { state: "open", openedAt: noon + 50 };
    expect(await register.accesses.list()).toMatchObject([
      { siret: dinum, openedBy: by, reason: "appel", untilAt, ...open },
      { siret: laPoste, openedBy: "operator", ...open },
    ]);
    expect(register.letters).toMatchObject([
      { to: email, letter: "establishments/access-opened", accountSub: "camille" },
    ]);
    expect(register.letters[0]?.model.establishments).toHaveLength(2);
    expect(register.announced.opened).toMatchObject([[{ siret: dinum }, { siret: laPoste }]]);
    expect(await states()).toEqual([
      [dinum, "opened"],
      [laPoste, "opened"],
    ]);
  });

  it("lapse at the second of their end, and open one second before", async () => {
    const untilAt = noon + 100;
    await invite([dinum], { untilAt });
    await invite([laPoste], { untilAt: untilAt + 1 });
    register.clock.now = untilAt;
    await validate();
    expect(await states()).toEqual([
      [dinum, "lapsed"],
      [laPoste, "opened"],
    ]);
    expect(await register.accesses.list()).toMatchObject([{ siret: laPoste }]);
  });

  it("wait no more from the second of their end on, and keep nobody from being invited anew", async () => {
    const untilAt = noon + 100;
    await invite([dinum, laPoste], { untilAt });
    const [first] = await register.invitations.list({ email });
    const id = first?.id ?? 0;
    register.letters.length = 0;
    register.clock.now = untilAt;
    expect([
      await register.invitations.waitingCount(),
      await register.invitations.waiting([email]),
      await register.invitations.list({ waiting: true }),
      (await register.invitations.find(id))?.state,
    ]).toEqual([0, [], [], "lapsed"]);
    const over = { problems: [{ reason: "invitation-not-waiting" }] };
    expect(await register.invitations.sendAgain(id, by)).toMatchObject(over);
    expect(await register.invitations.withdraw({ id, by })).toMatchObject(over);
    expect(register.letters).toEqual([]);
    const again = await invite([dinum], { untilAt: untilAt + 100 });
    expect(again).toMatchObject({ value: { invited: [{ siret: dinum }], alreadyInvited: [] } });
    expect(register.letters).toHaveLength(1);
    await validate();
    expect(await states()).toEqual([
      [dinum, "lapsed"],
      [laPoste, "lapsed"],
      [dinum, "opened"],
    ]);
    expect(await register.accesses.list()).toMatchObject([{ siret: dinum, state: "open" }]);
  });

  it("are judged at one instant: an end in the middle of a validation does not undo it", async () => {
    await invite([dinum], { untilAt: noon + 1 });
    await withRunningClock(() => validate());
    expect(await states()).toEqual([[dinum, "opened"]]);
  });

  it("open to their own address alone", async () => {
    await invite([dinum]);
    await validate("stranger");
    expect(await states()).toEqual([[dinum, "waiting"]]);
    expect(await register.accesses.list()).toEqual([]);
  });

  it("stay as they were when the transaction of the validation fails", async () => {
    await invite([dinum]);
    const { id } = await register.addAccount("camille");
    const failing = register.database.transaction(async (transaction) => {
      await register.invitations.claim(transaction, claimant("camille", id));
      throw new Error("the disk is full");
    });
    await expect(failing).rejects.toThrow("the disk is full");
    expect(await states()).toEqual([[dinum, "waiting"]]);
    expect([await register.accesses.list(), register.announced.opened]).toEqual([[], []]);
  });

  it("are opened by the job when neither transaction saw the other, once on all nodes", async () => {
    await invite([dinum]);
    await register.addAccount("camille");
    await register.addAccount("stranger");
    register.letters.length = 0;
    await Promise.all([register.invitations.openAwaited(), register.invitations.openAwaited()]);
    expect(await register.accesses.list()).toMatchObject([{ siret: dinum, state: "open" }]);
    expect(register.letters).toHaveLength(1);
    expect(await register.invitations.openAwaited()).toBe(0);
    expect(register.faults).toEqual([]);
  });

  it("are not opened to who gave the address up since the job looked", async () => {
    await invite([dinum]);
    const { id } = await register.addAccount("camille");
    const transaction = register.database.transaction.bind(register.database);
    const meanwhile = jest
      .spyOn(register.database, "transaction")
      .mockImplementationOnce(async (work) => {
        await register.database.knex("accounts").where({ id }).update({ email: "new@cfa.test" });
        return transaction(work);
      });
    expect(await register.invitations.openAwaited()).toBe(0);
    meanwhile.mockRestore();
    expect(await register.accesses.list()).toEqual([]);
    expect(await states()).toEqual([[dinum, "waiting"]]);
  });

  it("made in the moment of the validation open all the same, or are refused", async () => {
    const missed = [];
    for (let round = 0; round < 10; round += 1) {
      const address = `person-${round}@cfa.test` as EmailAddress;
      const [outcome] = await Promise.all([
        invite([dinum], { email: address }),
        validate(`person-${round}`),
      ]);
      await register.invitations.openAwaited();
      const isOpen = await register.accesses.isOpen(`person-${round}`, dinum);
      if (isOpen !== outcome.accepted) missed.push(round);
    }
    expect(missed).toEqual([]);
    expect(register.faults).toEqual([]);
  });

  it("made once more in the moment of the validation do not wait for it in a ring", async () => {
    const { database } = register;
    await invite([laPoste], { untilAt: noon + 1 });
    await invite([dinum]);
    register.clock.now = noon + 1;
    const held = Promise.withResolvers<undefined>();
    const release = Promise.withResolvers<undefined>();
    const holding = database.transaction(async (transaction) => {
      await transaction("establishments").where({ siret: dinum }).update({ updated_at: noon });
      held.resolve(undefined);
      await release.promise;
    });
    await held.promise;
    const again = invite([dinum, laPoste]);
    await waitingForLocks(1);
    const validated = validate();
    await waitingForLocks(2);
    release.resolve(undefined);
    await holding;
    await Promise.all([again, validated]);
    await register.invitations.openAwaited();
    expect(await register.accesses.isOpen("camille", dinum)).toBe(true);
    expect(await register.accesses.isOpen("camille", laPoste)).toBe((await again).accepted);
  });

  describe("withdrawn", () => {
    const first = async () => (await register.invitations.list({ email }))[0]?.id ?? 0;

    it("do not open any more, and may be made anew", async () => {
      await invite([dinum, laPoste]);
      const id = await first();
      expect(await register.invitations.withdraw({ id, by, reason: "erreur" })).toMatchObject({
        value: { siret: dinum, state: "withdrawn", endedBy: by, endReason: "erreur" },
      });
      expect(register.invited.withdrawn).toMatchObject([[{ siret: dinum }]]);
      await invite([dinum]);
      expect(await states()).toEqual([
        [dinum, "withdrawn"],
        [laPoste, "waiting"],
        [dinum, "waiting"],
      ]);
    });

    it("are so once: of two at the same moment one wins", async () => {
      await invite([dinum]);
      const id = await first();
      const outcomes = await Promise.all([
        register.invitations.withdraw({ id, by }),
        register.invitations.withdraw({ id, by: "operator" }),
      ]);
      expect(outcomes.filter((each) => each.accepted)).toHaveLength(1);
      expect(outcomes.find((each) => !each.accepted)).toMatchObject({
        problems: [{ reason: "invitation-not-waiting" }],
      });
    });

    it("are refused once opened, and with a reason too long", async () => {
      await invite([dinum]);
      const id = await first();
      const tooLong = { id, by, reason: "r".repeat(501) };
      expect(await register.invitations.withdraw(tooLong)).toMatchObject({
        problems: [{ reason: "reason-too-long" }],
      });
      await validate();
      expect(await register.invitations.withdraw({ id, by })).toMatchObject({
        problems: [{ reason: "invitation-not-waiting" }],
      });
    });
  });

  describe("forgotten", () => {
    it("keep what was decided, without the address", async () => {
      await invite([dinum]);
      await register.database.transaction((transaction) =>
        register.invitations.erase(transaction, { sub: "of-nobody", email, emailVerifiedAt: noon }),
      );
      const [kept, ...others] = await register.invitations.list();
      expect(others).toEqual([]);
      expect(kept).toMatchObject({ siret: dinum, state: "lapsed", invitedBy: by });
      expect(kept).not.toHaveProperty("email");
      await validate();
      expect(await register.accesses.list()).toEqual([]);
    });

    it("are so when they are as old as said, and not one second before", async () => {
      await invite([dinum]);
      expect(await register.invitations.purge(noon - 1)).toBe(0);
      expect(await states()).toEqual([[dinum, "waiting"]]);
      expect(await register.invitations.purge(noon)).toBe(1);
      expect(await states()).toEqual([]);
      expect(await register.invitations.purge(noon)).toBe(0);
    });
  });

  it("are listed page by page, those that wait on demand", async () => {
    await invite([dinum, laPoste, bakery]);
    const [one] = await register.invitations.list({ waiting: true, limit: 1 });
    const next = await register.invitations.list({ waiting: true, after: one?.id, limit: 5 });
    expect([one, ...next].map((each) => each?.siret)).toEqual([dinum, laPoste, bakery]);
  });
});
