import type { EmailAddress, Locale } from "../foundation/index.ts";
import type { Transaction } from "../storage/index.ts";

/** The letters of this room: `views/mail/<name>.{txt,html}.ejs`. */
export type FactorLetterName =
  | "second-factors/turned-on"
  | "second-factors/turned-off"
  | "second-factors/reset"
  | "second-factors/guessed-at";

/** A letter to write into the outbox, in the transaction of the change it announces. */
export type EnqueueFactorLetter = (
  transaction: Transaction,
  letter: {
    readonly to: EmailAddress;
    readonly accountSub: string;
    readonly letter: FactorLetterName;
    readonly locale: Locale;
    readonly model: object;
  },
) => Promise<void>;
