import type { AuthorityReason } from "../accounts/index.ts";
import type { EmailAddress, Locale, Outcome } from "../foundation/index.ts";
import type { OpenCommand, OpeningTextRefusal } from "./access-commands.ts";
import type { Siret } from "./siret.ts";

/**
 * An access that waits for an account: it opens when its address is validated. A dated, reasoned record
 * that is never deleted; erasing a person takes its address away. Instants are epoch seconds.
 */
export interface Invitation {
  readonly id: number;
  /** Absent once it is erased. */
  readonly email?: EmailAddress;
  readonly siret: Siret;
  readonly locale: Locale;
  readonly state: "waiting" | "opened" | "withdrawn" | "lapsed";
  readonly invitedAt: number;
  /** Who invited: `operator` (the command line) or the `sub` of a member of staff. */
  readonly invitedBy: string;
  readonly reason?: string;
  /** The second at which the access will end; one that is not open by then lapses. */
  readonly untilAt?: number;
  readonly endedAt?: number;
  /** Who withdrew it. */
  readonly endedBy?: string;
  readonly endReason?: string;
}

/** What to open to an address once it is validated. Nothing is kept when anything of it is refused. */
export interface InviteCommand extends Omit<OpenCommand, "account"> {
  readonly email: EmailAddress;
  /** The language of the mail, French unless told. */
  readonly locale?: Locale | undefined;
}

/** One establishment to open to one address, among others. */
export interface Invite {
  readonly email: EmailAddress;
  readonly siret: Siret;
  /** What the establishment is called, if that is known. */
  readonly name?: string | undefined;
  /** Epoch seconds. */
  readonly untilAt?: number | undefined;
  readonly reason?: string | undefined;
  /** The language of the mail, French unless told. */
  readonly locale?: Locale | undefined;
}

/** Why nobody was invited. `account-known`: the address has an account, to which accesses open at once. */
export type InviteRefusal = OpeningTextRefusal | "until-passed" | "account-known" | AuthorityReason;

/** Which invitation to take back. */
export interface WithdrawCommand {
  readonly id: number;
  readonly reason?: string | undefined;
  /** Who does it: `operator` (the command line) or the `sub` of a member of staff. */
  readonly by: string;
}

/** Why an invitation is not withdrawn. `invitation-not-waiting`: it is unknown, opened, or withdrawn before. */
export type WithdrawRefusal = "invitation-not-waiting" | "reason-too-long" | AuthorityReason;

/** What an invitation came to. `isMailed`: whether a letter says so, or the address had its share of them. */
export type Invited = Outcome<
  {
    readonly invited: Invitation[];
    readonly alreadyInvited: Siret[];
    readonly isMailed: boolean;
  },
  InviteRefusal
>;

/** What was invited within the transaction of a greater change. */
export interface InvitedWithin {
  readonly invited: Invitation[];
  /** How many letters were written. */
  readonly letters: number;
  /** Tells the rooms above; to be called once the transaction is written. Never throws. */
  readonly announce: () => Promise<void>;
}

/** Why an invitation is not sent again. */
export type SendAgainRefusal = "invitation-not-waiting" | "letter-limit" | AuthorityReason;
