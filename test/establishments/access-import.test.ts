import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  jest,
} from "@jest/globals";
import { AccountStore } from "../../src/accounts/index.ts";
import { createAccessImport } from "../../src/establishments/index.ts";
import { databases } from "../support/databases.ts";
import { type Register, createRegister, dinum, noon } from "./register.ts";

/** What a list is worth: `test/command-line/access-import.test.ts`. Here what changes while it is carried out. */
describe.each(databases)("A list of accesses on $name", ({ create }) => {
  let register: Register;

  beforeAll(async () => {
    register = await createRegister(create);
  });
  beforeEach(async () => {
    await register.clear();
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });
  afterAll(async () => {
    await register.drop();
  });

  it("opens nothing, and names the line, when an account is disabled after it was read", async () => {
    const { accesses, invitations, database } = register;
    for (const sub of ["camille", "dominique"]) await register.addAccount(sub);
    const clock = { epochSeconds: () => noon, epochMilliseconds: () => noon * 1000 };
    const accounts = new AccountStore(database.knex);
    const { run } = createAccessImport({ accounts, accesses, invitations, clock });
    const preview = accesses.preview.bind(accesses);
    jest.spyOn(accesses, "preview").mockImplementationOnce(async (command) => {
      const read = await preview(command);
      await database.knex("accounts").where({ sub: "dominique" }).update({ state: "disabled" });
      return read;
    });
    const list = ["camille", "dominique"].map((sub) => `${sub}@cfa.test,${dinum}`);
    const outcome = await run(["email,siret", ...list].join("\n"), "operator");
    expect(outcome).not.toHaveProperty("done");
    expect(outcome.preview.problems).toMatchObject([{ line: 3, reason: "account-not-active" }]);
    expect(await accesses.list()).toEqual([]);
    expect(register.letters).toEqual([]);
  });
});
