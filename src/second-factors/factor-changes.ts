import type { Account, AccountStore } from "../accounts/index.ts";
import type { Clock, EmailAddress, Locale, Random } from "../foundation/index.ts";
import type { Database, Transaction } from "../storage/index.ts";
import { PasskeyStore } from "./passkey-store.ts";
import { RecoveryCodeStore } from "./recovery-code-store.ts";
import { newRecoveryCodes, recoveryCodeDigest } from "./recovery-codes.ts";
import { TotpStore } from "./totp-store.ts";

/** What follows a factor that is turned on or off, in the transaction that does it: codes, and a letter. */
export interface FactorChanges {
  /** @returns new recovery codes when the person holds none that is good */
  readonly turnedOn: (
    transaction: Transaction,
    account: Account,
  ) => Promise<readonly string[] | undefined>;
  /**
   * Recovery codes of no factor are good for nothing: they go with the last one. What was proven before is void: it was
   * proven by what is gone, or by who may hold it.
   * @returns the account as it is then
   */
  readonly turnedOff: (transaction: Transaction, account: Account) => Promise<Account>;
  /** Ten new recovery codes; every older one is void. */
  readonly renewCodes: (transaction: Transaction, account: Account) => Promise<readonly string[]>;
}

/** A letter to write into the outbox, in the transaction of the change it announces. */
export type EnqueueFactorLetter = (
  transaction: Transaction,
  letter: {
    readonly to: EmailAddress;
    readonly accountSub: string;
    readonly letter: "second-factors/turned-on" | "second-factors/turned-off";
    readonly locale: Locale;
    readonly model: object;
  },
) => Promise<void>;

/** What the changes are made with. */
export interface FactorChangeParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
  readonly accounts: AccountStore;
  readonly enqueue: EnqueueFactorLetter;
  readonly contactUrl: string;
}

/** Builds the changes on the tables of this room. */
export function createFactorChanges(parts: FactorChangeParts): FactorChanges {
  const { clock, random } = parts;
  const codes = new RecoveryCodeStore(parts.database.knex);
  const renewCodes: FactorChanges["renewCodes"] = async (transaction, { sub }) => {
    const made = newRecoveryCodes(random);
    const digests = made.map((code) => recoveryCodeDigest(sub, code));
    await codes.within(transaction).replace(sub, digests, clock.epochSeconds());
    return made;
  };
  const tell = async (
    transaction: Transaction,
    { email, sub, locale }: Account,
    letter: "second-factors/turned-on" | "second-factors/turned-off",
  ) => {
    const model = { contactUrl: parts.contactUrl };
    await parts.enqueue(transaction, { to: email, accountSub: sub, letter, locale, model });
  };
  return {
    renewCodes,
    turnedOn: async (transaction, account) => {
      const left = await codes.within(transaction).countUnused(account.sub);
      const made = left === 0 ? await renewCodes(transaction, account) : undefined;
      await tell(transaction, account, "second-factors/turned-on");
      return made;
    },
    turnedOff: async (transaction, account) => {
      const totp = await new TotpStore(transaction).find(account.sub);
      const passkeys = await new PasskeyStore(transaction).list(account.sub);
      if (!totp && passkeys.length === 0) await codes.within(transaction).removeAll(account.sub);
      await tell(transaction, account, "second-factors/turned-off");
      const accounts = parts.accounts.within(transaction);
      return (await accounts.renewCredentials(account.sub, clock.epochSeconds())) ?? account;
    },
  };
}
