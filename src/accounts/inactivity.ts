import type { Clock } from "../foundation/index.ts";
import { type RecordedTransactionParts, recordedTransaction } from "../house/index.ts";
import { retentionSeconds } from "../operations/index.ts";
import type { Account } from "./account.ts";
import type { Enqueue } from "./account-letters.ts";
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
      const warned = [];
      for (const account of await store.listToWarn(before))
        if (await warn(parts, store, account, before, now)) warned.push(account);
      return warned.length;
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
      const erased = [];
      for (const account of await store.listToErase(before, now - inactivityNotice))
        if (await erase(parts, store, account, before)) erased.push(account);
      return erased.length;
    },
  };
}

async function warn(
  parts: InactivityParts,
  store: InactivityStore,
  account: Account,
  before: number,
  now: number,
): Promise<boolean> {
  const { sub, email, locale, clientId } = account;
  return recordedTransaction(parts, async (transaction, tell) => {
    if (!(await store.within(transaction).markWarned(account.id, before, now))) return false;
    await parts.enqueue(transaction, {
      to: email,
      accountSub: sub,
      letter: "accounts/inactivity",
      locale,
      model: {
        signInUrl: parts.startAgain(clientId, email),
        erasedOn: shownDay(now + inactivityNotice, locale),
      },
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
