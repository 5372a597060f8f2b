import { beforeEach, describe, expect, it } from "@jest/globals";
import type { Siret } from "../../src/establishments/index.ts";
import { databases } from "../support/databases.ts";
import { opened } from "../support/opened.ts";
import { bakery, createRegister, dinum, laPoste, mill, noon } from "./register.ts";

describe.each(databases)("Accesses on $name", ({ create }) => {
  const register = opened(() => createRegister(create));
  let account: { readonly id: number };
  const sub = "camille";
  const by = "operator";

  beforeEach(async () => {
    await register.clear();
    account = await register.addAccount(sub);
  });

  const openSirets = async (): Promise<string[]> =>
    (await register.accesses.openEstablishments(sub)).map(({ siret }) => siret);
  const history = () => register.accesses.list({ accountId: account.id });

  describe("open", () => {
    it("opens establishments with a dated, reasoned record each", async () => {
      const outcome = await register.accesses.open({
        account,
        sirets: [laPoste, dinum],
        names: new Map([[dinum, "DINUM"]]),
        reason: "demande par téléphone",
        untilAt: noon + 86_400,
        by,
      });
      expect(outcome).toEqual({
        accepted: true,
        value: {
          opened: [dinum, laPoste].map((siret) => ({
            id: expect.any(Number),
            accountId: account.id,
            sub,
            siret,
            openedAt: noon,
            openedBy: "operator",
            openReason: "demande par téléphone",
            untilAt: noon + 86_400,
          })),
          alreadyOpen: [],
        },
      });
      expect(await register.accesses.openEstablishments(sub)).toEqual([
        { siret: dinum, siren: "130025265", name: "DINUM" },
        { siret: laPoste, siren: "356000000" },
      ]);
    });

    it("writes one letter for all SIRETs of the command, 3-3-3-5, without the reason", async () => {
      const names = new Map([[bakery, "Boulangerie « Le Fournil »"]]);
      await register.accesses.open({
        account,
        sirets: [bakery, mill],
        names,
        reason: "interne",
        by,
      });
      expect(register.letters).toEqual([
        {
          to: `${sub}@cfa.test`,
          letter: "establishments/access-opened",
          locale: "fr",
          accountSub: sub,
          model: {
            establishments: [
              { siret: "005 572 466 00026" },
              {
                siret: "418 166 096 00051",
                name: "Boulangerie « Le Fournil »",
              },
            ],
            serviceUrl: "https://portail.test/",
          },
        },
      ]);
    });

    it("announces all accesses of the command once", async () => {
      const outcome = await register.accesses.open({ account, sirets: [dinum, laPoste], by });
      expect(register.announced.opened).toEqual([outcome.accepted && outcome.value.opened]);
    });

    it("takes a SIRET given twice once", async () => {
      const outcome = await register.accesses.open({ account, sirets: [dinum, dinum], by });
      expect(outcome.accepted && outcome.value.opened).toHaveLength(1);
    });

    it("leaves what is open as it is, and writes of the new ones alone", async () => {
      await register.accesses.open({ account, sirets: [dinum], untilAt: noon + 10, by });
      const outcome = await register.accesses.open({
        account,
        sirets: [dinum, laPoste],
        by: "client:x",
      });
      expect(outcome).toMatchObject({
        value: { opened: [{ siret: laPoste }], alreadyOpen: [dinum] },
      });
      expect(await history()).toMatchObject([
        { siret: dinum, untilAt: noon + 10, openedBy: "operator" },
        { siret: laPoste, openedBy: "client:x" },
      ]);
      expect(register.letters[1]?.model.establishments).toHaveLength(1);
    });

    it("sends and announces nothing when everything is open already", async () => {
      await register.accesses.open({ account, sirets: [dinum], by });
      await register.accesses.open({ account, sirets: [dinum], by });
      expect(register.letters).toHaveLength(1);
      expect(register.announced.opened).toHaveLength(1);
    });

    it("never erases a known name with nothing, and takes a newer one", async () => {
      const siret = bakery;
      const nameNow = async () => (await register.accesses.openEstablishment(sub, siret))?.name;
      await register.accesses.open({
        account,
        sirets: [siret],
        names: new Map([[siret, "A"]]),
        by,
      });
      await register.accesses.open({ account, sirets: [siret], by });
      await register.accesses.open({
        account,
        sirets: [siret],
        names: new Map([[siret, " "]]),
        by,
      });
      expect(await nameNow()).toBe("A");
      await register.accesses.open({
        account,
        sirets: [siret],
        names: new Map([[siret, "B"]]),
        by,
      });
      expect(await nameNow()).toBe("B");
    });

    it("keeps typed texts on one line without NUL, overrides or lone surrogates", async () => {
      const names = new Map([[bakery, " Le\u0000 \u202eFournil\r\nBcc: x\ud800 "]]);
      await register.accesses.open({ account, sirets: [bakery], names, reason: "a\u0000\n b", by });
      expect(await history()).toMatchObject([{ name: "Le Fournil Bcc: x\ufffd", reason: "a b" }]);
    });

    it("opens a thousand establishments at once", async () => {
      const sirets = Array.from(
        { length: 1000 },
        (_, index) => `356000001${String(index).padStart(5, "0")}` as Siret,
      );
      const outcome = await register.accesses.open({ account, sirets, by });
      expect(outcome.accepted && outcome.value.opened.map(({ siret }) => siret)).toEqual(sirets);
      expect(await openSirets()).toEqual(sirets);
      expect(register.letters).toHaveLength(1);
    });

    it("refuses an end that is not in the future, to the second", async () => {
      const ending = (untilAt: number) =>
        register.accesses.open({ account, sirets: [dinum], untilAt, by });
      expect(await ending(noon)).toEqual({
        accepted: false,
        problems: [{ field: "untilAt", reason: "until-passed" }],
      });
      expect(await ending(Number.NaN)).toMatchObject({ problems: [{ reason: "until-passed" }] });
      expect(await ending(noon + 1)).toMatchObject({ accepted: true });
    });

    it.each(["disabled", "deleted"])("refuses an account that is %s", async (state) => {
      const other = await register.addAccount(`${sub}-${state}`, { state });
      expect(await register.accesses.open({ account: other, sirets: [dinum], by })).toEqual({
        accepted: false,
        problems: [{ reason: "account-not-active" }],
      });
      expect(await register.accesses.list({ accountId: other.id })).toEqual([]);
    });

    it("refuses an account that does not exist", async () => {
      const outcome = await register.accesses.open({ account: { id: 0 }, sirets: [dinum], by });
      expect(outcome).toEqual({ accepted: false, problems: [{ reason: "account-not-active" }] });
    });

    it("refuses no SIRET, a reason over 500 characters and a name over 200, all at once", async () => {
      const names = new Map([[dinum, "n".repeat(201)]]);
      const outcome = await register.accesses.open({
        account,
        sirets: [],
        reason: "r".repeat(501),
        names,
        by,
      });
      expect(outcome).toEqual({
        accepted: false,
        problems: [
          { field: "siret", reason: "siret-missing" },
          { field: "reason", reason: "reason-too-long", details: { maximum: 500 } },
          { field: "name", reason: "name-too-long", details: { maximum: 200 } },
        ],
      });
    });

    it("opens nothing when the letter cannot be written", async () => {
      const enqueue = () => Promise.reject(new Error("outbox full"));
      const node = register.otherNode({ enqueue });
      const opening = node.open({ account, sirets: [dinum, laPoste], by });
      await expect(opening).rejects.toThrow("outbox full");
      expect(await history()).toEqual([]);
      expect(register.announced.opened).toEqual([]);
    });
  });

  describe("close", () => {
    it("closes with who, when and why, and keeps the record", async () => {
      await register.accesses.open({ account, sirets: [dinum, laPoste], reason: "r", by });
      register.clock.now = noon + 60;
      const outcome = await register.accesses.close({
        account,
        sirets: [laPoste, mill],
        reason: "départ",
        by: "client:crm",
      });
      expect(outcome).toMatchObject({
        accepted: true,
        value: { closed: [{ siret: laPoste, sub }], notOpen: [mill] },
      });
      expect(await openSirets()).toEqual([dinum]);
      expect((await history())[1]).toEqual({
        accessId: expect.any(Number),
        email: `${sub}@cfa.test`,
        siret: laPoste,
        state: "ended",
        openedAt: noon,
        openedBy: "operator",
        reason: "r",
        closedAt: noon + 60,
        closedBy: "client:crm",
        closeReason: "départ",
      });
    });

    it("writes one letter with the reason, and announces once", async () => {
      await register.accesses.open({ account, sirets: [dinum, laPoste], by });
      await register.accesses.close({ account, sirets: [laPoste, dinum], reason: "départ", by });
      expect(register.letters.slice(1)).toMatchObject([
        {
          letter: "establishments/access-closed",
          model: {
            establishments: [{ siret: "130 025 265 00013" }, { siret: "356 000 000 00048" }],
            reason: "départ",
          },
        },
      ]);
      expect(register.announced.closed).toMatchObject([[{ siret: dinum }, { siret: laPoste }]]);
    });

    it("does nothing the second time", async () => {
      await register.accesses.open({ account, sirets: [dinum], by });
      await register.accesses.close({ account, sirets: [dinum], reason: "first", by });
      const outcome = await register.accesses.close({ account, sirets: [dinum], reason: "2", by });
      expect(outcome).toEqual({ accepted: true, value: { closed: [], notOpen: [dinum] } });
      expect(await history()).toMatchObject([{ closeReason: "first" }]);
      expect(register.letters).toHaveLength(2);
    });

    it("touches no other account", async () => {
      const neighbour = await register.addAccount(`${sub}-neighbour`);
      await register.accesses.open({ account: neighbour, sirets: [dinum], by });
      const outcome = await register.accesses.close({ account, sirets: [dinum], by });
      expect(outcome).toMatchObject({ value: { closed: [] } });
      expect(await register.accesses.isOpen(`${sub}-neighbour`, dinum)).toBe(true);
    });

    it("closes for a deleted account without a letter", async () => {
      await register.accesses.open({ account, sirets: [dinum], by });
      const erased = { state: "deleted", email: null };
      await register.database.knex("accounts").where({ id: account.id }).update(erased);
      const outcome = await register.accesses.close({ account, sirets: [dinum], by });
      expect(outcome).toMatchObject({ value: { closed: [{ siret: dinum }] } });
      expect(register.letters).toHaveLength(1);
    });

    it("finds nothing open for an account that does not exist", async () => {
      const outcome = await register.accesses.close({ account: { id: 0 }, sirets: [dinum], by });
      expect(outcome).toEqual({ accepted: true, value: { closed: [], notOpen: [dinum] } });
    });

    it("refuses no SIRET, and a reason over 500 characters", async () => {
      const reason = "r".repeat(501);
      expect(await register.accesses.close({ account, sirets: [], reason, by })).toEqual({
        accepted: false,
        problems: [
          { field: "siret", reason: "siret-missing" },
          { field: "reason", reason: "reason-too-long", details: { maximum: 500 } },
        ],
      });
    });

    it("keeps the history when opened again", async () => {
      await register.accesses.open({ account, sirets: [dinum], reason: "one", by });
      await register.accesses.close({ account, sirets: [dinum], by });
      await register.accesses.open({ account, sirets: [dinum], reason: "two", by });
      expect(await history()).toMatchObject([
        { reason: "one", state: "ended", closedAt: noon },
        { reason: "two", state: "open" },
      ]);
      expect(await openSirets()).toEqual([dinum]);
    });
  });

  describe("list", () => {
    it("finds by establishment, over all accounts", async () => {
      const siret = "82161143100015" as Siret;
      const neighbour = await register.addAccount(`${sub}-z`);
      await register.accesses.open({ account, sirets: [siret, dinum], by });
      await register.accesses.open({ account: neighbour, sirets: [siret], by });
      await register.accesses.close({ account: neighbour, sirets: [siret], by });
      expect(await register.accesses.list({ siret })).toMatchObject([
        { email: `${sub}-z@cfa.test`, siret, state: "ended" },
        { email: `${sub}@cfa.test`, siret, state: "open" },
      ]);
      expect(await register.accesses.list({ siret, accountId: account.id })).toHaveLength(1);
    });

    it("gives everything without a filter", async () => {
      await register.accesses.open({ account, sirets: [dinum], by });
      const emails = (await register.accesses.list()).map(({ email }) => email);
      expect(emails).toContain(`${sub}@cfa.test`);
    });

    it("gives everything some at a time in the same order, deleted accounts last", async () => {
      const { accesses, database } = register;
      for (let number = 100; number < 302; number += 1) {
        const person = await register.addAccount(`person-${number}`);
        await accesses.open({ account: person, sirets: [laPoste, dinum], by });
        if (number % 2 === 0 && number < 308 - 100)
          await database.knex("accounts").where(person).update({ email: null });
      }
      const pages: { readonly email?: string; readonly siret: string }[][] = [];
      for await (const page of accesses.all()) pages.push([...page]);
      expect(Math.max(...pages.map(({ length }) => length))).toBeLessThanOrEqual(200);
      const whole = await accesses.list();
      const known = whole.filter(({ email }) => email !== undefined);
      const deleted = whole.filter(({ email }) => email === undefined);
      expect([known.length, deleted.length]).toEqual([296, 108]);
      expect(pages.flat()).toEqual([...known, ...deleted]);
    });
  });

  describe("the reads of the hot path", () => {
    it("give nothing to an unknown subject, nor to an account that is not active", async () => {
      await register.accesses.open({ account, sirets: [dinum], by });
      await register.database.knex("accounts").where({ sub }).update({ state: "disabled" });
      expect(await openSirets()).toEqual([]);
      expect(await register.accesses.isOpen(sub, dinum)).toBe(false);
      expect(await register.accesses.openEstablishments("nobody")).toEqual([]);
    });

    it("tell one establishment from another", async () => {
      await register.accesses.open({ account, sirets: [dinum], by });
      expect(await register.accesses.openEstablishment(sub, dinum)).toEqual({
        siret: dinum,
        siren: "130025265",
      });
      expect(await register.accesses.openEstablishment(sub, laPoste)).toBeUndefined();
      expect(await register.accesses.isOpen(sub, "not a siret")).toBe(false);
    });
  });
});
