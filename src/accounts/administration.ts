import {
  type Clock,
  type Outcome,
  accepted,
  parseEmailAddress,
  refused,
} from "../foundation/index.ts";
import type { Person } from "../house/index.ts";
import type { Account, AccountState, StaffRole } from "./account.ts";
import type { AccountStore } from "./account-store.ts";
import type { Database, Transaction } from "../storage/index.ts";

/** Why an operator's act on an account is refused. */
export type AdministrationReason = "email-malformed" | "account-unknown" | "account-unchanged";

/** What operators do with accounts. Every act that takes something away is announced: sessions and tokens end. */
export interface Administration {
  /** A page of accounts ordered by address, after `after`. */
  readonly list: (after: string, limit: number) => Promise<Account[]>;
  readonly find: (typedEmail: string) => Promise<Outcome<Account, AdministrationReason>>;
  readonly setState: (
    typedEmail: string,
    state: AccountState,
  ) => Promise<Outcome<Account, AdministrationReason>>;
  /** Ends every session and token, and all that was proven and is still on its way. */
  readonly endSessions: (account: Pick<Account, "sub">) => Promise<void>;
  /** Erases who it was; its accesses keep their history. */
  readonly erase: (typedEmail: string) => Promise<Outcome<Account, AdministrationReason>>;
  readonly staff: () => Promise<Account[]>;
  readonly setRole: (
    typedEmail: string,
    role: StaffRole | undefined,
  ) => Promise<Outcome<Account, AdministrationReason>>;
}

/** What administration is built of. */
export interface AdministrationParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly accounts: AccountStore;
  /** Told once the register says so: the room above ends the sessions of the account. */
  readonly onCredentialsChanged: (sub: string) => Promise<void>;
  /** Told in the transaction in which an account is disabled: what it writes stands or falls with it. */
  readonly disabledWithin?:
    ((transaction: Transaction, account: Account) => Promise<void>) | undefined;
  /** Erases the person from every table that keeps something of them, but the account's own row. */
  readonly eraseTraces: (transaction: Transaction, person: Person) => Promise<void>;
}

/** Builds administration on its tables. */
export function createAdministration(parts: AdministrationParts): Administration {
  const { accounts, clock } = parts;
  const find: Administration["find"] = async (typedEmail) => {
    const email = parseEmailAddress(typedEmail);
    if (!email) return refused({ field: "email", reason: "email-malformed" });
    const found = await accounts.findByEmail(email);
    return found ? accepted(found.account) : refused({ field: "email", reason: "account-unknown" });
  };
  const change = async (
    typedEmail: string,
    write: (account: Account) => Promise<boolean>,
  ): Promise<Outcome<Account, AdministrationReason>> => {
    const found = await find(typedEmail);
    if (!found.accepted) return found;
    return (await write(found.value)) ? found : refused({ reason: "account-unchanged" });
  };
  return {
    find,
    list: (after, limit) => accounts.list(after, limit),
    staff: () => accounts.listStaff(),
    setState: async (typedEmail, state) => {
      const outcome = await change(typedEmail, (account) => writeState(parts, account, state));
      if (outcome.accepted && state === "disabled")
        await parts.onCredentialsChanged(outcome.value.sub);
      return outcome;
    },
    endSessions: async ({ sub }) => {
      await accounts.renewCredentials(sub, clock.epochSeconds());
      await parts.onCredentialsChanged(sub);
    },
    erase: async (typedEmail) => {
      const outcome = await change(typedEmail, (account) => eraseAccount(parts, account));
      if (outcome.accepted) await parts.onCredentialsChanged(outcome.value.sub);
      return outcome;
    },
    setRole: (typedEmail, role) =>
      change(typedEmail, ({ email }) => accounts.setRole(email, role, clock.epochSeconds())),
  };
}

async function writeState(
  { database, accounts, clock, disabledWithin }: AdministrationParts,
  account: Account,
  state: AccountState,
): Promise<boolean> {
  return database.transaction(async (transaction) => {
    const bound = accounts.within(transaction);
    const written = await bound.setState(account.email, state, clock.epochSeconds());
    if (written && state === "disabled") await disabledWithin?.(transaction, account);
    return written;
  });
}

async function eraseAccount(parts: AdministrationParts, account: Account): Promise<boolean> {
  return parts.database.transaction((transaction) => eraseWithin(parts, transaction, account));
}

/** Erases who an account was, in every room that keeps something of it. @returns false when it is gone */
export async function eraseWithin(
  parts: AdministrationParts,
  transaction: Transaction,
  account: Account,
): Promise<boolean> {
  await parts.eraseTraces(transaction, account);
  const now = parts.clock.epochSeconds();
  return parts.accounts.within(transaction).erase(account.email, now);
}
