import {
  type Clock,
  type Outcome,
  accepted,
  parseEmailAddress,
  refused,
} from "../foundation/index.ts";
import {
  type RecordedTransactionParts,
  type TellEvent,
  recordedTransaction,
} from "../house/index.ts";
import type { EventName, EventContext, SecurityEvent } from "../operations/index.ts";
import type { Transaction } from "../storage/index.ts";
import type { Account, AccountState, StaffRole } from "./account.ts";
import type { AccountChangedWithin } from "./account-change.ts";
import type { AccountStore } from "./account-store.ts";
import { type Actor, type AuthorityReason, authorityProblem, isPerson } from "./authority.ts";
import type { Recovery } from "./recovery.ts";

/** Why an operator's act on an account is refused. */
export type AdministrationReason =
  "email-malformed" | "account-unknown" | "account-unchanged" | AuthorityReason;

/** What came of an act: the account as it was before. */
export type Administered = Outcome<Account, AdministrationReason>;

/**
 * What operators and staff do with accounts. Who may is judged in each act, with the rows of both held. Every act is written with
 * its event, but for a letter that is asked for; what takes something away is announced: sessions and tokens end.
 */
export interface Administration {
  /** A page of accounts ordered by address, after `after`. */
  readonly list: (after: string, limit: number) => Promise<Account[]>;
  readonly find: (
    typedEmail: string,
  ) => Promise<Outcome<Account, "email-malformed" | "account-unknown">>;
  readonly setState: (
    typedEmail: string,
    state: AccountState,
    by: Actor,
    context?: EventContext,
  ) => Promise<Administered>;
  /** Ends every session and token, and all that was proven and is still on its way. */
  readonly endSessions: (
    typedEmail: string,
    by: Actor,
    context?: EventContext,
  ) => Promise<Administered>;
  /** Says whether `by` may act on it at all, where another room carries the act out. */
  readonly judged: (typedEmail: string, by: Actor) => Promise<Administered>;
  /** Asks for the letter with which the person sets a new password. */
  readonly askRecovery: (typedEmail: string, by: Actor) => Promise<Administered>;
  readonly staff: () => Promise<Account[]>;
  readonly setRole: (
    typedEmail: string,
    role: StaffRole | undefined,
    by: Actor,
    context?: EventContext,
  ) => Promise<Administered>;
}

/** What administration is built of. */
export interface AdministrationParts extends RecordedTransactionParts {
  readonly clock: Clock;
  readonly accounts: AccountStore;
  readonly recovery: Pick<Recovery, "request">;
  /** Told once the register says so: the room above ends the sessions of the account. */
  readonly onCredentialsChanged: (sub: string) => Promise<void>;
  /** Told in the transaction in which an account is disabled: what it writes stands or falls with it. */
  readonly disabledWithin?:
    ((transaction: Transaction, account: Account) => Promise<void>) | undefined;
  /** Told in the transaction of the change. */
  readonly changedWithin?: AccountChangedWithin | undefined;
}

/** Builds administration on its tables. */
export function createAdministration(parts: AdministrationParts): Administration {
  const { accounts } = parts;
  const endedBy = async (outcome: Administered): Promise<Administered> => {
    if (outcome.accepted) await parts.onCredentialsChanged(outcome.value.sub);
    return outcome;
  };
  const judged: Administration["judged"] = (typedEmail, by) =>
    act(parts, typedEmail, { by, least: "agent" }, () => Promise.resolve(true));
  return {
    find: (typedEmail) => findTyped(accounts, typedEmail),
    list: (after, limit) => accounts.list(after, limit),
    staff: () => accounts.listStaff(),
    setState: async (typedEmail, state, by, context) => {
      const write = writeState(parts, state, { by, context });
      const outcome = await act(parts, typedEmail, { by, least: "agent" }, write);
      return state === "disabled" ? endedBy(outcome) : outcome;
    },
    endSessions: async (typedEmail, by, context) => {
      const write = writeEnd(parts, { by, context });
      return endedBy(await act(parts, typedEmail, { by, least: "agent" }, write));
    },
    judged,
    askRecovery: async (typedEmail, by) => {
      const outcome = await judged(typedEmail, by);
      if (outcome.accepted) await parts.recovery.request(outcome.value.email, outcome.value);
      return outcome;
    },
    setRole: (typedEmail, role, by, context) =>
      act(parts, typedEmail, { by, least: "admin" }, writeRole(parts, role, { by, context })),
  };
}

