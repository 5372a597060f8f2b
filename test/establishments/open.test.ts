import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { parseSiret } from "../../src/establishments/index.ts";
import { databases } from "../support/databases.ts";
import { type TestHouse, openHouse } from "../support/house.ts";

const read = parseSiret("13002526500013");
if (!read.accepted) throw new Error("no SIRET");
const siret = read.value;

describe.each(databases)("What a closing ends, on $name", (kind) => {
  let house: TestHouse;
  let number = 0;

  beforeAll(async () => {
    house = await openHouse(kind);
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });
  afterAll(async () => {
    await house.drop();
  });

  /** Opens and closes an access, whose authorizations cannot be ended at once if told so. */
  async function close({ isOutOfReach }: { readonly isOutOfReach: boolean }) {
    const { accesses, artifacts } = house.application;
    const account = await house.addAccount(`personne.${(number += 1)}@cfa.test`);
    const command = { account, sirets: [siret], by: "operator" };
    expect((await accesses.open(command)).accepted).toBe(true);
    const ended = jest.spyOn(artifacts, "removeEstablishment");
    if (isOutOfReach) ended.mockRejectedValueOnce(new Error("the artifacts are out of reach"));
    expect((await accesses.close(command)).accepted).toBe(true);
    return { sub: account.sub, ended };
  }

  const runJob = () => house.runJob("revoke-closed-accesses");
  const left = () => house.application.accesses.closedButNotRevoked(10);

  it("is ended at once, and marked so that no job does it again", async () => {
    const { sub, ended } = await close({ isOutOfReach: false });
    await runJob();
    expect(ended.mock.calls).toEqual([[sub, siret]]);
    expect(await left()).toEqual([]);
  });

  it("is ended by the job when it could not be at once, and then marked", async () => {
    const { sub, ended } = await close({ isOutOfReach: true });
    expect(await left()).toMatchObject([{ sub, siret }]);
    await runJob();
    expect(ended).toHaveBeenCalledTimes(2);
    expect(await left()).toEqual([]);
    await runJob();
    expect(ended).toHaveBeenCalledTimes(2);
  });

  it("is ended by the job although one before it fails again", async () => {
    const { sub: failing, ended } = await close({ isOutOfReach: true });
    const { sub: behind } = await close({ isOutOfReach: true });
    ended.mockRejectedValueOnce(new Error("the artifacts are out of reach for one"));
    await expect(runJob()).rejects.toThrow("out of reach for one");
    expect(await left()).toMatchObject([{ sub: failing }]);
    expect(ended.mock.lastCall).toEqual([behind, siret]);
    await runJob();
    expect(await left()).toEqual([]);
  });

  it("is recorded once, by whoever ended it: at once, or the job", async () => {
    const recordedOf = async (sub: string) => {
      const filter = { person: { sub }, name: "access-closed" } as const;
      return (await house.application.audit.page(filter, { limit: 5 })).entries;
    };
    const expected = [{ outcome: "accepted", actor: "operator" }];
    const { sub: atOnce } = await close({ isOutOfReach: false });
    const { sub: later } = await close({ isOutOfReach: true });
    expect(await recordedOf(atOnce)).toMatchObject(expected);
    await runJob();
    await runJob();
    expect(await recordedOf(atOnce)).toMatchObject(expected);
    expect(await recordedOf(later)).toMatchObject(expected);
  });
});
