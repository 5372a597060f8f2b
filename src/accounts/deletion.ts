import { type Clock, type Outcome, accepted } from "../foundation/index.ts";
import type { Person, RecordedTransactionParts } from "../house/index.ts";
import type { EventContext } from "../operations/index.ts";
import type { Transaction } from "../storage/index.ts";
import type { Account } from "./account.ts";
import type { AccountChangedWithin } from "./account-change.ts";
import type { Enqueue } from "./letter-ports.ts";
import type { AccountStore } from "./account-store.ts";
import { type Authority, onHeld } from "./administration.ts";
import { type Actor, type AuthorityReason, ownPerson } from "./authority.ts";

/** Which account to delete. */
export interface DeleteCommand {
  readonly account: Pick<Account, "sub">;
  /** Whoever it is: {@link ownPerson}, an admin, the operator, or the job, for its age. */
  readonly by: Actor;
  /** Why, a machine word for the audit. */
  readonly reason?: string | undefined;
  /** Where the request came from, for the audit. */
  readonly origin?: EventContext | undefined;
  /** Asked with the row held: nothing is deleted when it is no longer so. */
  readonly onlyIf?: ((transaction: Transaction, account: Account) => Promise<boolean>) | undefined;
}

/** Why nothing was deleted. `account-unchanged`: somebody else did, or it is no longer to be. */
export type DeletionReason = "account-unchanged" | AuthorityReason;

/** Deletes an account for good. @returns the SIRETs that were closed */
export type DeleteAccount = (
  command: DeleteCommand,
) => Promise<Outcome<readonly string[], DeletionReason>>;

/** What was closed in the transaction of a deletion. */
export interface ClosedWithin {
  readonly sirets: readonly string[];
  /** Tells the rooms above; to be called once the transaction is written. */
  readonly announce: () => Promise<void>;
}

/** What deleting is built of. */
export interface DeletionParts extends RecordedTransactionParts {
  readonly clock: Clock;
  readonly accounts: AccountStore;
  /** Closes everything that is open to it, with the mail to its address. The room above keeps accesses. */
  readonly closeAccesses: (
    transaction: Transaction,
    account: Account,
    closing: { readonly by: Actor; readonly reason: string },
  ) => Promise<ClosedWithin>;
  /** Told in the transaction, of an account that was active. */
  readonly disabledWithin?:
    ((transaction: Transaction, account: Account) => Promise<void>) | undefined;
  /** Told in the transaction of the change. */
  readonly changedWithin?: AccountChangedWithin | undefined;
  /** Erases the person from every table that keeps something of them, but the account's own row. */
  readonly eraseTraces: (transaction: Transaction, person: Person) => Promise<void>;
  readonly enqueue: Enqueue;
  readonly contactUrl: string;
  readonly onCredentialsChanged: (sub: string) => Promise<void>;
}

/**
 * The one deletion, for whoever asks: accesses are closed while there is an address to write to, with their mail, their
 * webhook and their logout tokens; then who it was is erased. One transaction: interrupted anywhere, nothing has happened, or
 * the jobs carry on what follows.
 */
export function createDeletion(parts: DeletionParts): DeleteAccount {
  return async ({ account: { sub }, by, reason, origin, onlyIf }) => {
    const isOwn = by === ownPerson;
    let closed: ClosedWithin | undefined;
    const authority: Authority = { by: isOwn ? "operator" : by, least: "admin" };
    const outcome = await onHeld(parts, sub, authority, async (held) => {
      const { bound, account, transaction, tell } = held;
      if (onlyIf && !(await onlyIf(transaction, account))) return false;
      const closing = { by: isOwn ? sub : by, reason: "compte supprimé" };
      closed = await parts.closeAccesses(transaction, account, closing);
      if (account.state === "active") await parts.disabledWithin?.(transaction, account);
      await parts.changedWithin?.(transaction, { kind: "deleted", account });
      await parts.eraseTraces(transaction, account);
      if (!(await bound.erase(account.email, parts.clock.epochSeconds())))
        throw new Error("an account that is held is not there to be erased");
      await announceDeletion(parts, transaction, account);
      const event = { name: "account-deleted", outcome: "accepted", subject: { sub } } as const;
      // Its place in the chain comes after: whoever holds the chain may wait for the events that were just erased.
      tell({ ...event, reason, ...origin, actor: isOwn ? undefined : by });
      return true;
    });
    if (!outcome.accepted) return outcome;
    await closed?.announce();
    await parts.onCredentialsChanged(sub);
    return accepted(closed?.sirets ?? []);
  };
}

/** The last letter to the address, whoever deleted the account: once it is sent, nothing of it is left. */
async function announceDeletion(
  { enqueue, contactUrl }: Pick<DeletionParts, "enqueue" | "contactUrl">,
  transaction: Transaction,
  { email, locale }: Account,
): Promise<void> {
  const letter = { letter: "accounts/deleted", locale, model: { contactUrl } } as const;
  await enqueue(transaction, { to: email, ...letter });
}