/** An account whose row is held, and what an act on it is done with. */
export interface HeldAccount {
  readonly account: Account;
  readonly bound: AccountStore;
  readonly transaction: Transaction;
  /** Tells an event that is written with the act. */
  readonly tell: TellEvent;
}

/** @returns false where nothing was to be written */
type WriteHeld = (held: HeldAccount) => Promise<boolean>;

async function findTyped(
  accounts: AccountStore,
  typedEmail: string,
): Promise<Outcome<Account, "email-malformed" | "account-unknown">> {
  const email = parseEmailAddress(typedEmail);
  if (!email) return refused({ field: "email", reason: "email-malformed" });
  const found = await accounts.findByEmail(email);
  return found ? accepted(found.account) : refused({ field: "email", reason: "account-unknown" });
}

async function act(
  parts: AdministrationParts,
  typedEmail: string,
  authority: Authority,
  write: WriteHeld,
): Promise<Administered> {
  const found = await findTyped(parts.accounts, typedEmail);
  return found.accepted ? onHeld(parts, found.value.sub, authority, write) : found;
}

/** Who asks for an act, and whence. */
interface AskedBy {
  readonly by: Actor;
  readonly context: EventContext | undefined;
}

function eventOf(name: EventName, { sub }: Account, { by, context }: AskedBy): SecurityEvent {
  return { name, outcome: "accepted", subject: { sub }, actor: by, ...context };
}

function writeState(parts: AdministrationParts, state: AccountState, asked: AskedBy): WriteHeld {
  const kind = state === "disabled" ? "disabled" : "enabled";
  return async ({ bound, account, transaction, tell }) => {
    if (!(await bound.setState(account.email, state, parts.clock.epochSeconds()))) return false;
    if (kind === "disabled") await parts.disabledWithin?.(transaction, account);
    await parts.changedWithin?.(transaction, { kind, account, by: asked.by });
    tell(eventOf(`account-${kind}`, account, asked));
    return true;
  };
}

function writeEnd({ clock }: AdministrationParts, asked: AskedBy): WriteHeld {
  return async ({ bound, account, tell }) => {
    if (!(await bound.renewCredentials(account.sub, clock.epochSeconds()))) return false;
    tell(eventOf("session-ended", account, asked));
    return true;
  };
}

function writeRole(
  { clock }: AdministrationParts,
  role: StaffRole | undefined,
  asked: AskedBy,
): WriteHeld {
  return async ({ bound, account, tell }) => {
    if (!(await bound.setRole(account.email, role, clock.epochSeconds()))) return false;
    const name = role === undefined ? "staff-removed" : "staff-added";
    const which = role ?? account.role;
    tell({ ...eventOf(name, account, asked), ...(which && { details: { role: which } }) });
    return true;
  };
}

/** Who acts, and the least role that it takes. */
export interface Authority {
  readonly by: Actor;
  readonly least: StaffRole;
}

/**
 * One act on one account: a transaction that holds its row, and that of who acts, in one order. Of two admins who take each
 * other's role at the same moment one finds to have none any more. What it tells is written with it.
 */
export async function onHeld(
  parts: RecordedTransactionParts & Pick<AdministrationParts, "accounts">,
  sub: string,
  { by, least }: Authority,
  write: WriteHeld,
): Promise<Outcome<Account, "account-unchanged" | AuthorityReason>> {
  return recordedTransaction(parts, async (transaction, tell) => {
    const bound = parts.accounts.within(transaction);
    const held = await bound.hold([sub, ...(isPerson(by) ? [by] : [])]);
    const subject = held.find((account) => account.sub === sub);
    if (!subject) return refused({ reason: "account-unchanged" });
    const bearer = held.find((account) => account.sub === by);
    const why = authorityProblem({ actor: by, bearer, subject, least });
    if (why) return refused({ reason: why });
    const written = await write({ bound, account: subject, transaction, tell });
    return written ? accepted(subject) : refused({ reason: "account-unchanged" });
  });
}
