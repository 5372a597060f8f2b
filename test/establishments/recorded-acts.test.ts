import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { databases } from "../support/databases.ts";
import { fakeDate } from "../support/fake-date.ts";
import { type Person, newPerson, sirets } from "../support/person.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

const [one] = sirets;
const by = "operator";

describe.each(databases)("an act on $name whose process dies once it is written", (kind) => {
  let provider: TestProvider;
  let person: Person;

  beforeAll(async () => {
    provider = await startTestProvider(kind);
    person = await newPerson(provider);
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  afterAll(() => provider.stop());

  it("stands in the audit all the same", async () => {
    const { application } = provider;
    const { accesses, accounts, audit, database } = application;
    const [account] = await accounts.findAllBySub([person.sub]);
    if (!account) throw new Error("no account");
    await database.transaction((transaction) =>
      accesses.openWithin(transaction, [{ account, siret: one as never, by }]),
    );
    // Nobody announces it: the process has gone.
    const events = async () => {
      const about = { person: { sub: person.sub }, name: "access-opened" } as const;
      return (await audit.page(about, { limit: 10 })).entries;
    };
    expect(await events()).toEqual([]);
    fakeDate(Date.now() + 10_000);
    const job = application.jobs().find(({ name }) => name === "record-what-was-left");
    await job?.run(new AbortController().signal);
    expect(await events()).toMatchObject([{ actor: by, details: { siret: one } }]);
  });
});
