import type { EmailAddress, Locale } from "../foundation/index.ts";
import type { Transaction } from "../storage/index.ts";

/** A letter to write into the outbox, in the transaction of the change it announces. */
export type Enqueue = (
  transaction: Transaction,
  letter: {
    readonly to: EmailAddress;
    readonly accountSub?: string;
    readonly letter:
      | "accounts/validation"
      | "accounts/existing-account"
      | "accounts/account-disabled"
      | "accounts/recovery"
      | "accounts/password-changed"
      | "accounts/inactivity"
      | "accounts/address-change"
      | "accounts/address-changed"
      | "accounts/address-correction"
      | "accounts/address-correction-asked"
      | "accounts/new-browser"
      | "accounts/deleted";
    readonly locale: Locale;
    readonly model: object;
    /** When its link ends, epoch seconds: it is not sent any more from then on. */
    readonly endsAt?: number;
  },
) => Promise<void>;

/**
 * Whether these addresses get one more letter of the kind, which nobody signed in asked for; it is counted in the
 * transaction that writes it. @returns those that do
 */
export type AllowLetters = (
  transaction: Transaction,
  letter:
    | "accounts/validation"
    | "accounts/existing-account"
    | "accounts/account-disabled"
    | "accounts/recovery"
    | "accounts/address-change"
    | "accounts/new-browser",
  ...recipients: readonly EmailAddress[]
) => Promise<ReadonlySet<EmailAddress>>;
