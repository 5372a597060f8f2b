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
import { databases } from "../support/databases.ts";
import { fakeDate } from "../support/fake-date.ts";
import { type Person, newPerson, sirets } from "../support/person.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

/**
 * The register voids the sessions of an account in one transaction; the artifacts and the notices to clients
 * follow. Whatever dies in between, they follow later.
 */
describe.each(databases)("what a change of an account left undone, on $name", (kind) => {
  let provider: TestProvider;
  let person: Person;
  const changedAt = Date.now();

  beforeAll(async () => {
    provider = await startTestProvider(kind, {
      clients: { portal: { backchannel_logout_uri: "http://127.0.0.1:9/" } },
      environment: { PRIVATE_HOSTS: "127.0.0.1" },
    });
  });
  beforeEach(async () => {
    fakeDate(changedAt);
    person = await newPerson(provider, sirets[0]);
    const login = await provider.party("portal").login(person.browser);
    await person.signIn();
    await login.signedIn();
  });
  afterEach(() => {
    jest.restoreAllMocks();
    jest.useRealTimers();
  });
  afterAll(async () => {
    await provider.stop();
  });

  const sessions = async () => (await provider.application.artifacts.sessionsOf(person.sub)).length;
  const notices = async () => {
    const about = { account_sub: person.sub, channel: "back-channel-logout" };
    const rows: unknown[] = await provider.application.database.knex("outbox").where(about);
    return rows.length;
  };
  const repeat = () => provider.application.endings.repeat();
  const changes = {
    disabled: () =>
      provider.application.administration.setState(person.email, "disabled", "operator"),
    erased: () => provider.application.deleteAccount({ account: person, by: "operator" }),
    recovered: async () => {
      const { accounts, clock, onCredentialsChanged } = provider.application;
      const [account] = await accounts.findAllBySub([person.sub]);
      if (account) await accounts.setPassword(account, "a hash", clock.epochSeconds());
      await onCredentialsChanged(person.sub);
    },
  };

  it.each(Object.keys(changes) as (keyof typeof changes)[])(
    "is done a minute later and once, when the process died as an account was %s",
    async (change) => {
      const died = new Error("the process died");
      jest.spyOn(provider.application.artifacts, "describe").mockRejectedValue(died);
      await expect(changes[change]()).rejects.toThrow(died);
      jest.restoreAllMocks();
      expect([await sessions(), await notices()]).toEqual([1, 0]);
      fakeDate(changedAt + 60_000);
      expect(await repeat()).toBe(0);
      fakeDate(changedAt + 61_000);
      expect(await repeat()).toBe(1);
      expect([await sessions(), await notices()]).toEqual([0, 1]);
      expect(await repeat()).toBe(0);
    },
  );

  it("is nothing when all went well", async () => {
    await changes.disabled();
    expect([await sessions(), await notices()]).toEqual([0, 1]);
    fakeDate(changedAt + 61_000);
    expect(await repeat()).toBe(0);
  });

  it("is done for those behind one that fails again", async () => {
    const died = new Error("the artifacts are out of reach");
    const behind = await newPerson(provider);
    const { administration, artifacts, endings } = provider.application;
    const describing = jest.spyOn(artifacts, "describe").mockRejectedValue(died);
    for (const { email } of [person, behind])
      await expect(administration.setState(email, "disabled", "operator")).rejects.toThrow(died);
    describing.mockRestore();
    jest.spyOn(artifacts, "describe").mockRejectedValueOnce(died);
    fakeDate(changedAt + 61_000);
    await expect(endings.repeat()).rejects.toThrow(died);
    jest.restoreAllMocks();
    const due = await provider.application.database
      .knex("accounts")
      .where("endings_due", ">", 0)
      .pluck<string[]>("sub");
    expect(due).toEqual([person.sub]);
    expect(await repeat()).toBe(1);
  });

  it("stays due when the repetition fails too", async () => {
    const died = new Error("the artifacts are out of reach");
    const describing = jest
      .spyOn(provider.application.artifacts, "describe")
      .mockRejectedValue(died);
    await expect(changes.disabled()).rejects.toThrow(died);
    fakeDate(changedAt + 61_000);
    await expect(repeat()).rejects.toThrow(died);
    describing.mockRestore();
    expect(await repeat()).toBe(1);
    expect(await sessions()).toBe(0);
  });
});
