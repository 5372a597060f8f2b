import { beforeEach, describe, expect, it } from "@jest/globals";
import { databases } from "../support/databases.ts";
import { opened } from "../support/opened.ts";
import { createRegister, dinum, laPoste, mill, noon } from "./register.ts";

describe.each(databases)("The end of an access on $name", ({ create }) => {
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

  describe("the end date", () => {
    const untilAt = noon + 100;

    it("counts one second before it, and not at it nor past it, before any job has run", async () => {
      await register.accesses.open({ account, sirets: [dinum], untilAt, by });
      const seen = [];
      for (const now of [untilAt - 1, untilAt, untilAt + 1]) {
        register.clock.now = now;
        seen.push([
          await openSirets(),
          await register.accesses.isOpen(sub, dinum),
          (await history())[0]?.state,
        ]);
      }
      expect(seen).toEqual([
        [[dinum], true, "open"],
        [[], false, "ended"],
        [[], false, "ended"],
      ]);
    });

    it("lets an access that ended by date, not yet closed, be opened anew", async () => {
      await register.accesses.open({ account, sirets: [dinum], untilAt, by });
      register.clock.now = untilAt;
      const outcome = await register.accesses.open({ account, sirets: [dinum], by });
      expect(outcome).toMatchObject({ value: { opened: [{ siret: dinum }], alreadyOpen: [] } });
      expect(await history()).toMatchObject([
        { state: "ended", closedAt: untilAt, closedBy: "until-date" },
        { state: "open" },
      ]);
      expect(register.announced.closed).toMatchObject([[{ siret: dinum }]]);
      expect(register.letters.map(({ letter }) => letter)).toEqual([
        "establishments/access-opened",
        "establishments/access-closed",
        "establishments/access-opened",
      ]);
    });

    it("is what closed an access that somebody closes later", async () => {
      await register.accesses.open({ account, sirets: [dinum], untilAt, by });
      register.clock.now = untilAt + 5;
      const outcome = await register.accesses.close({ account, sirets: [dinum], by });
      expect(outcome).toMatchObject({ value: { closed: [], notOpen: [dinum] } });
      expect(await history()).toMatchObject([{ closedAt: untilAt, closedBy: "until-date" }]);
      expect(register.announced.closed).toMatchObject([[{ siret: dinum }]]);
    });
  });

  describe("endExpired", () => {
    const untilAt = noon + 100;

    it("closes what is past its date, as of that date, and leaves the rest", async () => {
      await register.accesses.open({ account, sirets: [dinum], untilAt, by });
      await register.accesses.open({ account, sirets: [laPoste], untilAt: untilAt + 1, by });
      await register.accesses.open({ account, sirets: [mill], by });
      register.clock.now = untilAt - 1;
      expect(await register.accesses.endExpired()).toBe(0);
      register.clock.now = untilAt;
      expect(await register.accesses.endExpired()).toBe(1);
      expect(await history()).toMatchObject([
        { siret: mill, state: "open" },
        { siret: dinum, closedAt: untilAt, closedBy: "until-date" },
        { siret: laPoste, state: "open" },
      ]);
    });

    it("writes one letter an account, whatever the batch and however many nodes run it", async () => {
      const holders = [account];
      for (let index = 0; index < 104; index += 1) {
        holders.push(await register.addAccount(`${sub}-${index}`));
      }
      for (const holder of holders) {
        await register.accesses.open({ account: holder, sirets: [dinum, laPoste], untilAt, by });
      }
      register.letters.length = 0;
      register.clock.now = untilAt + 3600;
      const counts = await Promise.all([
        register.accesses.endExpired(),
        register.otherNode().endExpired(),
      ]);
      expect(counts[0] + counts[1]).toBe(210);
      expect(new Set(register.letters.map(({ to }) => to)).size).toBe(105);
      expect(register.letters).toHaveLength(105);
      expect(await register.accesses.endExpired()).toBe(0);
    });

    it("reports an account whose letter cannot be written, and finds it at the next run", async () => {
      await register.accesses.open({ account, sirets: [dinum], untilAt, by });
      register.clock.now = untilAt;
      const broken = register.otherNode({ enqueue: () => Promise.reject(new Error("full")) });
      expect(await broken.endExpired()).toBe(0);
      expect(register.faults).toEqual([new Error("full")]);
      expect(await register.accesses.endExpired()).toBe(1);
    });
  });

  describe("what a closed access leaves to revoke", () => {
    const toRevoke = () => register.accesses.closedButNotRevoked(10);

    it("is found until it is marked, once", async () => {
      await register.accesses.open({ account, sirets: [dinum, laPoste], by });
      await register.accesses.close({ account, sirets: [dinum], by });
      const [access, ...others] = await toRevoke();
      expect(others).toEqual([]);
      expect(access).toMatchObject({ sub, siret: dinum, closedAt: noon });
      const id = access?.id ?? 0;
      expect(await register.accesses.markRevoked(id)).toBe(true);
      expect(await register.accesses.markRevoked(id)).toBe(false);
      expect(await toRevoke()).toEqual([]);
    });

    it("cannot be marked while the access is open", async () => {
      const outcome = await register.accesses.open({ account, sirets: [dinum], by });
      const id = outcome.accepted ? (outcome.value.opened[0]?.id ?? 0) : 0;
      expect(await register.accesses.markRevoked(id)).toBe(false);
    });

    it("stays to do when a listener fails: the access is closed, the fault reported", async () => {
      const node = register.otherNode();
      const heard: string[] = [];
      node.onAccessClosed(() => Promise.reject(new Error("artifacts unreachable")));
      node.onAccessClosed((all) => void heard.push(...all.map(({ siret }) => siret)));
      await node.open({ account, sirets: [dinum], by });
      expect(await node.close({ account, sirets: [dinum], by })).toMatchObject({ accepted: true });
      expect(register.faults).toEqual([new Error("artifacts unreachable")]);
      expect(heard).toEqual([dinum]);
      expect(await register.accesses.isOpen(sub, dinum)).toBe(false);
      expect(await toRevoke()).toMatchObject([{ siret: dinum }]);
    });

    it("is written before the listener hears of it", async () => {
      const node = register.otherNode();
      let openWhenHeard: boolean | undefined;
      node.onAccessClosed(async () => {
        openWhenHeard = await register.accesses.isOpen(sub, dinum);
      });
      await node.open({ account, sirets: [dinum], by });
      await node.close({ account, sirets: [dinum], by });
      expect(openWhenHeard).toBe(false);
    });
  });
});
