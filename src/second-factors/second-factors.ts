import type {
  Account,
  Actor,
  AuthorityReason,
  CompleteSignIn,
  KnownBrowserStore,
  SignInGuard,
} from "../accounts/index.ts";
import { type Encryption, type Outcome, accepted, refused } from "../foundation/index.ts";
import type { EventContext, Logger, RecordEvent } from "../operations/index.ts";
import {
  type CodeReason,
  type CodeSender,
  codeProblem,
  countedBy,
  isCode,
  readDigits,
  spendAs,
} from "./code-checks.ts";
import {
  type FactorChangeParts,
  type FactorChanges,
  createFactorChanges,
} from "./factor-changes.ts";
import type { FactorMethod } from "./factor-method.ts";
import { HeldFactorsStore } from "./held-factors-store.ts";
import { type PasskeySignIn, createPasskeySignIn } from "./passkey-sign-in.ts";
import { type Passkeys, createPasskeys } from "./passkeys.ts";
import { RecoveryCodeStore } from "./recovery-code-store.ts";
import { readRecoveryCode, recoveryCodeDigest } from "./recovery-codes.ts";
import { createSealedValues } from "./sealed-values.ts";
import { type StaffEnrolment, createStaffEnrolment } from "./staff-enrolment.ts";
import { type TotpFactors, createTotpFactors } from "./totp-factors.ts";
import { TotpStore } from "./totp-store.ts";

/** What a person has turned on. Instants are epoch seconds. */
export interface HeldFactors {
  readonly totpSince: number | undefined;
  readonly recoveryCodesLeft: number;
}

/** Second factors of accounts. Every check of a code of six digits is counted before anything is compared. */
export interface SecondFactors {
  /** Whether signing in asks for one. */
  readonly has: (accountSub: string) => Promise<boolean>;
  readonly held: (accountSub: string) => Promise<HeldFactors>;
  /**
   * Checks a code of the application, or a recovery code; either is good once. What can be neither is not counted.
   */
  readonly check: (
    account: Account,
    typed: string,
    by: CodeSender,
  ) => Promise<Outcome<FactorMethod, CodeReason>>;
  /** Counts the check of a passkey, as that of a code: nobody of the same address keeps its person from it. */
  readonly spend: (account: Account, by: CodeSender) => Promise<void>;
  /** Notes that a factor was proven in a browser: from now on its guesses are counted apart. */
  readonly noteBrowser: (
    account: Pick<Account, "sub">,
    browserSecret: string | undefined,
  ) => Promise<void>;
  /** Forgets what was guessed: a change was made with the factor. */
  readonly forgive: (accountSub: string) => Promise<void>;
  readonly totp: TotpFactors;
  readonly passkeys: Passkeys;
  /** Signing in with a passkey alone. */
  readonly passkeySignIn: PasskeySignIn;
  /** Makes ten new recovery codes; every older one is void. */
  readonly renewRecoveryCodes: (
    account: Account,
    context?: EventContext,
  ) => Promise<Outcome<readonly string[], "factor-unknown">>;
  /**
   * Takes every second factor of a person away, by staff or the operator: for who has lost theirs. They are told, and their
   * sessions end.
   * @returns the account as it was; `account-unchanged` when there was no factor
   */
  readonly reset: (
    account: Pick<Account, "sub">,
    by: Actor,
    context?: EventContext,
  ) => Promise<Outcome<Account, "account-unchanged" | AuthorityReason>>;
  /** The first second factor of staff. */
  readonly staff: StaffEnrolment;
}

/** What second factors are built of. */
export interface SecondFactorParts extends Omit<FactorChangeParts, "sealed"> {
  readonly encryption: Encryption;
  readonly logger: Pick<Logger, "error">;
  readonly guard: SignInGuard;
  readonly knownBrowsers: KnownBrowserStore;
  readonly completeSignIn: CompleteSignIn;
  readonly record: RecordEvent;
  readonly issuer: string;
  /** Told once a factor is gone: the room above ends the sessions of the account. */
  readonly onCredentialsChanged: (sub: string) => Promise<void>;
}

