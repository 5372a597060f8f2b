import type { EmailAddress, Locale } from "../foundation/index.ts";

/** A person who may sign in. A sign-up that waits for its validation is not one. */
export interface Account {
  /** The row's number: it never leaves the server. */
  readonly id: number;
  /** The subject identifier: opaque, random, for ever the same (OpenID Connect Core §8). */
  readonly sub: string;
  readonly email: EmailAddress;
  readonly givenName: string;
  readonly familyName: string;
  /** The language of its mails: the one it was made in, until its person chooses another. */
  readonly locale: Locale;
  readonly state: AccountState;
  readonly role: StaffRole | undefined;
  /**
   * Names the time for which they are of the staff, from the first enrolment code on: second factors of another one do not
   * open the back office.
   */
  readonly staffTerm: string | undefined;
  /** The client whose authorization led to the sign-up: where « Se connecter » leads. */
  readonly clientId: string | undefined;
  readonly emailVerifiedAt: number;
  /**
   * Names what signs in to it now: another one after each change that voids what was proven before (a new password or
   * address, disabled, a second factor taken away, all sessions ended). Compared for equality, never for order.
   */
  readonly credentials: string;
  /** When it last became another one. What release 0.2.0 wrote carries no `credentials`, and is judged by this. */
  readonly credentialsChangedAt: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** `disabled` is refused everywhere and may be enabled again. A deleted account keeps its `sub` alone. */
export type AccountState = "active" | "disabled";

/** What a member of l'Opcommerce's staff may do. */
export type StaffRole = (typeof staffRoles)[number];

/** Every role, the least able first. */
export const staffRoles = ["reader", "agent", "admin"] as const;

/** Who somebody is, as typed at sign-up. */
export interface Identity {
  readonly email: EmailAddress;
  readonly givenName: string;
  readonly familyName: string;
}

/** What an account is made of. */
export interface NewAccount extends Identity {
  readonly sub: string;
  readonly locale: Locale;
  readonly passwordHash: string;
  readonly clientId: string | undefined;
  readonly role?: StaffRole | undefined;
}
