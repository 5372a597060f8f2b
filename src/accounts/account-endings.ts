import { type Clock, attemptEach, seconds } from "../foundation/index.ts";
import { type RecordedTransactionParts, recordedTransaction } from "../house/index.ts";
import type { EventContext } from "../operations/index.ts";
import type { Account } from "./account.ts";
import { AccountEndingsStore, type DueEnding } from "./account-endings-store.ts";
import { AccountStore } from "./account-store.ts";
import type { Actor } from "./authority.ts";
import { InstallationStore } from "./installation-store.ts";

/** Ends what a person's sessions and tokens still are in the artifacts, once the register has voided them. */
export interface AccountEndings {
  /** After a change that voids them: the password, the address, a disabled or erased account, a second factor. */
  readonly onCredentialsChanged: (sub: string) => Promise<void>;
  /**
   * After a change of its own person that voids what was proven, but for the session that made it, which goes on under the
   * new credentials: ends the others.
   */
  readonly onReplaced: (account: Pick<Account, "sub">) => Promise<void>;
  /**
   * Ends what a crash left; any node may, at any time.
   * @param stopping breaks off before the next account
   * @returns how many accounts
   */
  readonly repeat: (stopping?: AbortSignal) => Promise<number>;
  /** Voids all that was proven of anybody, at once, and records it; {@link AccountEndings.endEverybodys} follows. */
  readonly renewEverybodys: (by: Actor, context?: EventContext) => Promise<void>;
  /**
   * Ends the sessions of before, account by account; who has signed in since stays. Any node may.
   * @param stopping breaks off before the next account; what it did is done again, which changes nothing
   * @returns how many accounts
   */
  readonly endEverybodys: (stopping?: AbortSignal) => Promise<number>;
}

/** What they are built of. */
export interface AccountEndingsParts extends RecordedTransactionParts {
  readonly clock: Clock;
  /** Ends everything of a person, and tells their clients. */
  readonly endAll: (sub: string) => Promise<void>;
  /** The same of the sessions alone that count no more. */
  readonly endVoid: (account: Account) => Promise<void>;
}

/** Longer than the request lives that does so at once. */
const leftAfterSeconds = seconds(60);
const accountsARun = 100;

/**
 * A change counts in the register, in its own transaction, that its endings are due, and they are settled when they are
 * done: clients hear of an end at least once, though the process may die in between.
 */
export function createAccountEndings(parts: AccountEndingsParts): AccountEndings {
  const store = new AccountEndingsStore(parts.database.knex);
  const installation = new InstallationStore(parts.database.knex);
  const end = async (due: DueEnding): Promise<void> => {
    await parts.endAll(due.sub);
    await store.settle(due);
  };
  return {
    onCredentialsChanged: async (sub) => {
      const due = await store.find(sub);
      // Nothing is due when the job has been faster.
      if (due) await end(due);
    },
    onReplaced: async ({ sub }) => {
      const due = await store.find(sub);
      if (due) await endReplaced(parts, store, due);
    },
    repeat: async (stopping) => {
      const now = parts.clock.epochSeconds();
      const left = await store.changedBefore(
        now - leftAfterSeconds,
        now + leftAfterSeconds,
        accountsARun,
      );
      await attemptEach(left, end, stopping);
      return left.length;
    },
    renewEverybodys: (by, context) =>
      recordedTransaction(parts, async (transaction, tell) => {
        await new InstallationStore(transaction).renewCredentials();
        tell({ name: "everybodys-sessions-ended", outcome: "accepted", actor: by, ...context });
      }),
    endEverybodys: (stopping) => endNextAccounts(installation, parts.endVoid, stopping),
  };
}

/** By the account as it is now: what came since is settled with it, and voids the session that goes on, too. */
async function endReplaced(
  { database, endAll, endVoid }: AccountEndingsParts,
  store: AccountEndingsStore,
  due: DueEnding,
): Promise<void> {
  const [account] = await new AccountStore(database.knex).findAllBySub([due.sub]);
  await (account ? endVoid(account) : endAll(due.sub));
  await store.settle(due);
}

/** The next accounts of those whose sessions end because everybody's do; how far that came is kept. */
async function endNextAccounts(
  installation: InstallationStore,
  endVoid: (account: Account) => Promise<void>,
  stopping?: AbortSignal,
): Promise<number> {
  const from = await installation.ended();
  if (from.through === undefined) return 0;
  const accounts = await installation.accountsAfter(from.through, accountsARun);
  await attemptEach(accounts, endVoid, stopping);
  if (stopping?.aborted) return 0;
  await installation.keepEndedThrough(from, accounts.at(-1)?.id);
  return accounts.length;
}
