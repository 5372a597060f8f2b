import { beforeEach, describe, expect, it } from "@jest/globals";
import { days } from "../../src/foundation/index.ts";
import { databases } from "../support/databases.ts";
import { opened } from "../support/opened.ts";
import { createRegister, dinum, laPoste, mill, noon } from "./register.ts";

describe.each(databases)("The notice of an access's end on $name", ({ create }) => {
  const register = opened(() => createRegister(create));
  let account: { readonly id: number };
  const by = "operator";
  const untilAt = noon + days(90);
  const dueAt = untilAt - days(30);

  beforeEach(async () => {
    await register.clear();
    account = await register.addAccount("camille");
  });

  /** What is announced at a second: how many, and the letters written. */
  async function announcedAt(now: number) {
    register.letters.length = 0;
    register.clock.now = now;
    const count = await register.accesses.announceEnds();
    return [count, register.letters.map(({ letter, to }) => `${letter} ${to}`)];
  }
  const one = "establishments/access-ending camille@cfa.test";

  it("comes thirty days before, to the second, once", async () => {
    await register.accesses.open({ account, sirets: [dinum], untilAt, by });
    expect(await announcedAt(dueAt - 1)).toEqual([0, []]);
    expect(await announcedAt(dueAt)).toEqual([1, [one]]);
    expect(await announcedAt(dueAt + 1)).toEqual([0, []]);
    expect(await announcedAt(untilAt - 1)).toEqual([0, []]);
  });

  it("closes nothing: who follows changes is told when the access ends", async () => {
    await register.accesses.open({ account, sirets: [dinum], untilAt, by });
    expect(await announcedAt(dueAt)).toEqual([1, [one]]);
    expect(register.written).toEqual([["opened", [dinum]]]);
    register.clock.now = untilAt;
    expect(await register.accesses.endExpired()).toBe(1);
    expect(register.written).toEqual([
      ["opened", [dinum]],
      ["closed", [dinum]],
    ]);
  });

  it("comes later when nobody could send it, until the last second", async () => {
    await register.accesses.open({ account, sirets: [dinum], untilAt, by });
    await register.accesses.open({ account, sirets: [laPoste], untilAt: untilAt + 1, by });
    expect(await announcedAt(untilAt)).toEqual([1, [one]]);
    expect(register.letters[0]?.model.establishments).toMatchObject([
      { siret: "356 000 000 00048" },
    ]);
  });

  it("names everything of that moment in one letter, and until when", async () => {
    await register.accesses.open({ account, sirets: [dinum, laPoste], untilAt, by });
    await register.accesses.open({ account, sirets: [mill], untilAt: untilAt + 60, by });
    expect(await announcedAt(dueAt)).toEqual([2, [one]]);
    expect(register.letters[0]).toMatchObject({
      accountSub: "camille",
      model: {
        establishments: [
          { siret: "130 025 265 00013", until: "15 avril 2027 à 10:00" },
          { siret: "356 000 000 00048", until: "15 avril 2027 à 10:00" },
        ],
        serviceUrl: "https://portail.test/",
      },
    });
    expect(await announcedAt(dueAt + 60)).toEqual([1, [one]]);
  });

  it("is left out for an access opened for less: the letter of its opening says its end", async () => {
    const shortEnd = noon + days(30) - 1;
    await register.accesses.open({ account, sirets: [dinum], untilAt: shortEnd, by });
    await register.accesses.open({ account, sirets: [laPoste], untilAt: shortEnd + 1, by });
    expect(register.letters[0]?.model.establishments).toMatchObject([
      { until: "14 février 2027 à 08:59" },
    ]);
    expect(await announcedAt(noon + 1)).toEqual([1, [one]]);
  });

  it("is left out for what was closed, has no end, or is a disabled account's", async () => {
    await register.accesses.open({ account, sirets: [dinum], untilAt, by });
    await register.accesses.close({ account, sirets: [dinum], by });
    await register.accesses.open({ account, sirets: [laPoste], by });
    const other = await register.addAccount("other");
    await register.accesses.open({ account: other, sirets: [mill], untilAt, by });
    await register.database.knex("accounts").where(other).update({ state: "disabled" });
    expect(await announcedAt(dueAt)).toEqual([0, []]);
    await register.database.knex("accounts").where(other).update({ state: "active" });
    expect(await announcedAt(dueAt + 1)).toEqual([
      1,
      ["establishments/access-ending other@cfa.test"],
    ]);
  });

  it("is written once a person however many nodes run the job", async () => {
    const holders = [account];
    for (let index = 0; index < 20; index += 1)
      holders.push(await register.addAccount(`camille-${index}`));
    for (const holder of holders)
      await register.accesses.open({ account: holder, sirets: [dinum, laPoste], untilAt, by });
    register.letters.length = 0;
    register.clock.now = dueAt;
    const counts = await Promise.all([
      register.accesses.announceEnds(),
      register.otherNode().announceEnds(),
      register.otherNode().announceEnds(),
    ]);
    expect(counts.reduce((sum, each) => sum + each)).toBe(42);
    expect(register.letters).toHaveLength(21);
  });

  it("is tried again when its letter could not be written", async () => {
    await register.accesses.open({ account, sirets: [dinum], untilAt, by });
    const broken = register.otherNode({ enqueue: () => Promise.reject(new Error("full")) });
    register.clock.now = dueAt;
    expect(await broken.announceEnds()).toBe(0);
    expect(register.faults).toEqual([new Error("full")]);
    expect(await announcedAt(dueAt)).toEqual([1, [one]]);
  });
});
