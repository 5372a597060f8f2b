import { type Clock, attemptEach } from "../foundation/index.ts";
import { type RecordedTransactionParts, recordedTransaction } from "../house/index.ts";
import { retentionSeconds } from "../operations/index.ts";
import type { Account } from "./account.ts";
import type { Enqueue } from "./letter-ports.ts";
import type { Share } from "../storage/index.ts";
import type { DeleteAccount } from "./deletion.ts";
import { InactivityStore } from "./inactivity-store.ts";
import type { StartAgain } from "./journey.ts";
import { shownDay } from "./shown-dates.ts";

/** What ending unused accounts needs. */
export interface InactivityParts extends RecordedTransactionParts {
  readonly clock: Clock;
  readonly deleteAccount: DeleteAccount;
  readonly enqueue: Enqueue;
  readonly startAgain: StartAgain;
  readonly contactUrl: string;
}

/** Ends accounts that nobody uses, as the table of durations says: a warning by mail, then erasure. */
export interface Inactivity {
  /** Warns by mail, once, a person who signs in keeps the account. @returns how many */
  readonly warn: () => Promise<number>;
  /** Of all accounts, those that are to be warned now, and to be erased. */
  readonly share: (which: "to-warn" | "to-erase") => Promise<Share>;
  /** Erases what was warned long enough ago and is still unused. @returns how many */
  readonly erase: () => Promise<number>;
}

const { inactiveAccounts, inactivityNotice } = retentionSeconds;

/** Builds it on the accounts. Both jobs are safe on several nodes: one conditional statement decides each. */
export function createInactivity(parts: InactivityParts): Inactivity {
  const { clock } = parts;
  const store = new InactivityStore(parts.database.knex);
  return {
    warn: async () => {
      const now = clock.epochSeconds();
      const before = now - inactiveAccounts + inactivityNotice;
      return countEach(await store.listToWarn(before), (account) =>
        warn(parts, store, account, before, now),
      );
    },
    share: (which) => {
      const now = clock.epochSeconds();
      const before = now - inactiveAccounts;
      return which === "to-warn"
        ? store.share(before + inactivityNotice, which)
        : store.share(before, which, now - inactivityNotice);
    },
    erase: async () => {
      const now = clock.epochSeconds();
      const before = now - inactiveAccounts;
      return countEach(await store.listToErase(before, now - inactivityNotice), (account) =>
        erase(parts, store, account, before),
      );
    },
  };
}

/** One that fails holds up no other. @returns how many were done */
async function countEach(
  accounts: readonly Account[],
  act: (account: Account) => Promise<boolean>,
): Promise<number> {
  let count = 0;
  await attemptEach(accounts, async (account) => {
    if (await act(account)) count += 1;
  });
  return count;
}

async function warn(
  parts: InactivityParts,
  store: InactivityStore,
  account: Account,
  before: number,
  now: number,
): Promise<boolean> {
  const { sub, email, locale, clientId, state } = account;
  // Who is disabled cannot sign in: they ask.
  const way =
    state === "disabled"
      ? { contactUrl: parts.contactUrl }
      : { signInUrl: parts.startAgain(clientId, email) };
  return recordedTransaction(parts, async (transaction, tell) => {
    if (!(await store.within(transaction).markWarned(account.id, before, now))) return false;
    await parts.enqueue(transaction, {
      to: email,
      accountSub: sub,
      letter: "accounts/inactivity",
      locale,
      model: { ...way, erasedOn: shownDay(now + inactivityNotice, locale) },
    });
    tell({ name: "inactivity-warned", outcome: "accepted", subject: { sub } });
    return true;
  });
}

async function erase(
  parts: InactivityParts,
  store: InactivityStore,
  account: Account,
  before: number,
): Promise<boolean> {
  const outcome = await parts.deleteAccount({
    account,
    by: "retention",
    reason: "inactivity",
    onlyIf: (transaction, { id }) => store.within(transaction).hold(id, before),
  });
  return outcome.accepted;
}
