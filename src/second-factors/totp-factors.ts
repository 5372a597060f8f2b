import type { Account } from "../accounts/index.ts";
import {
  type Clock,
  type Encryption,
  type Outcome,
  type Random,
  hours,
  refused,
} from "../foundation/index.ts";
import type { EventContext, Logger } from "../operations/index.ts";
import type { Database, Transaction } from "../storage/index.ts";
import { type CodeReason, codeProblem, readDigits } from "./code-checks.ts";
import type { FactorChanges, Removal, RemovalReason } from "./factor-changes.ts";
import { type Enrolled } from "./factor-method.ts";
import type { SealedValues } from "./sealed-values.ts";
import type { AdmissionReason } from "./staff-enrolment.ts";
import { TotpStore } from "./totp-store.ts";
import { newTotpSecret, stepOfCode, totpAddress } from "./totp.ts";

/** Why an application is not turned on. */
export type EnrolmentReason = CodeReason | "enrolment-expired" | "factor-known" | AdmissionReason;

/** An application to be turned on: nothing is kept until a code proves that it has the secret. */
export interface TotpProposal {
  /** The shared secret in base32, to be typed where no camera is. */
  readonly secret: string;
  /** What the QR code says. */
  readonly address: string;
  /** What the form brings back. */
  readonly sealed: string;
}

/** Authenticator applications (RFC 6238), at most one a person. */
export interface TotpFactors {
  readonly propose: (account: Account) => TotpProposal;
  /** What an earlier page proposed, to be shown again; undefined when that is too long ago. */
  readonly proposed: (account: Account, sealed: string) => TotpProposal | undefined;
  /**
   * Turns the application on, once a code proves it; the code is used up.
   * @param admission what admits staff to turn their first factor on
   */
  readonly enrol: (
    account: Account,
    form: { readonly code: string; readonly enrolment: string },
    admission?: string,
    context?: EventContext,
  ) => Promise<Outcome<Enrolled, EnrolmentReason>>;
  /** Uses a code up. @returns why it is refused */
  readonly use: (accountSub: string, code: string) => Promise<CodeReason | undefined>;
  /** @returns the account as it is then: what was proven before is void */
  readonly remove: (
    account: Account,
    removal?: Removal,
  ) => Promise<Outcome<Account, RemovalReason>>;
}

/** What they are built of. */
export interface TotpFactorParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
  readonly encryption: Encryption;
  readonly logger: Pick<Logger, "error">;
  readonly sealed: SealedValues;
  readonly changes: FactorChanges;
  readonly onCredentialsChanged: (sub: string) => Promise<void>;
}

/** How long the secret that a page proposes may be turned on. */
export const proposalLifeSeconds = hours(1);

/** Builds them on their table. */
export function createTotpFactors(parts: TotpFactorParts): TotpFactors {
  const { clock, database, sealed } = parts;
  const totps = new TotpStore(database.knex);
  return {
    propose: (account) => {
      const secret = newTotpSecret(parts.random);
      const place = proposalPlace(account.sub);
      return proposalOf(account, secret, sealed.seal(place, secret, proposalLifeSeconds));
    },
    proposed: (account, enrolment) => {
      const secret = sealed.open(proposalPlace(account.sub), enrolment);
      return secret === undefined ? undefined : proposalOf(account, secret, enrolment);
    },
    enrol: async (account, { code, enrolment }, admission, context) => {
      const secret = sealed.open(proposalPlace(account.sub), enrolment);
      if (secret === undefined) return refused(codeProblem("enrolment-expired"));
      const digits = readDigits(code);
      if (digits === "") return refused(codeProblem("code-missing"));
      // Not counted: it is compared with a secret that the page has just shown.
      const step = stepOfCode(secret, digits, clock.epochSeconds());
      if (step === undefined) return refused(codeProblem("code-wrong"));
      const write = writing(parts, totps, account, { secret, step });
      return parts.changes.turnOn(account, admission, "otp", write, context);
    },
    use: async (accountSub, code) => {
      const factor = await totps.find(accountSub);
      if (!factor) return "code-wrong";
      const secret = opened(parts, factor.encryptedSecret, accountSub);
      if (secret === undefined) return "factor-unreadable";
      const step = stepOfCode(secret, code, clock.epochSeconds());
      if (step === undefined) return "code-wrong";
      return (await totps.useStep(accountSub, step)) ? undefined : "code-used";
    },
    remove: async (account, removal = { mayBeLast: false }) => {
      const outcome = await parts.changes.turnOff(account, undefined, removal);
      if (outcome.accepted) await parts.onCredentialsChanged(account.sub);
      return outcome;
    },
  };
}

function writing(
  { encryption, clock }: TotpFactorParts,
  totps: TotpStore,
  { sub }: Account,
  { secret, step }: { readonly secret: string; readonly step: number },
) {
  const encryptedSecret = encryption.encrypt(secret, secretPlace(sub));
  const factor = { encryptedSecret, createdAt: clock.epochSeconds() };
  return (transaction: Transaction, staffTerm: string | undefined) =>
    totps.within(transaction).insert(sub, { ...factor, staffTerm }, step);
}

function opened(
  { encryption, logger }: TotpFactorParts,
  encryptedSecret: string,
  accountSub: string,
): string | undefined {
  try {
    return encryption.decrypt(encryptedSecret, secretPlace(accountSub));
  } catch (error) {
    // A key that was dropped too early may be given again; until then another factor does.
    logger.error({ err: error, sub: accountSub }, "a second factor cannot be opened");
    return undefined;
  }
}

function proposalOf({ email }: Account, secret: string, sealed: string): TotpProposal {
  return { secret, address: totpAddress(secret, email), sealed };
}

function proposalPlace(accountSub: string): string {
  return `totp-proposal:${accountSub}`;
}

/** Where a shared secret stands, for its encryption. */
export function secretPlace(accountSub: string): string {
  return `totp_factors:${accountSub}`;
}
