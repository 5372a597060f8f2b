import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Account } from "../../src/accounts/index.ts";
import { databases } from "../support/databases.ts";
import { newPerson } from "../support/person.ts";
import { softwareAuthenticator } from "../support/software-authenticator.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

/** What was voided while a request was under way changes no factor: the row that is held says so. */
describe.each(databases)("a factor, on $name", (kind) => {
  let provider: TestProvider;

  beforeAll(async () => {
    provider = await startTestProvider(kind);
  });
  afterAll(async () => {
    await provider.stop();
  });

  const now = () => Math.floor(Date.now() / 1000);
  const read = async (sub: string): Promise<Account> => {
    const [account] = await provider.application.accounts.findAllBySub([sub]);
    if (!account) throw new Error("no account");
    return account;
  };
  const passkeys = () => provider.application.secondFactors.passkeys;
  const turnOn = async (account: Account) => {
    const request = await passkeys().proposeEnrolment(account);
    const device = softwareAuthenticator(provider.issuer);
    return passkeys().enrol(account, device.create(request), "clé");
  };
  /** A request of this account is under way, and what ends its session comes first. */
  const overtaken = async (sub: string) => {
    const account = await read(sub);
    await provider.application.accounts.renewCredentials(sub, now());
    return account;
  };

  it("is not turned on by who was voided meanwhile", async () => {
    const { sub } = await newPerson(provider);
    // Nor is anybody told to give a code that they were never handed.
    expect(await turnOn(await overtaken(sub))).toEqual({
      ...{ accepted: false, problems: [{ reason: "proof-void" }] },
    });
    expect(await passkeys().list(sub)).toEqual([]);
    expect((await turnOn(await read(sub))).accepted).toBe(true);
  });

  it("is not turned off by who was voided meanwhile, nor are its codes renewed", async () => {
    const { sub } = await newPerson(provider);
    await turnOn(await read(sub));
    const [passkey] = await passkeys().list(sub);
    const id = passkey?.credentialId ?? "";
    const stale = await overtaken(sub);
    const removal = await passkeys().remove(stale, id, { mayBeLast: true });
    expect(removal).toMatchObject({ accepted: false, problems: [{ reason: "proof-void" }] });
    const codes = await provider.application.secondFactors.renewRecoveryCodes(stale);
    expect(codes.accepted).toBe(false);
    expect(await passkeys().list(sub)).toHaveLength(1);
    const renewed = await passkeys().remove(await read(sub), id, { mayBeLast: true });
    expect(renewed.accepted).toBe(true);
  });
});
