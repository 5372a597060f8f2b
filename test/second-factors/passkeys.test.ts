import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import type { Account } from "../../src/accounts/index.ts";
import { databases } from "../support/databases.ts";
import { fakeDate } from "../support/fake-date.ts";
import { newPerson } from "../support/person.ts";
import { type Misbehaviour, softwareAuthenticator } from "../support/software-authenticator.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

describe.each(databases)("passkeys, on $name", (kind) => {
  let provider: TestProvider;

  beforeAll(async () => {
    provider = await startTestProvider(kind);
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  afterAll(async () => {
    await provider.stop();
  });

  const passkeys = () => provider.application.secondFactors.passkeys;
  const newDevice = () => softwareAuthenticator(provider.issuer);
  const reasonOf = (outcome: { accepted: boolean; problems?: readonly { reason: string }[] }) =>
    outcome.problems?.[0]?.reason;

  async function newAccount(): Promise<Account> {
    const { email } = await newPerson(provider);
    const found = await provider.application.administration.find(email);
    if (!found.accepted) throw new Error(`no account ${email}`);
    return found.value;
  }

  /** Somebody with a passkey on a device of theirs. */
  async function enrolled() {
    const account = await newAccount();
    const device = newDevice();
    const request = await passkeys().proposeEnrolment(account);
    const outcome = await passkeys().enrol(account, device.create(request), "Téléphone");
    expect(outcome.accepted).toBe(true);
    return { account, device };
  }

  async function requestOf({ sub }: Account) {
    const request = await passkeys().proposeCheck(sub);
    if (!request) throw new Error("no passkey to ask for");
    return request;
  }

  it("are made of a device's answer, with recovery codes, and listed under their name", async () => {
    const account = await newAccount();
    const device = newDevice();
    const request = await passkeys().proposeEnrolment(account);
    expect(request.options).toMatchObject({
      rp: { id: "localhost", name: "l'Opcommerce" },
      authenticatorSelection: { userVerification: "required" },
      attestation: "none",
      // Not the library's own list, which depends on Node's version.
      pubKeyCredParams: [-8, -7, -257].map((alg) => ({ alg, type: "public-key" })),
    });
    const outcome = await passkeys().enrol(account, device.create(request), "  Ma\u0000 clé  ");
    expect(outcome).toMatchObject({ accepted: true, value: { method: "hwk" } });
    expect(outcome.accepted && outcome.value.recoveryCodes).toHaveLength(10);
    expect(await passkeys().list(account.sub)).toMatchObject([
      { credentialId: device.credentialId, name: "Ma clé", synchronised: false, counter: 1 },
    ]);
    expect(await provider.application.secondFactors.has(account.sub)).toBe(true);
    const again = await passkeys().proposeEnrolment(account);
    expect(again.options.excludeCredentials).toMatchObject([{ id: device.credentialId }]);
    expect(reasonOf(await passkeys().enrol(account, device.create(again), ""))).toBe(
      "passkey-known",
    );
  });

  it("are called by no more than 1023 bytes, as many as a use of them may name", async () => {
    const account = await newAccount();
    const made = async (bytes: number) => {
      const request = await passkeys().proposeEnrolment(account);
      const device = softwareAuthenticator(provider.issuer, bytes);
      return { device, outcome: await passkeys().enrol(account, device.create(request), "") };
    };
    for (const bytes of [1024, 4000])
      expect(reasonOf((await made(bytes)).outcome)).toBe("passkey-refused");
    const { device, outcome } = await made(1023);
    expect(outcome.accepted).toBe(true);
    const used = await passkeys().check(account, device.use(await requestOf(account)));
    expect(used.accepted).toBe(true);
  });

  it("are used again and again, each time with a challenge of its own", async () => {
    const { account, device } = await enrolled();
    for (let time = 0; time < 3; time += 1) {
      const outcome = await passkeys().check(account, device.use(await requestOf(account)));
      expect(outcome).toEqual({ accepted: true, value: "hwk" });
    }
    expect((await passkeys().list(account.sub))[0]).toMatchObject({
      counter: 4,
      lastUsedAt: expect.any(Number),
    });
  });

  const bent: [string, Misbehaviour][] = [
    ["another origin", { origin: "https://evil.example" }],
    ["another port", { origin: "http://localhost:1" }],
    ["another host's passkey", { rpId: "evil.example" }],
    ["a person it did not recognise", { verifiesPerson: false }],
  ];

  it.each(bent)("are refused for %s, when made and when used", async (_name, misbehaviour) => {
    const account = await newAccount();
    const made = newDevice().create(await passkeys().proposeEnrolment(account), misbehaviour);
    expect(reasonOf(await passkeys().enrol(account, made, ""))).toBe("passkey-refused");
    expect(await provider.application.secondFactors.has(account.sub)).toBe(false);
    const owner = await enrolled();
    const used = owner.device.use(await requestOf(owner.account), misbehaviour);
    expect(reasonOf(await passkeys().check(owner.account, used))).toBe("passkey-refused");
  });

  it.each([0, 1])("are refused when a copy counts to %i again", async (counter) => {
    const { account, device } = await enrolled();
    const copied = device.use(await requestOf(account), { counter });
    expect(reasonOf(await passkeys().check(account, copied))).toBe("passkey-counter-back");
    const { entries } = await provider.application.audit.page(
      { person: { sub: account.sub }, name: "passkey-counter-went-back" },
      { limit: 5 },
    );
    expect(entries).toMatchObject([{ outcome: "refused" }]);
  });

  it("sign in alone again once used beside the password that is the account's, and not beside one of before", async () => {
    const { account, device } = await enrolled();
    const { accounts, database, clock } = provider.application;
    const owned = () => database.knex("passkeys").where({ account_sub: account.sub });
    await accounts.renewCredentials(account.sub, clock.epochSeconds());
    await owned().update({ signs_in_alone: false });
    const [now] = await accounts.findAllBySub([account.sub]);
    if (!now) throw new Error("no account");
    const alone = [];
    // The one of before was given, and its answer is under way while the password is recovered.
    for (const proven of [account, now]) {
      const used = await passkeys().check(proven, device.use(await requestOf(account)));
      expect(used.accepted).toBe(true);
      const [row] = await owned().select<{ signs_in_alone: boolean | number }[]>("signs_in_alone");
      alone.push(Boolean(row?.signs_in_alone));
    }
    expect(alone).toEqual([false, true]);
  });

  it("answer a challenge once, neither another's nor one of another purpose", async () => {
    const { account, device } = await enrolled();
    const answer = device.use(await requestOf(account));
    expect((await passkeys().check(account, answer)).accepted).toBe(true);
    expect(reasonOf(await passkeys().check(account, answer))).toBe("passkey-expired");
    const other = await enrolled();
    const others = { ...device.use(await requestOf(account)) };
    expect(reasonOf(await passkeys().check(other.account, others))).toBe("passkey-expired");
    const enrolment = await passkeys().proposeEnrolment(account);
    expect(reasonOf(await passkeys().check(account, device.use(enrolment)))).toBe(
      "passkey-expired",
    );
  });

  it("let one of fifty parallel uses of one answer in", async () => {
    const { account, device } = await enrolled();
    const answer = device.use(await requestOf(account));
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, () => passkeys().check(account, answer)),
    );
    expect(outcomes.filter(({ accepted }) => accepted)).toHaveLength(1);
  });

  it("are one person's: another's passkey is refused", async () => {
    const { account } = await enrolled();
    const stranger = await enrolled();
    const answer = stranger.device.use(await requestOf(account));
    expect(reasonOf(await passkeys().check(account, answer))).toBe("passkey-refused");
  });

  it("answer within ten minutes, to the second", async () => {
    const { account, device } = await enrolled();
    const now = Math.floor(Date.now() / 1000) * 1000;
    fakeDate(now);
    const [first, second] = [await requestOf(account), await requestOf(account)];
    fakeDate(now + 599_000);
    expect((await passkeys().check(account, device.use(first))).accepted).toBe(true);
    fakeDate(now + 600_000);
    expect(reasonOf(await passkeys().check(account, device.use(second)))).toBe("passkey-expired");
  });

  it("keep the marks of used challenges as long as these would be good, and no longer", async () => {
    const now = Math.floor(Date.now() / 1000) * 1000;
    fakeDate(now);
    const { account, device } = await enrolled();
    const answer = device.use(await requestOf(account));
    await passkeys().check(account, answer);
    fakeDate(now + 599_000);
    // Those of the tests before are older, and go.
    await passkeys().purge();
    expect(await passkeys().purge()).toBe(0);
    expect(reasonOf(await passkeys().check(account, answer))).toBe("passkey-expired");
    fakeDate(now + 600_000);
    expect(await passkeys().purge()).toBeGreaterThanOrEqual(2);
    expect(reasonOf(await passkeys().check(account, answer))).toBe("passkey-expired");
  });

  it("are not counted: nobody guesses them, and guessed codes keep nobody from them", async () => {
    const { account, device } = await enrolled();
    const { secondFactors } = provider.application;
    const guesses = Array.from({ length: 7 }, () =>
      secondFactors.check(account, "123456", { browserSecret: undefined }),
    );
    const reasons = (await Promise.all(guesses)).map(reasonOf);
    expect(reasons.filter((reason) => reason === "too-many-attempts")).toHaveLength(2);
    const nonsense = { credential: "{}", challenge: "x" };
    expect(reasonOf(await passkeys().check(account, nonsense))).toBe("passkey-expired");
    const answer = device.use(await requestOf(account));
    expect((await passkeys().check(account, answer)).accepted).toBe(true);
  });

  it("go one by one, and the recovery codes with the last", async () => {
    const { account, device } = await enrolled();
    const second = newDevice();
    const request = await passkeys().proposeEnrolment(account);
    const outcome = await passkeys().enrol(account, second.create(request), "");
    expect(outcome).toMatchObject({ value: { recoveryCodes: undefined } });
    const left = async () =>
      (await provider.application.secondFactors.held(account.sub)).recoveryCodesLeft;
    const other = await enrolled();
    expect(reasonOf(await passkeys().remove(other.account, device.credentialId))).toBe(
      "factor-unknown",
    );
    const removed = await passkeys().remove(account, device.credentialId);
    if (!removed.accepted) throw new Error(removed.problems[0].reason);
    expect(await left()).toBe(10);
    // In the session that goes on: of the older one nothing more is taken away.
    expect(reasonOf(await passkeys().remove(account, second.credentialId))).toBe("proof-void");
    expect((await passkeys().remove(removed.value, second.credentialId)).accepted).toBe(true);
    expect(await left()).toBe(0);
    expect(await passkeys().proposeCheck(account.sub)).toBeUndefined();
    expect(await provider.application.secondFactors.has(account.sub)).toBe(false);
  });

  it("are erased with the account", async () => {
    const { account } = await enrolled();
    await provider.application.deleteAccount({ account, by: "operator" });
    expect(await passkeys().list(account.sub)).toEqual([]);
  });
});