/** Builds second factors on their tables. */
export function createSecondFactors(parts: SecondFactorParts): SecondFactors {
  const { database } = parts;
  const heldFactors = new HeldFactorsStore(database);
  const totps = new TotpStore(database.knex);
  const recoveryCodes = new RecoveryCodeStore(database.knex);
  const sealed = createSealedValues(parts);
  const changes = createFactorChanges({ ...parts, sealed });
  const count = countedBy({ ...parts, tell: changes.guessedAt });
  /** What was guessed at is gone, or was changed by who has it. */
  const onCredentialsChanged = async (sub: string) => {
    await parts.guard.forgiveSecondFactor(sub);
    await parts.onCredentialsChanged(sub);
  };
  const shared = { ...parts, changes, sealed, count, onCredentialsChanged, recoveryCodes };
  const totp = createTotpFactors(shared);
  return {
    totp,
    passkeys: createPasskeys(shared),
    passkeySignIn: createPasskeySignIn(shared),
    has: (accountSub) => heldFactors.has(accountSub),
    held: async (accountSub) => ({
      totpSince: (await totps.find(accountSub))?.createdAt,
      recoveryCodesLeft: await recoveryCodes.countUnused(accountSub),
    }),
    check: checkTyped({ ...shared, totp }),
    spend: async (account, by) => {
      await spendAs(parts, account, by);
    },
    noteBrowser: (account, browserSecret) => parts.knownBrowsers.noteFactor(account, browserSecret),
    forgive: (accountSub) => parts.guard.forgiveSecondFactor(accountSub),
    ...givingUp(shared),
    staff: createStaffEnrolment(shared),
  };
}

/** A code of whichever kind, as its person typed it. */
function checkTyped(
  parts: SecondFactorParts & {
    readonly recoveryCodes: RecoveryCodeStore;
    readonly totp: TotpFactors;
    readonly count: ReturnType<typeof countedBy>;
  },
): SecondFactors["check"] {
  const useRecoveryCode = async (sub: string, code: string): Promise<CodeReason | undefined> => {
    const digest = recoveryCodeDigest(sub, code);
    const used = await parts.recoveryCodes.consume(sub, digest, parts.clock.epochSeconds());
    return used ? undefined : "code-wrong";
  };
  const verdict = (problem: CodeReason | undefined) =>
    problem ? refused(codeProblem(problem)) : accepted("otp" as const);
  return async (account, typed, by) => {
    const { sub } = account;
    if (typed.trim() === "") return refused(codeProblem("code-missing"));
    const recoveryCode = readRecoveryCode(typed);
    // 80 bits by chance: nobody guesses them, and a guesser must not keep their person from them.
    if (recoveryCode !== undefined) {
      await spendAs(parts, account, by);
      return verdict(await useRecoveryCode(sub, recoveryCode));
    }
    if (!isCode(typed)) return verdict("code-wrong");
    return parts.count(account, by, async () =>
      verdict(await parts.totp.use(sub, readDigits(typed))),
    );
  };
}

/** What is void is forgotten by who counts guesses, too. */
function givingUp({
  changes,
  guard,
  onCredentialsChanged,
}: Pick<SecondFactorParts, "guard" | "onCredentialsChanged"> & {
  readonly changes: FactorChanges;
}): Pick<SecondFactors, "renewRecoveryCodes" | "reset"> {
  return {
    renewRecoveryCodes: async (account, context) => {
      const made = await changes.renewCodes(account, context);
      if (!made) return refused({ reason: "factor-unknown" });
      await guard.forgiveSecondFactor(account.sub);
      return accepted(made);
    },
    reset: async (account, by, context) => {
      const outcome = await changes.turnAllOff(account, by, context);
      if (outcome.accepted) await onCredentialsChanged(account.sub);
      return outcome;
    },
  };
}
