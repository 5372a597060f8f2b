import {
  type Account,
  type AccountStore,
  type Actor,
  type AuthorityReason,
  type HeldAccount,
  onHeld,
} from "../accounts/index.ts";
import {
  type Clock,
  type Outcome,
  type Random,
  accepted,
  hours,
  refused,
} from "../foundation/index.ts";
import type { RecordedTransactionParts } from "../house/index.ts";
import type { EventContext } from "../operations/index.ts";
import type { Transaction } from "../storage/index.ts";
import type { Spending } from "../web/index.ts";
import type { CountCheck } from "./code-checks.ts";
import { EnrolmentCodeStore } from "./enrolment-code-store.ts";
import { newCode, readRecoveryCode, recoveryCodeDigest } from "./recovery-codes.ts";
import type { SealedValues } from "./sealed-values.ts";

/** Why a code that admits to the enrolment is refused. */
export type EnrolmentCodeReason =
  "enrolment-code-missing" | "enrolment-code-wrong" | "too-many-attempts";

/**
 * The first second factor of staff: whoever holds the password, or the mailbox, must not be able to turn it on. It takes a
 * code that somebody else of the staff, or the operator, hands over.
 */
export interface StaffEnrolment {
  /** Whether the account is of the staff and holds, now, a second factor that opens the back office. */
  readonly opens: (account: Account) => Promise<boolean>;
  /** Whether turning a factor on takes a code. */
  readonly asksCode: (account: Account) => Promise<boolean>;
  /**
   * Makes a code, the only one that is good from then on, for 24 hours, in this term and role.
   * @param by an admin, for somebody else, or the operator
   * @returns it, to be shown once; `account-unchanged` when the account is not of the staff, or needs none
   */
  readonly issue: (
    account: Pick<Account, "sub">,
    by: Actor,
    context?: EventContext,
  ) => Promise<Outcome<string, "account-unchanged" | AuthorityReason>>;
  /** Whether a code that was handed over is still good. */
  readonly isWaiting: (account: Account) => Promise<boolean>;
  /** Checks a code; it stays good until a factor is turned on. @returns what the form of the enrolment brings back */
  readonly check: (
    account: Account,
    typed: string,
    spending?: Spending,
  ) => Promise<Outcome<string, EnrolmentCodeReason>>;
  /** Whether what a form brought back still admits. */
  readonly admits: (account: Account, admission: string) => Promise<boolean>;
  /** Erases what is too old. @returns how many */
  readonly purge: () => Promise<number>;
}

/** What it is built of. */
export interface StaffEnrolmentParts extends RecordedTransactionParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly accounts: AccountStore;
  readonly sealed: SealedValues;
  readonly count: CountCheck;
}

const codeLifeSeconds = hours(24);

/** How long the page that follows the code may be looked at. */
const admissionLifeSeconds = hours(1);

/** Builds it on its table. */
export function createStaffEnrolment(parts: StaffEnrolmentParts): StaffEnrolment {
  const { clock, database, random } = parts;
  const codes = new EnrolmentCodeStore(database.knex);
  const opens: StaffEnrolment["opens"] = async (account) =>
    account.role !== undefined && codes.hasFactorOfTerm(account);
  return {
    opens,
    asksCode: async (account) => account.role !== undefined && !(await opens(account)),
    issue: async ({ sub }, by, context) => {
      const code = newCode(random);
      const outcome = await onHeld(parts, sub, { by, least: "admin" }, async (held) => {
        if (!(await writeCode(parts, held, code))) return false;
        const event = { name: "enrolment-code-issued", outcome: "accepted" } as const;
        held.tell({ ...event, subject: { sub }, actor: by, ...context });
        return true;
      });
      return outcome.accepted ? accepted(code) : outcome;
    },
    isWaiting: (account) => codes.isWaiting(account, clock.epochSeconds()),
    check: async (account, typed, spending) => {
      const field = "enrolment_code";
      if (typed.trim() === "") return refused({ field, reason: "enrolment-code-missing" });
      const code = readRecoveryCode(typed);
      if (code === undefined) return refused({ field, reason: "enrolment-code-wrong" });
      return parts.count(account, { browserSecret: undefined, spending }, async () => {
        const digest = recoveryCodeDigest(account.sub, code);
        if (!(await codes.isGood(account, digest, clock.epochSeconds())))
          return refused({ field, reason: "enrolment-code-wrong" as const });
        return accepted(parts.sealed.seal(admissionPlace(account), digest, admissionLifeSeconds));
      });
    },
    admits: async (account, admission) => {
      const digest = parts.sealed.open(admissionPlace(account), admission);
      return digest !== undefined && codes.isGood(account, digest, clock.epochSeconds());
    },
    purge: () => codes.purge(clock.epochSeconds()),
  };
}

