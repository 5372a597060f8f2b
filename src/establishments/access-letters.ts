import type { EmailAddress, Locale } from "../foundation/index.ts";
import { shownUntil } from "../accounts/index.ts";
import type { Transaction } from "../storage/index.ts";
import type { Holder } from "./access.ts";
import type { Establishment } from "./establishment.ts";
import { formatSiret } from "./siret.ts";

/** The letters of this room: `views/mail/<name>.{txt,html}.ejs`. */
export type AccessLetterName =
  | "establishments/access-opened"
  | "establishments/access-ending"
  | "establishments/access-closed"
  | "establishments/invited"
  | "establishments/request-received"
  | "establishments/request-refused";

/** What the templates of these letters are given. */
export interface AccessLetterModel {
  /** Ordered by SIRET; the SIRET is written 3-3-3-5, the end of the access as it is read. */
  readonly establishments: readonly {
    readonly siret: string;
    readonly name?: string;
    readonly until?: string;
  }[];
  /** The link of the letter: where the service is, or where an invited person makes an account. */
  readonly serviceUrl: string;
  /** What was asked beside these and not accepted, and why. */
  readonly notAccepted?: readonly { readonly siret: string; readonly name?: string }[];
  readonly notAcceptedReason?: string;
  /** Why the access was closed, in the words of who closed it. */
  readonly reason?: string;
}

/** A letter of this room and who gets it. */
export interface AccessLetter {
  readonly to: EmailAddress;
  readonly letter: AccessLetterName;
  readonly locale: Locale;
  readonly model: AccessLetterModel;
  /** The account it is about, when there is one. */
  readonly accountSub?: string;
}

/** The part of the outbox that this room needs: it writes letters, at most 200 at a time, in the transaction of the change. */
export interface AccessOutbox {
  readonly enqueue: (
    transaction: Transaction,
    ...letters: readonly AccessLetter[]
  ) => Promise<unknown>;
}

/** What invitations, and letters made anew, need beside: an address gets so many of a kind, and no more. */
export interface InvitationOutbox extends AccessOutbox {
  /** Counts a letter for each of these addresses, at most 200. @returns those that get one more */
  readonly allow: (
    transaction: Transaction,
    letter: AccessLetterName,
    ...recipients: readonly EmailAddress[]
  ) => Promise<ReadonlySet<EmailAddress>>;
}

/** What the letter of an opening says beside it, when a part of a request is opened. */
export interface BesideLetter {
  readonly notAccepted: readonly Establishment[];
  readonly reason: string | undefined;
}

/** An establishment that a letter names, and the second at which its access ends. */
export type NamedInLetter = Establishment & { readonly untilAt?: number | undefined };

/** The letter about these establishments; none when there is nobody to write to, or nothing to say. */
export function establishmentLetter(
  letter: AccessLetterName,
  { email, locale, sub }: Pick<Holder, "locale"> & Partial<Pick<Holder, "email" | "sub">>,
  establishments: readonly NamedInLetter[],
  details: {
    readonly serviceUrl: string;
    readonly reason?: string | undefined;
    readonly beside?: BesideLetter | undefined;
  },
): AccessLetter | undefined {
  if (email === undefined || establishments.length === 0) return undefined;
  return {
    to: email,
    letter,
    locale,
    model: {
      establishments: establishments.map(({ siret, name, untilAt }) => ({
        siret: formatSiret(siret),
        ...(name !== undefined && { name }),
        ...(untilAt !== undefined && { until: shownUntil(untilAt, locale) }),
      })),
      serviceUrl: details.serviceUrl,
      ...besideModel(details.beside),
      ...(details.reason !== undefined && { reason: details.reason }),
    },
    ...(sub !== undefined && { accountSub: sub }),
  };
}

function besideModel(
  beside: BesideLetter | undefined,
): Pick<AccessLetterModel, "notAccepted" | "notAcceptedReason"> {
  if (!beside || beside.notAccepted.length === 0) return {};
  const { notAccepted, reason } = beside;
  return {
    notAccepted: notAccepted.map(({ siret, name }) => ({
      siret: formatSiret(siret),
      ...(name !== undefined && { name }),
    })),
    ...(reason !== undefined && { notAcceptedReason: reason }),
  };
}
