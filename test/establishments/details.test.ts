import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { type Siret } from "../../src/establishments/index.ts";
import { Details } from "../../src/establishments/details.ts";
import {
  type DirectoryReason,
  type EstablishmentDetails,
} from "../../src/establishments/directory.ts";
import {
  type Outcome,
  accepted,
  days,
  hours,
  minutes,
  refused,
} from "../../src/foundation/index.ts";
import { databases } from "../support/databases.ts";
import { type Register, createRegister, dinum, laPoste, noon } from "./register.ts";

type Answer = Outcome<EstablishmentDetails, DirectoryReason>;

describe.each(databases)("The details of establishments on $name", ({ create }) => {
  let register: Register;
  let answers: Map<Siret, Answer>;
  let asked: Siret[];
  let answerSeconds: number;
  let account: { readonly id: number };
  const by = "operator";

  const detailsOf = (configured = true) =>
    new Details({
      database: register.database,
      clock: {
        epochSeconds: () => register.clock.now,
        epochMilliseconds: () => register.clock.now * 1000,
      },
      directory: configured
        ? {
            find: (siret) => {
              asked.push(siret);
              register.clock.now += answerSeconds;
              return Promise.resolve(answers.get(siret) ?? refused({ reason: "unreachable" }));
            },
          }
        : undefined,
    });
  let details: Details;

  beforeAll(async () => {
    register = await createRegister(create);
  });
  afterAll(async () => {
    await register.drop();
  });
  beforeEach(async () => {
    await register.clear();
    asked = [];
    answerSeconds = 0;
    answers = new Map();
    details = detailsOf();
    account = await register.addAccount("camille");
  });

  const found = { name: "DINUM", address: "20 AVENUE DE SÉGUR", state: "active" } as const;
  const open = (names = new Map<Siret, string>(), sirets: Siret[] = [dinum]) =>
    register.accesses.open({ account, sirets, names, by });
  const known = async () => (await details.find([dinum]))[0];
  const fillAt = async (now: number) => {
    register.clock.now = now;
    asked.length = 0;
    await details.fill();
    return [...asked];
  };

  it("are filled in after an access is opened, and seen in the list and in the claims", async () => {
    answers.set(dinum, accepted(found));
    await open();
    expect(await register.accesses.openEstablishments("camille")).toEqual([
      { siret: dinum, siren: "130025265" },
    ]);
    expect(await details.fill()).toBe(1);
    expect(await known()).toEqual({ siret: dinum, ...found, detailsAt: noon });
    expect(await register.accesses.openEstablishments("camille")).toEqual([
      { siret: dinum, siren: "130025265", name: "DINUM" },
    ]);
    expect(await register.accesses.list()).toMatchObject([
      { name: "DINUM", address: "20 AVENUE DE SÉGUR", establishmentState: "active" },
    ]);
  });

  it("are asked for anew after thirty days, to the second; a closed one is marked", async () => {
    answers.set(dinum, accepted(found));
    await open();
    await details.fill();
    answers.set(dinum, accepted({ name: "DINUM, fermée", state: "closed" }));
    expect(await fillAt(noon + days(30) - 1)).toEqual([]);
    expect(await fillAt(noon + days(30))).toEqual([dinum]);
    expect(await known()).toEqual({
      siret: dinum,
      name: "DINUM, fermée",
      state: "closed",
      detailsAt: noon + days(30),
    });
    expect(await register.accesses.list()).toMatchObject([{ establishmentState: "closed" }]);
  });

  it("never replace the name that staff gave, before or after", async () => {
    answers.set(dinum, accepted(found));
    answers.set(laPoste, accepted({ ...found, name: "LA POSTE" }));
    await open(new Map([[dinum, "Notre client"]]), [dinum, laPoste]);
    await details.fill();
    expect(await known()).toMatchObject({ name: "Notre client", address: "20 AVENUE DE SÉGUR" });
    // The same name, given by staff, is theirs from then on.
    await register.accesses.describe(new Map([[laPoste, "LA POSTE"]]));
    answers.set(laPoste, accepted({ ...found, name: "LA POSTE SA" }));
    await fillAt(noon + days(30));
    expect(await details.find([laPoste])).toMatchObject([{ name: "LA POSTE" }]);
  });

  it("keep the name known when the directory says none", async () => {
    answers.set(dinum, accepted(found));
    await open();
    await details.fill();
    answers.set(dinum, accepted({ state: "active" }));
    await fillAt(noon + days(30));
    expect(await known()).toEqual({
      siret: dinum,
      name: "DINUM",
      state: "active",
      detailsAt: noon + days(30),
    });
  });

  it("forget the mark that a build of before kept as a name, and no other name", async () => {
    await open(new Map(), [dinum, laPoste]);
    const named = async (siret: Siret, name: string) =>
      register.database
        .knex("establishments")
        .where({ siret })
        .update({ name, name_source: "directory" });
    await named(dinum, "[NON-DIFFUSIBLE]");
    await named(laPoste, "LA POSTE");
    for (const siret of [dinum, laPoste]) answers.set(siret, accepted({ state: "active" }));
    await details.fill();
    const kept = await details.find([dinum, laPoste]);
    expect(kept.map(({ siret, name }) => [siret, name])).toEqual([
      [dinum, undefined],
      [laPoste, "LA POSTE"],
    ]);
  });

  it("are asked for again with growing delays when the directory does not answer", async () => {
    await open();
    let now = noon;
    expect(await fillAt(now)).toEqual([dinum]);
    for (const delay of [
      minutes(1),
      minutes(5),
      minutes(30),
      hours(2),
      hours(12),
      hours(24),
      hours(24),
    ]) {
      expect(await fillAt(now + delay - 1)).toEqual([]);
      now += delay;
      expect(await fillAt(now)).toEqual([dinum]);
    }
    answers.set(dinum, accepted(found));
    expect(await fillAt(now + hours(24))).toEqual([dinum]);
    expect(await known()).toMatchObject({ name: "DINUM" });
  });

  it("are asked for again after an hour, a day, a week, a month when it is unknown", async () => {
    answers.set(dinum, refused({ reason: "unknown" }));
    await open();
    let now = noon;
    expect(await fillAt(now)).toEqual([dinum]);
    for (const delay of [hours(1), hours(24), days(7), days(30), days(30)]) {
      expect(await fillAt(now + delay - 1)).toEqual([]);
      now += delay;
      expect(await fillAt(now)).toEqual([dinum]);
    }
  });

  it("stop at the first question without an answer: the others wait for the next run", async () => {
    await open(undefined, [dinum, laPoste]);
    expect(await details.fill()).toBe(0);
    expect(asked).toHaveLength(1);
  });

  it("wait for the next run where a slow directory has held this one up for more than five seconds", async () => {
    for (const siret of [dinum, laPoste]) answers.set(siret, accepted(found));
    await open(undefined, [dinum, laPoste]);
    answerSeconds = 5;
    expect(await fillAt(noon)).toHaveLength(2);
    answerSeconds = 6;
    expect(await fillAt(noon + days(31))).toHaveLength(1);
  });

  it("wait as long as the directory asks, to the second", async () => {
    answers.set(dinum, refused({ reason: "too-many-requests", details: { seconds: 30 } }));
    answers.set(laPoste, refused({ reason: "too-many-requests", details: { seconds: 30 } }));
    await open(undefined, [dinum, laPoste]);
    expect(await fillAt(noon)).toHaveLength(1);
    expect(await fillAt(noon + 29)).toEqual([]);
    answers.set(dinum, accepted(found)).set(laPoste, accepted(found));
    expect((await fillAt(noon + 30)).sort()).toEqual([dinum, laPoste]);
  });

  it("are asked for by one node of several, and by another when that one died", async () => {
    answers.set(dinum, accepted(found));
    answers.set(laPoste, accepted(found));
    await open(undefined, [dinum, laPoste]);
    await Promise.all([details.fill(), detailsOf().fill(), detailsOf().fill()]);
    expect([...asked].sort()).toEqual([dinum, laPoste]);
    // A node that took it and died.
    await register.database
      .knex("establishments")
      .where({ siret: dinum })
      .update({ details_due_at: noon + 60 });
    expect(await fillAt(noon + 59)).toEqual([]);
    expect(await fillAt(noon + 60)).toEqual([dinum]);
  });

  it("are not asked for when no directory is configured", async () => {
    await open();
    expect(await detailsOf(false).fill()).toBe(0);
    expect(await known()).toEqual({ siret: dinum });
  });
});