/** @returns false, and nothing is written, for who is not of the staff, or has a factor of this term */
async function writeCode(
  { clock, random }: StaffEnrolmentParts,
  { bound, account, transaction }: HeldAccount,
  code: string,
): Promise<boolean> {
  const codes = new EnrolmentCodeStore(transaction);
  const { sub, role } = account;
  if (role === undefined) return false;
  const staffTerm = account.staffTerm ?? random.identifier();
  if (account.staffTerm === undefined) await bound.beginStaffTerm(sub, staffTerm);
  else if (await codes.hasFactorOfTerm(account)) return false;
  const createdAt = clock.epochSeconds();
  const digest = recoveryCodeDigest(sub, code);
  const expiresAt = createdAt + codeLifeSeconds;
  await codes.replace({ ...account, role, staffTerm }, { digest, createdAt, expiresAt });
  return true;
}

/** Who turns a factor on, judged in the transaction that does so. */
interface AdmittedToEnrol {
  /** The term in which the factor opens the back office; undefined for who is not of the staff. */
  readonly staffTerm: string | undefined;
  /** Whether a code was used, and so whatever was turned on before is to be replaced. */
  readonly isFirst: boolean;
}

/** Judges who turns a factor on, with the row of the account held. */
export type AdmitToEnrol = (
  transaction: Transaction,
  account: Pick<Account, "sub" | "credentials">,
  admission: string | undefined,
) => Promise<Outcome<AdmittedToEnrol, AdmissionReason>>;

/** Why nobody turns a factor on. `proof-void`: what ended the session of who asks came first. */
export type AdmissionReason = "enrolment-code-missing" | "proof-void";

/** The rule of {@link StaffEnrolment}, where a factor is written: whatever the page in front of it forgot. */
export function createAdmission(
  parts: Pick<StaffEnrolmentParts, "accounts" | "sealed" | "clock">,
): AdmitToEnrol {
  return async (transaction, { sub, credentials }, admission) => {
    const missing = { field: "enrolment_code", reason: "enrolment-code-missing" } as const;
    const [account] = await parts.accounts.within(transaction).hold([sub]);
    // A recovery that came first has voided whoever asks.
    if (account?.state !== "active" || account.credentials !== credentials)
      return refused({ reason: "proof-void" });
    const { role, staffTerm } = account;
    if (role === undefined) return accepted({ staffTerm: undefined, isFirst: false });
    const codes = new EnrolmentCodeStore(transaction);
    if (await codes.hasFactorOfTerm(account)) return accepted({ staffTerm, isFirst: false });
    const digest = parts.sealed.open(admissionPlace(account), admission ?? "");
    const isUsed =
      digest !== undefined && (await codes.consume(account, digest, parts.clock.epochSeconds()));
    return isUsed ? accepted({ staffTerm, isFirst: true }) : refused(missing);
  };
}

function admissionPlace({ sub }: Pick<Account, "sub">): string {
  return `staff-enrolment:${sub}`;
}
