import type { EmailAddress, Locale } from "../foundation/index.ts";
import type { Transaction } from "../storage/index.ts";
import type { Holder } from "./access.ts";
import type { Establishment } from "./establishment.ts";
import { formatSiret } from "./siret.ts";

/** The letters of this room: `views/mail/<name>.{txt,html}.ejs`. */
export type AccessLetterName = "establishments/access-opened" | "establishments/access-closed";

/** What the templates of both letters are given. */
export interface AccessLetterModel {
  /** Ordered by SIRET; the SIRET is written 3-3-3-5. */
  readonly establishments: readonly { readonly siret: string; readonly name?: string }[];
  /** Where the service is: the link of the letter. */
  readonly serviceUrl: string;
  /** Why the access was closed, in the words of who closed it. */
  readonly reason?: string;
}

/** A letter of this room and who gets it. */
export interface AccessLetter {
  readonly to: EmailAddress;
  readonly letter: AccessLetterName;
  readonly locale: Locale;
  readonly model: AccessLetterModel;
}

/** The part of the outbox that this room needs: it writes letters, at most 200 at a time, in the transaction of the change. */
export interface AccessOutbox {
  readonly enqueue: (
    transaction: Transaction,
    ...letters: readonly AccessLetter[]
  ) => Promise<unknown>;
}

/** The letter about a change to these establishments; none when there is nobody to write to. */
export function accessLetter(
  letter: AccessLetterName,
  holder: Holder,
  establishments: readonly Establishment[],
  details: { readonly serviceUrl: string; readonly reason?: string | undefined },
): AccessLetter | undefined {
  if (holder.email === undefined || establishments.length === 0) return undefined;
  return {
    to: holder.email,
    letter,
    locale: holder.locale,
    model: {
      establishments: establishments.map(({ siret, name }) => ({
        siret: formatSiret(siret),
        ...(name !== undefined && { name }),
      })),
      serviceUrl: details.serviceUrl,
      ...(details.reason !== undefined && { reason: details.reason }),
    },
  };
}
