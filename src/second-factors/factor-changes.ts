import {
  type Account,
  type AccountStore,
  type Actor,
  type AuthorityReason,
  onHeld,
} from "../accounts/index.ts";
import { type Clock, type Outcome, type Random, accepted, refused } from "../foundation/index.ts";
import {
  type RecordedTransactionParts,
  type TellEvent,
  recordedTransaction,
} from "../house/index.ts";
import type { EventContext, EventName } from "../operations/index.ts";
import type { Transaction } from "../storage/index.ts";
import type { EnqueueFactorLetter, FactorLetterName } from "./factor-letters.ts";
import type { Enrolled, FactorMethod } from "./factor-method.ts";
import { factorsOf, removeAllFactors } from "./factor-rows.ts";
import { type FactorsChangedWithin, tellingFactors } from "./factors-told.ts";
import { PasskeyStore } from "./passkey-store.ts";
import { RecoveryCodeStore } from "./recovery-code-store.ts";
import { newRecoveryCodes, recoveryCodeDigest } from "./recovery-codes.ts";
import type { SealedValues } from "./sealed-values.ts";
import { type AdmissionReason, createAdmission } from "./staff-enrolment.ts";
import { TotpStore } from "./totp-store.ts";

/** What follows a factor that is turned on or off, in the transaction that does it: codes, a letter and its event. */
export interface FactorChanges {
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
    context?: EventContext,
  ) => Promise<Outcome<Enrolled, AdmissionReason | "factor-known">>;
  /**
   * Turns one factor off, as its person asks, with the row of the account held: of two who each take the last but one, the
   * second takes the last. Of staff that one stays until they said that they know.
   * @param credentialId that of a passkey; undefined for the application
   * @returns the account as it is then
   */
  readonly turnOff: (
    account: Account,
    credentialId: string | undefined,
    removal: Removal,
  ) => Promise<Outcome<Account, RemovalReason>>;
  /** Takes every factor away, as staff or the operator ask. @returns the account as it was; refused when there was none */
  readonly turnAllOff: (
    account: Pick<Account, "sub">,
    by: Actor,
    context?: EventContext,
  ) => Promise<Outcome<Account, "account-unchanged" | AuthorityReason>>;
  /** Ten new recovery codes; every older one is void. @returns undefined where no factor is turned on */
  readonly renewCodes: (
    account: Account,
    context?: EventContext,
  ) => Promise<readonly string[] | undefined>;
  /** Somebody who gave the password goes on guessing: its owner is told. */
  readonly guessedAt: (account: Account) => Promise<void>;
}

/**
 * Why a factor is not turned off. `last-factor`: staff are to say first that they know what it means; `proof-void`: what ended the
 * session of who asks came first.
 */
export type RemovalReason = "factor-unknown" | "last-factor" | "proof-void";

/** How a factor is turned off. */
export interface Removal {
  /** Whether its person was told what turning the last one off means, and said yes. */
  readonly mayBeLast: boolean;
  readonly context?: EventContext | undefined;
}

/** What the changes are made with. */
export interface FactorChangeParts extends RecordedTransactionParts {
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
  const { database } = parts;
  const codes = new RecoveryCodeStore(database.knex);
  const admit = createAdmission(parts);
  const removals = createRemovals(parts);
  return {
    ...removals,
    guessedAt: (account) =>
      database.transaction((transaction) =>
        tell(parts, transaction, account, "second-factors/guessed-at"),
      ),
    renewCodes: (account, context) => renewAsked(parts, account, context),
    turnOn: (account, admission, method, write, context) =>
      recordedTransaction(parts, async (transaction, told) => {
        const admitted = await admit(transaction, account, admission);
        if (!admitted.accepted) return admitted;
        const { staffTerm, isFirst } = admitted.value;
        const replaced = await telling(parts, transaction, { account, by: "user" }, async () => {
          const isReplaced = isFirst && (await removeAllFactors(transaction, account.sub));
          return { isReplaced, isWritten: await write(transaction, staffTerm) };
        });
        if (!replaced.isWritten) return refused({ reason: "factor-known" });
        record(told, "second-factor-added", account, context);
        const left = await codes.within(transaction).countUnused(account.sub);
        const recoveryCodes =
          left === 0 ? await renewCodes(parts, transaction, account) : undefined;
        await tell(parts, transaction, account, "second-factors/turned-on");
        const renewed = replaced.isReplaced
          ? await renewCredentials(parts, transaction, account.sub)
          : undefined;
        return accepted({ method, recoveryCodes, renewed });
      }),
  };
}

