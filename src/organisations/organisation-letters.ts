import type { EmailAddress, Locale } from "../foundation/index.ts";
import type { Transaction } from "../storage/index.ts";

/** The letters of this room: `views/mail/organisations/<name>`. */
export type OrganisationLetterName = "organisations/care-given" | "organisations/care-ended";

/** Writes a letter in the transaction of what it announces. */
export type Enqueue = (
  transaction: Transaction,
  letter: {
    readonly to: EmailAddress;
    readonly accountSub: string;
    readonly letter: OrganisationLetterName;
    readonly locale: Locale;
    /** The SIREN, written 3-3-3, and where the letter leads. */
    readonly model: { readonly siren: string; readonly url: string };
  },
) => Promise<void>;
