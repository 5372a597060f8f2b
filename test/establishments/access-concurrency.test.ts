import { beforeEach, describe, expect, it } from "@jest/globals";
import { databases } from "../support/databases.ts";
import { opened } from "../support/opened.ts";
import { bakery, createRegister, dinum, laPoste, mill, noon } from "./register.ts";

describe.each(databases)("Accesses changed on $name", ({ create }) => {
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

  describe("at the same moment", () => {
    const times = <Result>(count: number, act: (index: number) => Promise<Result>) =>
      Promise.all(Array.from({ length: count }, (_, index) => act(index)));

    it("fifty openings of one access make one record and one letter", async () => {
      const nodes = [register.accesses, register.otherNode()];
      const outcomes = await times(50, (index) =>
        (nodes[index % 2] ?? register.accesses).open({ account, sirets: [dinum, mill], by }),
      );
      const opened = outcomes.flatMap((outcome) => (outcome.accepted ? outcome.value.opened : []));
      expect(opened.map(({ siret }) => siret)).toEqual([mill, dinum]);
      expect(await history()).toHaveLength(2);
      expect(register.letters).toHaveLength(1);
    });

    it("fifty openings of an access past its date make one record more", async () => {
      await register.accesses.open({ account, sirets: [dinum], untilAt: noon + 1, by });
      register.clock.now = noon + 1;
      await times(50, () => register.accesses.open({ account, sirets: [dinum], by }));
      expect((await history()).map(({ state }) => state)).toEqual(["ended", "open"]);
    });

    it("openings and closings lose nothing: each record is opened once and closed at most once", async () => {
      const nodes = [register.accesses, register.otherNode()];
      let opened = 0;
      let closed = 0;
      await times(50, async (index) => {
        const node = nodes[index % 2] ?? register.accesses;
        if (index % 4 < 2) {
          const outcome = await node.open({ account, sirets: [laPoste, dinum], by });
          if (outcome.accepted) opened += outcome.value.opened.length;
        } else {
          const outcome = await node.close({ account, sirets: [dinum, laPoste], by });
          if (outcome.accepted) closed += outcome.value.closed.length;
        }
      });
      const entries = await history();
      expect(entries).toHaveLength(opened);
      expect(entries.filter(({ state }) => state === "ended")).toHaveLength(closed);
      expect(await openSirets()).toHaveLength(opened - closed);
    });

    it("openings of the same establishments to many accounts never lock one another for good", async () => {
      const sirets = [dinum, laPoste, mill, bakery];
      const holders = await times(20, (index) => register.addAccount(`${sub}-${index}`));
      const outcomes = await times(20, (index) =>
        register.accesses.open({
          account: holders[index] ?? account,
          sirets: index % 2 ? sirets : sirets.toReversed(),
          names: new Map(sirets.map((siret) => [siret, `Nom ${index}`])),
          by,
        }),
      );
      expect(outcomes.map((each) => each.accepted && each.value.opened.length)).toEqual(
        outcomes.map(() => 4),
      );
    });

    it("two admins who open and close each other's, ask and decide for each other never wait in a ring", async () => {
      const { accesses, accessRequests } = register;
      const admins = await times(2, async (index) => {
        const who = await register.addAccount(`admin-${index}`, { role: "admin" });
        return { ...who, sub: `admin-${index}` };
      });
      const acts = [0, 1].flatMap((place) => {
        const [own, other] = [admins[place] ?? account, admins[1 - place] ?? account];
        const act = { account: other, by: `admin-${place}` };
        return [
          () => accesses.open({ ...act, sirets: [dinum] }),
          () => accesses.close({ ...act, sirets: [dinum] }),
          async () => {
            const asked = await accessRequests.ask({ account: own, sirets: mill, message: "" });
            const id = asked.accepted ? asked.value.request.id : 0;
            const outcome = await accessRequests.accept({ id, by: `admin-${1 - place}` });
            await accesses.close({ account: own, sirets: [mill], by: `admin-${1 - place}` });
            return outcome;
          },
        ];
      });
      for (let round = 0; round < 5; round += 1) {
        const outcomes = await Promise.all(acts.map((act) => act()));
        expect(outcomes.filter(({ accepted }) => !accepted)).toEqual([]);
      }
    });
  });
});
