import { beforeEach, describe, expect, it } from "@jest/globals";
import type { Siret } from "../../src/establishments/index.ts";
import type { AskCommand } from "../../src/establishments/access-request.ts";
import { days } from "../../src/foundation/index.ts";
import { manySirets } from "../support/many-sirets.ts";
import { databases } from "../support/databases.ts";
import { opened } from "../support/opened.ts";
import { bakery, createRegister, dinum, laPoste, noon } from "./register.ts";

const zeros = "00557246600026" as Siret;

describe.each(databases)("Requests for access on $name", ({ create }) => {
  const register = opened(() => createRegister(create));
  let account: { readonly id: number };
  const by = "staff-7";

  beforeEach(async () => {
    await register.clear();
    await register.addAccount(by, { role: "agent" });
    account = await register.addAccount("camille");
  });

  const ask = (more: Partial<AskCommand> = {}) =>
    register.accessRequests.ask({ account, sirets: dinum, message: "", ...more });
  const asked = async (more: Partial<AskCommand> = {}) => {
    const outcome = await ask(more);
    if (!outcome.accepted) throw new Error(outcome.problems[0].reason);
    return outcome.value.request.id;
  };
  const problems = async (outcome: ReturnType<typeof ask>) => {
    const refused = await outcome;
    return refused.accepted ? [] : refused.problems;
  };
  const letters = () => register.letters.map(({ letter }) => letter.replace("establishments/", ""));

  const insertWaiting = async (sirets: string) => {
    const row = { account_id: account.id, sirets, state: "waiting", asked_at: noon };
    const [inserted] = await register.database
      .knex("access_requests")
      .insert(row)
      .returning<{ id: number }[]>("id");
    return inserted?.id ?? 0;
  };

  describe("asking", () => {
    it("keeps what is recognised, the message and the client, with one letter", async () => {
      const outcome = await ask({
        sirets: "356 000 000 00048, 130 025 265 00013 et 13002526500013",
        message: " Bonjour,\r\n\r\n\r\nje suis\u0000 la\u202e comptable. \n",
        clientId: "portal",
      });
      const kept = {
        accountId: account.id,
        sirets: [dinum, laPoste],
        message: "Bonjour,\n\nje suis la comptable.",
        clientId: "portal",
        state: "waiting",
        askedAt: noon,
      };
      expect(outcome).toMatchObject({ accepted: true, value: { request: kept } });
      expect(await register.accessRequests.list()).toMatchObject([
        { ...kept, sub: "camille", email: "camille@cfa.test", givenName: "Camille" },
      ]);
      expect(register.letters).toEqual([
        {
          to: "camille@cfa.test",
          accountSub: "camille",
          letter: "establishments/request-received",
          locale: "fr",
          model: {
            establishments: [{ siret: "130 025 265 00013" }, { siret: "356 000 000 00048" }],
            serviceUrl: "https://auth.test/account/requests",
          },
        },
      ]);
    });

    it.each([
      ["", "sirets-missing", undefined],
      ["aucun", "sirets-missing", undefined],
      ["Nos SIRET :\n13002526500014", "piece-siret-checksum", { line: 2, typed: "13002526500014" }],
      ["123 456 789", "piece-siret-format", { line: 1, typed: "123\u00a0456\u00a0789" }],
      ["1,30025E+13", "piece-siret-rounded", { line: 1, typed: "1,30025E+13" }],
      [
        "557246600026",
        "piece-siret-short",
        { line: 1, typed: "557246600026", proposed: "00557246600026" },
      ],
      ["1".repeat(10_001), "sirets-text-too-long", { maximum: 10_000 }],
      [`${dinum}\n${"a\n".repeat(4000)}`, "sirets-text-too-long", { maximum: 10_000 }],
      ["9".repeat(100), "piece-siret-format", { line: 1, typed: `${"9".repeat(60)}…` }],
    ])("refuses %.30s with %s", async (sirets, reason, details) => {
      expect(await problems(ask({ sirets }))).toEqual([
        { field: "sirets", reason, ...(details && { details }) },
      ]);
      expect([await register.accessRequests.list(), letters()]).toEqual([[], []]);
    });

    it("takes what is proposed once the person means it, and keeps what else the list says", async () => {
      const text = "557246600026\nSiège : 13002526500013\n75007 Paris";
      const asked = await ask({ sirets: text, message: "Bonjour", proposed: [zeros] });
      if (!asked.accepted) throw new Error(asked.problems[0].reason);
      expect(asked.value.request.sirets).toEqual([zeros, "13002526500013"]);
      expect(asked.value.request.message).toBe(
        "Bonjour\nl. 2 : Siège : 13002526500013\nl. 3 : 75007 Paris",
      );
      expect(await problems(ask({ sirets: text, proposed: [] }))).toHaveLength(1);
    });

    it("keeps no message where nothing was said, as it keeps none in the list", async () => {
      const outcome = await ask({ message: " \r\n " });
      if (!outcome.accepted) throw new Error("refused");
      for (const request of [outcome.value.request, ...(await register.accessRequests.list())])
        expect(request.message).toBeUndefined();
    });

    it("keeps all that a list of fifty says, whatever its length and beside a message of the longest", async () => {
      const lines = manySirets(50).map((siret, at) => `${siret} CFA n° ${at} ${"rue ".repeat(40)}`);
      const message = "m".repeat(2000);
      const outcome = await ask({ sirets: lines.join("\n"), message });
      if (!outcome.accepted) throw new Error(outcome.problems[0].reason);
      const said = lines.map((line, at) => `l. ${at + 1} : ${line.trim()}`);
      const kept = [message, ...said].join("\n");
      expect(outcome.value.request.message).toBe(kept);
      expect(await register.accessRequests.list()).toMatchObject([{ message: kept }]);
    });

    it("keeps what the list says besides up to the length of both fields, and no character more", async () => {
      const longest = { message: "m".repeat(2_000), proposed: [dinum] };
      const said = "a".repeat(12_000 - 2_000 - "\nl. 1 : ".length);
      expect(await problems(ask({ ...longest, sirets: `${said}a` }))).toMatchObject([
        { reason: "sirets-text-too-long" },
      ]);
      const outcome = await ask({ ...longest, sirets: said });
      expect(outcome.accepted && outcome.value.request.message?.length).toBe(12_000);
    });

    it("names twenty numbers that cannot be read, and counts the others", async () => {
      const wrong = manySirets(21).map(
        (siret) => `${siret.slice(0, -1)}${String((Number(siret.slice(-1)) + 1) % 10)}`,
      );
      expect(await problems(ask({ sirets: wrong.slice(1).join("\n") }))).toHaveLength(20);
      const all = await problems(ask({ sirets: wrong.join("\n") }));
      expect(all).toHaveLength(21);
      expect(all.at(-1)).toMatchObject({ reason: "pieces-more", details: { count: 1 } });
    });

    it("takes a message of the longest, and refuses one character more", async () => {
      expect(await problems(ask({ message: "m".repeat(2000) }))).toEqual([]);
      expect(await problems(ask({ message: "m".repeat(2001) }))).toEqual([
        { field: "message", reason: "message-too-long", details: { maximum: 2000 } },
      ]);
    });

    it("refuses an account that is disabled or unknown", async () => {
      const disabled = await register.addAccount("disabled", { state: "disabled" });
      const refusal = [{ reason: "account-not-active" }];
      expect(await problems(ask({ account: disabled }))).toEqual(refusal);
      expect(await problems(ask({ account: { id: 0 } }))).toEqual(refusal);
    });

    it("lets three wait, however many are asked at the same moment", async () => {
      const outcomes = await Promise.all(manySirets(6).map((siret) => ask({ sirets: siret })));
      expect(outcomes.filter((each) => each.accepted)).toHaveLength(3);
      expect(outcomes.find((each) => !each.accepted)).toEqual({
        accepted: false,
        problems: [{ reason: "requests-waiting", details: { maximum: 3 } }],
      });
      expect(letters()).toHaveLength(3);
      const other = await register.addAccount("other");
      expect((await ask({ account: other })).accepted).toBe(true);
    });

    it("lets ten a day be made, to the second", async () => {
      for (let count = 0; count < 10; count += 1) {
        register.clock.now = noon + count;
        await register.accessRequests.refuse({ id: await asked(), reason: "non", by });
      }
      register.clock.now = noon + days(1) - 1;
      expect(await problems(ask())).toEqual([
        { reason: "requests-too-many", details: { seconds: 1 } },
      ]);
      register.clock.now = noon + days(1);
      expect(await problems(ask())).toEqual([]);
      expect(await problems(ask({ sirets: laPoste }))).toEqual([
        { reason: "requests-too-many", details: { seconds: 1 } },
      ]);
      // A clock that was put back: what it has not come to yet counts against nobody.
      register.clock.now = noon - days(2);
      expect(await problems(ask({ sirets: laPoste }))).toEqual([]);
    });

    it("keeps the same form once that is sent twice, also at the same moment, and tells it once", async () => {
      const message = "Bonjour";
      const outcomes = await Promise.all([1, 2, 3].map(() => ask({ message })));
      const ids = outcomes.map((each) => each.accepted && each.value.request.id);
      expect(new Set(ids).size).toBe(1);
      expect(outcomes.filter((each) => each.accepted && each.value.isRepeated)).toHaveLength(2);
      expect(letters()).toEqual(["request-received"]);
      register.clock.now = noon + 59;
      expect((await ask({ message })).accepted).toBe(true);
      register.clock.now = noon + 60;
      expect(await problems(ask({ message }))).toMatchObject([{ reason: "sirets-waiting" }]);
      expect(await problems(ask({ message: "Alors ?" }))).toMatchObject([
        { reason: "sirets-waiting" },
      ]);
      expect(letters()).toEqual(["request-received"]);
    });

    it("says what waits already and what is open, and keeps the rest", async () => {
      await register.accesses.open({ account, sirets: [laPoste], by });
      await asked();
      register.clock.now = noon + 60;
      const sirets = `${dinum} ${laPoste} ${bakery}`;
      const refusal = await problems(ask({ sirets: `${dinum} ${laPoste}` }));
      expect(refusal).toEqual([
        { field: "sirets", reason: "sirets-waiting", details: { sirets: "130 025 265 00013" } },
        { field: "sirets", reason: "sirets-open", details: { sirets: "356 000 000 00048" } },
      ]);
      register.letters.length = 0;
      expect(await ask({ sirets })).toMatchObject({
        value: { request: { sirets: [bakery] }, alreadyWaiting: [dinum], alreadyOpen: [laPoste] },
      });
      expect(register.letters).toMatchObject([
        { model: { establishments: [{ siret: "418 166 096 00051" }] } },
      ]);
      expect(await ask({ sirets })).toMatchObject({
        value: { isRepeated: true, alreadyWaiting: [dinum], alreadyOpen: [laPoste] },
      });
    });

    it("may ask again for what was closed, refused or withdrawn", async () => {
      await register.accesses.open({ account, sirets: [dinum], by });
      await register.accesses.close({ account, sirets: [dinum], by, reason: "r" });
      const first = await asked();
      await register.accessRequests.refuse({ id: first, by, reason: "non" });
      const second = await asked();
      const withdrawn = { id: second, account: { ...account, sub: "camille" } };
      expect((await register.accessRequests.withdraw(withdrawn)).accepted).toBe(true);
      expect(await asked()).toBeGreaterThan(second);
    });
  });

  describe("accepting", () => {
    it("opens what is asked, with one letter, and says who decided", async () => {
      const id = await asked({ sirets: `${dinum} ${laPoste}` });
      register.letters.length = 0;
      register.clock.now = noon + 5;
      const untilAt = noon + days(1);
      const outcome = await register.accessRequests.accept({ id, by, reason: "vu", untilAt });
      expect(outcome).toMatchObject({ value: { opened: [{ siret: dinum }, { siret: laPoste }] } });
      expect(await register.accesses.list()).toMatchObject([
        { siret: dinum, openedBy: by, reason: "vu", untilAt, openedAt: noon + 5 },
        { siret: laPoste, openedBy: by },
      ]);
      expect(letters()).toEqual(["access-opened"]);
      expect(await register.accessRequests.ofAccount(account.id)).toMatchObject([
        { id, state: "accepted", decidedAt: noon + 5, decidedBy: by, reason: "vu" },
      ]);
      expect(register.announced.opened).toMatchObject([[{ siret: dinum }, { siret: laPoste }]]);
      expect(register.decided).toMatchObject([{ id, state: "accepted", sub: "camille" }]);
    });

    it("opens a part of what is asked when told, and nothing else", async () => {
      const id = await asked({ sirets: `${dinum} ${laPoste}` });
      const accept = (sirets: (typeof dinum)[]) =>
        register.accessRequests.accept({ id, sirets, by });
      expect(await accept([])).toMatchObject({ problems: [{ reason: "siret-missing" }] });
      for (const notAsked of [[bakery], [dinum, bakery]]) {
        const refusal = { problems: [{ reason: "siret-not-asked" }] };
        expect(await accept(notAsked)).toMatchObject(refusal);
      }
      expect(await accept([laPoste])).toMatchObject({ value: { opened: [{ siret: laPoste }] } });
      expect(await register.accesses.list()).toMatchObject([{ siret: laPoste }]);
    });

    it("says of each establishment what became of it, in one letter with the reason", async () => {
      const id = await asked({ sirets: `${dinum} ${laPoste}` });
      register.letters.length = 0;
      const refusalReason = " pas le vôtre ";
      await register.accessRequests.accept({ id, sirets: [laPoste], refusalReason, by });
      expect(register.letters).toMatchObject([
        {
          letter: "establishments/access-opened",
          model: {
            establishments: [{ siret: "356 000 000 00048" }],
            notAccepted: [{ siret: "130 025 265 00013" }],
            notAcceptedReason: "pas le vôtre",
          },
        },
      ]);
      expect(await register.accessRequests.find(id)).toMatchObject({
        state: "accepted",
        refusalReason: "pas le vôtre",
        establishments: [
          { siret: dinum, state: "refused" },
          { siret: laPoste, state: "accepted" },
        ],
      });
      const tooLong = { id: await asked(), refusalReason: "r".repeat(501), by };
      expect(await register.accessRequests.accept(tooLong)).toMatchObject({
        problems: [{ field: "refusalReason", reason: "reason-too-long" }],
      });
    });

    it("tells nobody what changes nothing: all of it was open before", async () => {
      // As release 0.2.0 lets it be asked.
      await register.accesses.open({ account, sirets: [dinum], by });
      const id = await insertWaiting(`${dinum} ${bakery}`);
      register.letters.length = 0;
      const accept = { id, by, sirets: [dinum] };
      expect(await register.accessRequests.accept(accept)).toMatchObject({ value: { opened: [] } });
      // But for what was refused beside it.
      expect(register.letters).toMatchObject([
        {
          letter: "establishments/request-refused",
          model: { establishments: [{ siret: "418 166 096 00051" }] },
        },
      ]);
      register.letters.length = 0;
      const other = await insertWaiting(dinum);
      await register.accessRequests.accept({ id: other, by });
      expect(letters()).toEqual([]);
    });

    it("reads what release 0.2.0 decided: all of it alike", async () => {
      const id = await asked({ sirets: `${dinum} ${laPoste}` });
      const values = { state: "accepted", decided_at: noon, decided_by: by };
      await register.database.knex("access_requests").where({ id }).update(values);
      expect(await register.accessRequests.find(id)).toMatchObject({
        establishments: [{ state: "accepted" }, { state: "accepted" }],
      });
    });
  });

  describe("opening by another way", () => {
    it("settles what waits, part by part, and is told once the last part is open", async () => {
      const id = await asked({ sirets: `${dinum} ${laPoste}` });
      const other = await register.addAccount("other");
      const others = await asked({ account: other });
      register.letters.length = 0;
      await register.accesses.open({ account, sirets: [dinum, bakery], by });
      expect(await register.accessRequests.find(id)).toMatchObject({
        state: "waiting",
        establishments: [{ state: "accepted" }, { state: "waiting" }],
      });
      expect(register.decided).toEqual([]);
      register.clock.now = noon + 7;
      await register.accesses.openAll({ openings: [{ account, siret: laPoste }], by: "operator" });
      expect(await register.accessRequests.find(id)).toMatchObject({
        state: "accepted",
        decidedBy: "operator",
        decidedAt: noon + 7,
      });
      expect(register.decided).toMatchObject([{ id, state: "accepted" }]);
      expect(letters()).toEqual(["access-opened", "access-opened"]);
      expect(await register.accessRequests.accept({ id, by })).toMatchObject({
        problems: [{ reason: "request-not-waiting" }],
      });
      expect(await register.accessRequests.find(others)).toMatchObject({ state: "waiting" });
    });

    it("leaves what it settled open when the rest is refused", async () => {
      const id = await asked({ sirets: `${dinum} ${laPoste}` });
      await register.accesses.open({ account, sirets: [dinum], by });
      register.letters.length = 0;
      await register.accessRequests.refuse({ id, by, reason: "non" });
      expect(await register.accessRequests.find(id)).toMatchObject({
        state: "accepted",
        establishments: [{ state: "accepted" }, { state: "refused" }],
      });
      expect(register.letters).toMatchObject([
        { model: { establishments: [{ siret: "356 000 000 00048" }], reason: "non" } },
      ]);
    });

    it("tells why the rest is refused as that of the rest, and records what was done to it", async () => {
      const id = await asked({ sirets: `${dinum} ${laPoste}` });
      await register.accesses.open({ account, sirets: [dinum], by });
      register.recorded.length = 0;
      await register.accessRequests.refuse({ id, by, reason: "non" });
      const request = await register.accessRequests.find(id);
      expect(request).toMatchObject({ state: "accepted", refusalReason: "non" });
      expect(request).not.toHaveProperty("reason");
      expect(register.recorded).toMatchObject([
        { name: "access-request-refused", actor: by, details: { sirets: [laPoste] } },
      ]);
    });

    it("is no acceptance by the person who takes the rest back", async () => {
      const id = await asked({ sirets: `${dinum} ${laPoste}` });
      await register.accesses.open({ account, sirets: [dinum], by });
      register.recorded.length = 0;
      await register.accessRequests.withdraw({ id, account: { ...account, sub: "camille" } });
      expect(register.recorded).toMatchObject([
        { name: "access-request-withdrawn", actor: "camille", details: { sirets: [laPoste] } },
      ]);
    });
  });

  describe("withdrawing", () => {
    const withdraw = (id: number, sub = "camille", of = account) =>
      register.accessRequests.withdraw({ id, account: { ...of, sub } });

    it("takes back one's own request while it waits, and writes to nobody", async () => {
      const id = await asked();
      register.letters.length = 0;
      const other = await register.addAccount("other");
      expect((await withdraw(id, "other", other)).accepted).toBe(false);
      expect(await withdraw(id)).toMatchObject({ value: { state: "withdrawn" } });
      expect((await withdraw(id)).accepted).toBe(false);
      expect(letters()).toEqual([]);
      expect(register.decided).toMatchObject([{ id, state: "withdrawn", decidedBy: "camille" }]);
      expect(await register.accessRequests.list({ state: "waiting" })).toEqual([]);
      expect(await register.accessRequests.accept({ id, by })).toMatchObject({
        problems: [{ reason: "request-not-waiting" }],
      });
    });

    it("stays possible however much was asked and decided since", async () => {
      const id = await asked();
      for (let count = 0; count < 20; count += 1) {
        register.clock.now += days(1);
        await register.accessRequests.refuse({
          ...{ id: await asked({ sirets: laPoste }), by, reason: "non" },
        });
      }
      const shown = await register.accessRequests.ofAccount(account.id);
      expect(shown).toHaveLength(20);
      expect(shown[0]).toMatchObject({ id, state: "waiting" });
      expect(shown[1]?.id).toBe(id + 20);
    });

    it("or staff decide, whoever comes first", async () => {
      for (let round = 0; round < 5; round += 1) {
        const person = await register.addAccount(`person-${round}`);
        const id = await asked({ account: person });
        const outcomes = await Promise.all([
          register.accessRequests.accept({ id, by }),
          withdraw(id, `person-${round}`, person),
        ]);
        expect(outcomes.filter((each) => each.accepted)).toHaveLength(1);
        const open = await register.accesses.list({ accountId: person.id });
        expect(open).toHaveLength(outcomes[0].accepted ? 1 : 0);
      }
    });

    it.each([
      ["an end that has come", { untilAt: noon }, "until-passed"],
      ["a reason too long", { reason: "r".repeat(501) }, "reason-too-long"],
      ["another request", { id: -1 }, "request-not-waiting"],
    ])("refuses %s, and leaves it waiting", async (_, changes, reason) => {
      const id = await asked();
      const outcome = await register.accessRequests.accept({ id, by, ...changes });
      expect(outcome).toMatchObject({ accepted: false, problems: [{ reason }] });
      expect(await register.accessRequests.list({ state: "waiting" })).toHaveLength(1);
      expect(await register.accesses.list()).toEqual([]);
    });

    it("refuses for an account that was disabled meanwhile", async () => {
      const id = await asked();
      await register.database.knex("accounts").where(account).update({ state: "disabled" });
      expect(await register.accessRequests.accept({ id, by })).toMatchObject({
        problems: [{ reason: "account-not-active" }],
      });
      expect(await register.accessRequests.list({ state: "waiting" })).toHaveLength(1);
    });
  });

  describe("refusing", () => {
    it("needs a reason, and tells it to the person in one letter", async () => {
      const id = await asked();
      register.letters.length = 0;
      expect(await register.accessRequests.refuse({ id, by, reason: " " })).toMatchObject({
        problems: [{ field: "reason", reason: "reason-missing" }],
      });
      expect(
        await register.accessRequests.refuse({ id, by, reason: "r".repeat(501) }),
      ).toMatchObject({ problems: [{ field: "reason", reason: "reason-too-long" }] });
      const outcome = await register.accessRequests.refuse({ id, by, reason: " pas le vôtre " });
      expect(outcome).toMatchObject({ value: { state: "refused", reason: "pas le vôtre" } });
      expect(register.letters).toMatchObject([
        {
          letter: "establishments/request-refused",
          model: { reason: "pas le vôtre", serviceUrl: "https://auth.test/account/requests" },
        },
      ]);
      expect(register.decided).toMatchObject([{ id, state: "refused", decidedBy: by }]);
    });
  });

  it("open nothing again that was decided, and closed, since the page of who decides was filled", async () => {
    const id = await asked({ sirets: `${dinum} ${laPoste}` });
    await register.accesses.open({ account, sirets: [dinum], by });
    await register.accesses.close({ account, sirets: [dinum], by });
    const outcome = await register.accessRequests.accept({ id, sirets: [dinum, laPoste], by });
    expect(outcome).toMatchObject({ value: { opened: [{ siret: laPoste }] } });
    const open = await register.accesses.openEstablishments("camille");
    expect(open.map(({ siret }) => siret)).toEqual([laPoste]);
    expect((await register.accessRequests.find(id))?.state).toBe("accepted");
  });

  it("are recorded as they were decided: what was left out is named where the rest was opened", async () => {
    const both = { sirets: `${dinum} ${laPoste}` };
    const part = { id: await asked(both), sirets: [laPoste], refusalReason: "non" };
    await register.accessRequests.accept({ ...part, by });
    await register.accessRequests.accept({ id: await asked({ sirets: bakery }), by });
    await register.accessRequests.refuse({ id: await asked(), by, reason: "non" });
    const decisions = register.recorded.filter(({ name }) => name.startsWith("access-request-"));
    expect(decisions.map(({ name, details }) => [name, details])).toEqual([
      ["access-request-accepted", { sirets: [laPoste], refused: [dinum] }],
      ["access-request-accepted", { sirets: [bakery] }],
      ["access-request-refused", { sirets: [dinum] }],
    ]);
    expect(decisions[0]).toMatchObject({ subject: { sub: "camille" }, actor: by });
  });

  it("are in the charge of whoever took them first: of two at once one is told", async () => {
    await register.addAccount("staff-8", { role: "agent" });
    const id = await asked();
    const charge = (to: string | undefined, seen: string | undefined) =>
      register.accessRequests.charge({ id, to, seen, by });
    expect(await charge(by, undefined)).toMatchObject({ value: { takenBy: by } });
    expect(await charge("staff-8", undefined)).toMatchObject({
      problems: [{ reason: "request-taken" }],
    });
    expect(await charge("camille", by)).toMatchObject({
      problems: [{ field: "to", reason: "colleague-may-not" }],
    });
    expect(await charge("staff-8", by)).toMatchObject({ value: { takenBy: "staff-8" } });
    await register.accessRequests.refuse({ id, by, reason: "non" });
    expect(await charge(undefined, "staff-8")).toMatchObject({
      problems: [{ reason: "request-not-waiting" }],
    });
  });

  describe("decided by several at once", () => {
    it("is decided by exactly one of two who accept, with one letter", async () => {
      const id = await asked();
      register.letters.length = 0;
      const outcomes = await Promise.all(
        [1, 2, 3].map(() => register.accessRequests.accept({ id, by: "operator" })),
      );
      expect(outcomes.filter((each) => each.accepted)).toHaveLength(1);
      expect(outcomes.find((each) => !each.accepted)).toMatchObject({
        problems: [{ reason: "request-not-waiting" }],
      });
      expect(letters()).toEqual(["access-opened"]);
      expect(register.decided).toHaveLength(1);
    });

    it("is either accepted or refused: what is refused opens nothing", async () => {
      for (let round = 0; round < 5; round += 1) {
        const person = await register.addAccount(`person-${round}`);
        const id = await asked({ account: person });
        const [one, two] = await Promise.all([
          register.accessRequests.accept({ id, by: "operator" }),
          register.accessRequests.refuse({ id, by, reason: "non" }),
        ]);
        expect([one.accepted, two.accepted].sort()).toEqual([false, true]);
        const [request] = await register.accessRequests.ofAccount(person.id);
        expect(request?.state).toBe(one.accepted ? "accepted" : "refused");
        const open = await register.accesses.list({ accountId: person.id });
        expect(open).toHaveLength(one.accepted ? 1 : 0);
      }
    });
  });

  it("are listed by state and account, page by page, the oldest first", async () => {
    const other = await register.addAccount("other");
    const ids = [await asked(), await asked({ account: other }), await asked({ sirets: laPoste })];
    await register.accessRequests.refuse({ id: ids[0] ?? 0, reason: "non", by });
    const list = async (filter: Parameters<typeof register.accessRequests.list>[0]) =>
      (await register.accessRequests.list(filter)).map(({ id }) => id);
    expect(await list({})).toEqual(ids);
    expect(await list({ state: "waiting" })).toEqual(ids.slice(1));
    expect(await list({ state: "waiting", limit: 1 })).toEqual(ids.slice(1, 2));
    expect(await list({ state: "waiting", after: ids[1], limit: 1 })).toEqual(ids.slice(2));
    expect(await list({ accountId: other.id })).toEqual(ids.slice(1, 2));
    expect(await register.accessRequests.find(ids[1] ?? 0)).toMatchObject({ sub: "other" });
  });

  it("are forgotten with their account: the message is erased, nothing waits any more", async () => {
    await asked({ message: "Bonjour" });
    const other = await register.addAccount("other");
    await asked({ account: other, message: "Moi aussi" });
    await register.database.transaction((transaction) =>
      register.accessRequests.erase(transaction, { sub: "camille" }),
    );
    const [erased, kept] = await register.accessRequests.list();
    expect(erased).toMatchObject({ state: "refused", decidedBy: "account-deleted" });
    expect(erased).not.toHaveProperty("message");
    expect(kept).toMatchObject({ state: "waiting", message: "Moi aussi" });
  });

  it("are removed when they are as old as said, and not one second before", async () => {
    await asked();
    expect(await register.accessRequests.purge(noon - 1)).toBe(0);
    expect(await register.accessRequests.purge(noon)).toBe(1);
    expect(await register.accessRequests.list()).toEqual([]);
  });
});
