import type { Account, AccountStore } from "../accounts/index.ts";
import {
  type Clock,
  type EmailAddress,
  type Locale,
  type Outcome,
  type Random,
  accepted,
  refused,
} from "../foundation/index.ts";
import type { Database, Transaction } from "../storage/index.ts";
import type { Enrolled, FactorMethod } from "./factor-method.ts";
import { type FactorsChangedWithin, tellingFactors } from "./factors-told.ts";
import { PasskeyStore } from "./passkey-store.ts";
import { RecoveryCodeStore } from "./recovery-code-store.ts";
import { newRecoveryCodes, recoveryCodeDigest } from "./recovery-codes.ts";
import type { SealedValues } from "./sealed-values.ts";
import { createAdmission } from "./staff-enrolment.ts";
import { TotpStore } from "./totp-store.ts";

/** What follows a factor that is turned on or off, in the transaction that does it: codes, and a letter. */
export interface FactorChanges {
  /** Takes every factor and recovery code away. @returns whether there was one */
  readonly removeAll: (transaction: Transaction, accountSub: string) => Promise<boolean>;
  /**
   * Turns a factor on: judges who does, replaces what staff turned on by the password alone, writes it, and follows.
   * @param admission what {@link StaffEnrolment.check} gave, where it takes a code
   * @param write inserts it. @returns false when it is known already
   */
  readonly turnOn: (
    account: Account,
    admission: string | undefined,
    method: FactorMethod,
    write: (transaction: Transaction, staffTerm: string | undefined) => Promise<boolean>,
  ) => Promise<Outcome<Enrolled, "enrolment-code-missing" | "factor-known">>;
  /**
   * Recovery codes of no factor are good for nothing: they go with the last one. What was proven before is void: it was
   * proven by what is gone, or by who may hold it.
   * @returns the account as it is then
   */
  readonly turnedOff: (transaction: Transaction, account: Account) => Promise<Account>;
  /** Does what adds or takes factors away, and tells who listens what it was. */
  readonly telling: <Result>(
    transaction: Transaction,
    account: Account,
    by: "user" | "admin",
    work: () => Promise<Result>,
  ) => Promise<Result>;
  /** Ten new recovery codes; every older one is void. */
  readonly renewCodes: (transaction: Transaction, account: Account) => Promise<readonly string[]>;
  /** Somebody who gave the password goes on guessing: its owner is told. */
  readonly guessedAt: (account: Account) => Promise<void>;
}

/** The letters of this room: `views/mail/<name>.{txt,html}.ejs`. */
export type FactorLetterName =
  "second-factors/turned-on" | "second-factors/turned-off" | "second-factors/guessed-at";

/** A letter to write into the outbox, in the transaction of the change it announces. */
export type EnqueueFactorLetter = (
  transaction: Transaction,
  letter: {
    readonly to: EmailAddress;
    readonly accountSub: string;
    readonly letter: FactorLetterName;
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
  readonly sealed: SealedValues;
  /** Who writes with each change. */
  readonly changedWithin?: FactorsChangedWithin | undefined;
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
  const admit = createAdmission(parts);
  const renewCredentials = (transaction: Transaction, sub: string) =>
    parts.accounts.within(transaction).renewCredentials(sub, clock.epochSeconds());
  const removeAll: FactorChanges["removeAll"] = async (transaction, accountSub) => {
    const passkeys = new PasskeyStore(transaction);
    const hadPasskeys = (await passkeys.list(accountSub)).length > 0;
    const hadApplication = await new TotpStore(transaction).remove(accountSub);
    await passkeys.removeAll(accountSub);
    await codes.within(transaction).removeAll(accountSub);
    return hadApplication || hadPasskeys;
  };
  const tell = async (
    transaction: Transaction,
    { email, sub, locale }: Account,
    letter: FactorLetterName,
  ) => {
    const model = { contactUrl: parts.contactUrl };
    await parts.enqueue(transaction, { to: email, accountSub: sub, letter, locale, model });
  };
  const telling: FactorChanges["telling"] = (transaction, account, by, work) =>
    tellingFactors(parts.changedWithin, transaction, { account, by }, work);
  return {
    renewCodes,
    telling,
    guessedAt: (account) =>
      parts.database.transaction((transaction) =>
        tell(transaction, account, "second-factors/guessed-at"),
      ),
    removeAll,
    turnOn: (account, admission, method, write) =>
      parts.database.transaction(async (transaction) => {
        const admitted = await admit(transaction, account, admission);
        if (!admitted.accepted) return admitted;
        const { staffTerm, isFirst } = admitted.value;
        const replaced = await telling(transaction, account, "user", async () => {
          const isReplaced = isFirst && (await removeAll(transaction, account.sub));
          return { isReplaced, isWritten: await write(transaction, staffTerm) };
        });
        if (!replaced.isWritten) return refused({ reason: "factor-known" });
        const left = await codes.within(transaction).countUnused(account.sub);
        const recoveryCodes = left === 0 ? await renewCodes(transaction, account) : undefined;
        await tell(transaction, account, "second-factors/turned-on");
        const renewed = replaced.isReplaced
          ? await renewCredentials(transaction, account.sub)
          : undefined;
        return accepted({ method, recoveryCodes, renewed });
      }),
    turnedOff: async (transaction, account) => {
      const totp = await new TotpStore(transaction).find(account.sub);
      const passkeys = await new PasskeyStore(transaction).list(account.sub);
      if (!totp && passkeys.length === 0) await codes.within(transaction).removeAll(account.sub);
      await tell(transaction, account, "second-factors/turned-off");
      return (await renewCredentials(transaction, account.sub)) ?? account;
    },
  };
}
