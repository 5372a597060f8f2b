import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { AccountImportStore } from "../../src/accounts/account-import-store.ts";
import { databases } from "../support/databases.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

describe.each(databases)("a list of accounts beside sign-ups, on $name", (kind) => {
  let provider: TestProvider;

  beforeAll(async () => {
    provider = await startTestProvider(kind);
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });
  afterAll(async () => {
    await provider.stop();
  });

  /** Between what the list is judged by and its writing; on SQLite, which lets nobody write in between, before. */
  const signsUpBeside = async (email: string) => {
    if (kind.name === "SQLite") return provider.addAccount(email);
    const spy = jest.spyOn(AccountImportStore.prototype, "taken");
    spy.mockImplementationOnce(async () => {
      await provider.addAccount(email);
      return [];
    });
  };
  const carryOut = (...people: readonly object[]) => {
    const file = Buffer.from(people.map((each) => `${JSON.stringify(each)}\n`).join(""));
    return provider.application.importAccounts({ file, by: "operator", dryRun: false });
  };
  const named = { given_name: "Zoé", family_name: "Moulin" };

  it("leaves who signed up at that moment as they are, and makes the others", async () => {
    await signsUpBeside("zoe@cfa.test");
    const list = ["zoe@cfa.test", "lea@cfa.test"].map((email) => ({ email, ...named }));
    const done = await carryOut(...list);
    expect(done.isDone).toBe(true);
    expect(done.made.map(({ email }) => email)).toEqual(["lea@cfa.test"]);
    expect(done.already.map(({ line }) => line.email)).toEqual(["zoe@cfa.test"]);
  });

  it("is refused when it names another identifier for the address, and makes nobody", async () => {
    await signsUpBeside("paul@cfa.test");
    const sub = "crm-1";
    const refused = await carryOut(
      { sub, email: "paul@cfa.test", ...named },
      { sub: "crm-2", email: "eva@cfa.test", ...named },
    );
    expect(refused).toMatchObject({
      isDone: false,
      problems: [{ line: 1, reason: "email-taken" }],
    });
    expect(await provider.application.accounts.findAllBySub([sub, "crm-2"])).toEqual([]);
  });
});
