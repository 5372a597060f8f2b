import type { Account } from "../../src/accounts/index.ts";
import type { Person } from "./person.ts";
import { type SoftwareAuthenticator, softwareAuthenticator } from "./software-authenticator.ts";
import type { TestProvider } from "./test-provider.ts";

/** Turns a passkey of a device in software on for an account, as its own page does. */
export async function enrolPasskey(
  provider: TestProvider,
  { sub }: Pick<Person, "sub">,
  device = softwareAuthenticator(provider.issuer),
): Promise<{
  readonly device: SoftwareAuthenticator;
  readonly recoveryCodes: readonly string[];
}> {
  const { passkeys } = provider.application.secondFactors;
  const account = await accountOf(provider, sub);
  const request = await passkeys.proposeEnrolment(account);
  const outcome = await passkeys.enrol(account, device.create(request), "Téléphone");
  if (!outcome.accepted) throw new Error(outcome.problems[0].reason);
  return { device, recoveryCodes: outcome.value.recoveryCodes ?? [] };
}

/** The account of this subject, as it is now. */
export async function accountOf(provider: TestProvider, sub: string): Promise<Account> {
  const [account] = await provider.application.accounts.findAllBySub([sub]);
  if (!account) throw new Error(`no account ${sub}`);
  return account;
}