function createRemovals(parts: FactorChangeParts): Pick<FactorChanges, "turnOff" | "turnAllOff"> {
  return {
    turnOff: (account, credentialId, { mayBeLast, context }) =>
      recordedTransaction(parts, async (transaction, told) => {
        const held = await heldAsProven(parts, transaction, account);
        if (!held) return refused({ reason: "proof-void" });
        const factors = await factorsOf(transaction, held.sub);
        if (!factors.includes(credentialId)) return refused({ reason: "factor-unknown" });
        const isLast = factors.length === 1;
        if (isLast && held.role !== undefined && !mayBeLast)
          return refused({ reason: "last-factor" });
        await telling(parts, transaction, { account, by: "user" }, () =>
          credentialId === undefined
            ? new TotpStore(transaction).remove(held.sub)
            : new PasskeyStore(transaction).remove(held.sub, credentialId),
        );
        if (isLast) await new RecoveryCodeStore(transaction).removeAll(held.sub);
        record(told, "second-factor-removed", account, context);
        return accepted(await turnedOff(parts, transaction, account));
      }),
    turnAllOff: ({ sub }, by, context) =>
      onHeld(parts, sub, { by, least: "agent" }, async ({ account, transaction, tell: told }) => {
        const hadOne = await telling(parts, transaction, { account, by: "admin" }, () =>
          removeAllFactors(transaction, sub),
        );
        if (!hadOne) return false;
        await turnedOff(parts, transaction, account, "second-factors/reset");
        record(told, "second-factor-removed", account, context, by);
        return true;
      }),
  };
}

function record(
  told: TellEvent,
  name: EventName,
  { sub }: Account,
  context: EventContext | undefined,
  actor?: Actor,
): void {
  told({ name, outcome: "accepted", subject: { sub }, ...context, ...(actor && { actor }) });
}

/**
 * Holds the row of who asks. @returns undefined when their credentials are others by now: what ended their session while
 * this request was under way is stronger than it
 */
async function heldAsProven(
  { accounts }: Pick<FactorChangeParts, "accounts">,
  transaction: Transaction,
  { sub, credentials }: Account,
): Promise<Account | undefined> {
  const [held] = await accounts.within(transaction).hold([sub]);
  return held?.credentials === credentials ? held : undefined;
}

/** What was proven before is void: it was proven by what is gone, or by who may hold it. @returns the account as it is then */
async function turnedOff(
  parts: FactorChangeParts,
  transaction: Transaction,
  account: Account,
  letter: FactorLetterName = "second-factors/turned-off",
): Promise<Account> {
  await tell(parts, transaction, account, letter);
  return (await renewCredentials(parts, transaction, account.sub)) ?? account;
}

function renewCredentials(
  { accounts, clock }: FactorChangeParts,
  transaction: Transaction,
  sub: string,
): Promise<Account | undefined> {
  return accounts.within(transaction).renewCredentials(sub, clock.epochSeconds());
}

function renewAsked(
  parts: FactorChangeParts,
  account: Account,
  context: EventContext | undefined,
): ReturnType<FactorChanges["renewCodes"]> {
  return recordedTransaction(parts, async (transaction, told) => {
    // Two that come at once would each leave their ten.
    const held = await heldAsProven(parts, transaction, account);
    const factors = held ? await factorsOf(transaction, held.sub) : [];
    if (factors.length === 0) return undefined;
    record(told, "recovery-codes-renewed", account, context);
    return renewCodes(parts, transaction, account);
  });
}

async function renewCodes(
  { clock, random }: FactorChangeParts,
  transaction: Transaction,
  { sub }: Account,
): Promise<readonly string[]> {
  const made = newRecoveryCodes(random);
  const digests = made.map((code) => recoveryCodeDigest(sub, code));
  await new RecoveryCodeStore(transaction).replace(sub, digests, clock.epochSeconds());
  return made;
}

async function tell(
  { enqueue, contactUrl }: FactorChangeParts,
  transaction: Transaction,
  { email, sub, locale }: Account,
  letter: FactorLetterName,
): Promise<void> {
  await enqueue(transaction, { to: email, accountSub: sub, letter, locale, model: { contactUrl } });
}

/** Does what adds or takes factors away, and tells who listens what it was. */
function telling<Result>(
  { changedWithin }: FactorChangeParts,
  transaction: Transaction,
  about: { readonly account: Account; readonly by: "user" | "admin" },
  work: () => Promise<Result>,
): Promise<Result> {
  return tellingFactors(changedWithin, transaction, about, work);
}
