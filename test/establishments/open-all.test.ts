import { beforeEach, describe, expect, it } from "@jest/globals";
import type { Siret } from "../../src/establishments/index.ts";
import type { Opening } from "../../src/establishments/access-commands.ts";
import { databases } from "../support/databases.ts";
import { opened } from "../support/opened.ts";
import { bakery, createRegister, dinum, laPoste, noon } from "./register.ts";

describe.each(databases)("Accesses opened to many accounts on $name", ({ create }) => {
  const register = opened(() => createRegister(create));
  let camille: { readonly id: number };
  let dominique: { readonly id: number };
  const by = "operator";

  beforeEach(async () => {
    await register.clear();
    camille = await register.addAccount("camille");
    dominique = await register.addAccount("dominique");
  });

  const everyAccess = () => register.accesses.list();
  const opening = (
    account: { readonly id: number },
    siret: Siret,
    more: Partial<Opening> = {},
  ) => ({
    account,
    siret,
    ...more,
  });

  describe("openAll", () => {
    it("opens each with its own end, reason and name, and writes one letter a person", async () => {
      const openings = [
        opening(dominique, dinum, { untilAt: noon + 10, name: "DINUM" }),
        opening(camille, laPoste, { reason: "rentrée" }),
        opening(camille, dinum),
      ];
      const outcome = await register.accesses.openAll({ openings, by });
      expect(outcome).toEqual({ accepted: true, value: { opened: openings, alreadyOpen: [] } });
      expect(await everyAccess()).toMatchObject([
        { email: "camille@cfa.test", siret: dinum, name: "DINUM", openedBy: by },
        { email: "camille@cfa.test", siret: laPoste, reason: "rentrée" },
        { email: "dominique@cfa.test", siret: dinum, untilAt: noon + 10 },
      ]);
      expect(register.letters).toMatchObject([
        { to: "camille@cfa.test", model: { establishments: [{ name: "DINUM" }, {}] } },
        { to: "dominique@cfa.test", model: { establishments: [{ name: "DINUM" }] } },
      ]);
    });

    it("announces all of them at once, after they are written", async () => {
      const openings = [opening(dominique, dinum), opening(camille, laPoste)];
      await register.accesses.openAll({ openings, by });
      expect(register.announced.opened).toMatchObject([
        [
          { sub: "camille", siret: laPoste },
          { sub: "dominique", siret: dinum },
        ],
      ]);
    });

    it("leaves what is open as it is, and ends what is past its date first", async () => {
      await register.accesses.open({ account: camille, sirets: [dinum], by });
      await register.accesses.open({ account: camille, sirets: [bakery], untilAt: noon + 1, by });
      register.clock.now = noon + 1;
      const openings = [opening(camille, dinum, { reason: "new" }), opening(camille, bakery)];
      const outcome = await register.accesses.openAll({ openings, by });
      expect(outcome).toMatchObject({
        value: { opened: [{ siret: bakery }], alreadyOpen: [{ siret: dinum }] },
      });
      expect(await everyAccess()).toMatchObject([
        { siret: dinum, state: "open" },
        { siret: bakery, state: "ended", closedBy: "until-date" },
        { siret: bakery, state: "open" },
      ]);
      expect(register.announced.closed).toMatchObject([[{ siret: bakery }]]);
    });

    it("opens nothing when one of them is refused, and says which", async () => {
      const disabled = await register.addAccount("disabled", { state: "disabled" });
      const openings = [
        opening(camille, dinum),
        opening(disabled, dinum),
        opening(camille, laPoste, { untilAt: noon }),
      ];
      expect(await register.accesses.openAll({ openings, by })).toEqual({
        accepted: false,
        problems: [
          { reason: "account-not-active", details: { opening: 1 } },
          { field: "untilAt", reason: "until-passed", details: { opening: 2 } },
        ],
      });
      expect(await everyAccess()).toEqual([]);
      expect(register.letters).toEqual([]);
    });

    it("refuses texts that are too long, with their places", async () => {
      const openings = [
        opening(camille, dinum, { reason: "r".repeat(501) }),
        opening(camille, laPoste, { name: "n".repeat(201) }),
      ];
      expect(await register.accesses.openAll({ openings, by })).toEqual({
        accepted: false,
        problems: [
          { field: "reason", reason: "reason-too-long", details: { maximum: 500, opening: 0 } },
          { field: "name", reason: "name-too-long", details: { maximum: 200, opening: 1 } },
        ],
      });
    });

    it("opens nothing when a letter cannot be written", async () => {
      const node = register.otherNode({ enqueue: () => Promise.reject(new Error("full")) });
      const openings = [opening(camille, dinum), opening(dominique, dinum)];
      await expect(node.openAll({ openings, by })).rejects.toThrow("full");
      expect(await everyAccess()).toEqual([]);
      expect(register.announced.opened).toEqual([]);
    });

    it("asks the database in slices: a thousand openings hold the one writer of SQLite for a moment", async () => {
      const holders = [];
      for (let index = 0; index < 500; index += 1) {
        holders.push(await register.addAccount(`p${index}`));
      }
      const openings = holders.flatMap((holder) => [
        opening(holder, dinum),
        opening(holder, laPoste),
      ]);
      let statements = 0;
      register.database.knex.on("query", () => {
        statements += 1;
      });
      await register.accesses.openAll({ openings, by });
      expect(register.letters).toHaveLength(500);
      expect(statements).toBeLessThan(30);
    });

    it("carries on beside openings of the same, in parallel, with one record each", async () => {
      const openings = [opening(dominique, dinum), opening(camille, dinum)];
      const nodes = [register.accesses, register.otherNode()];
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, async (_, index) => {
          const node = nodes[index % 2] ?? register.accesses;
          if (index % 4 === 3) {
            const one = await node.open({ account: camille, sirets: [dinum], by });
            return one.accepted ? one.value.opened.length : 0;
          }
          const order = index % 4 === 0 ? openings : openings.toReversed();
          const all = await node.openAll({ openings: order, by });
          return all.accepted ? all.value.opened.length : 0;
        }),
      );
      expect(outcomes.reduce((sum, count) => sum + count, 0)).toBe(2);
      expect(await everyAccess()).toHaveLength(2);
      expect(register.letters).toHaveLength(2);
    });
  });

  describe("preview", () => {
    it("says what openAll would do, writes nothing and tells nobody", async () => {
      await register.accesses.open({ account: camille, sirets: [dinum], by });
      await register.accesses.open({ account: camille, sirets: [bakery], untilAt: noon + 1, by });
      register.clock.now = noon + 1;
      register.letters.length = 0;
      const openings = [dinum, bakery, laPoste].map((siret) => opening(camille, siret));
      expect(await register.accesses.preview({ openings, by })).toMatchObject({
        value: { opened: [{ siret: bakery }, { siret: laPoste }], alreadyOpen: [{ siret: dinum }] },
      });
      expect(await everyAccess()).toHaveLength(2);
      expect(register.letters).toEqual([]);
      expect(register.announced.closed).toEqual([]);
    });

    it("refuses what openAll refuses", async () => {
      const openings = [opening({ id: 0 }, dinum), opening(camille, dinum, { untilAt: noon })];
      expect(await register.accesses.preview({ openings, by })).toMatchObject({
        accepted: false,
        problems: [
          { reason: "account-not-active", details: { opening: 0 } },
          { reason: "until-passed", details: { opening: 1 } },
        ],
      });
    });
  });
});
