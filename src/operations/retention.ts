import { days, hours, months } from "../foundation/index.ts";

/**
 * The one table of durations: how long each kind of data is kept, in seconds. The jobs that erase and
 * the page `/privacy` both read it, so that what is promised is what is done. Its order is the page's;
 * each name has its sentence there, `privacy.kept.<name>`.
 * @see CNIL deliberation 2021-122 on logs (6 to 12 months)
 */
export const retentionSeconds = {
  /** From the sign-up to its erasure when its address is not validated. */
  unvalidatedSignUps: days(7),
  /** From the last sign-in (or the creation) to the erasure of the account. */
  inactiveAccounts: months(24),
  /** Between the warning by mail and that erasure, at least. */
  inactivityNotice: days(30),
  /** From an act to the erasure of its line in the audit. */
  audit: months(12),
  /** From an invitation to the erasure of its address. */
  invitations: months(12),
  /** From the end of an application's invitation to its erasure, so that who comes with it is told so. */
  clientInvitations: days(30),
  /** From a request for access to its erasure. */
  accessRequests: months(12),
  /** From the end of a mail (sent or given up) to the erasure of its fate; its text goes when it is sent. */
  mails: days(30),
  /** From its use or end to the erasure of a mailed link, so that opening it again says that it was used. */
  usedLinks: days(7),
  /** From the last sign-in with a browser to its being forgotten. */
  knownBrowsers: days(180),
  /** From the last refused password to the erasure of its counter. */
  refusedPasswords: hours(24),
  /** From the last letter that anybody may ask for to the erasure of its counter: the day that it limits. */
  letterCounts: hours(24),
  /** From an address's last refusal of our mail to that being forgotten. */
  refusedAddresses: months(12),
  /** From an application's last use of what it was allowed to know to that being forgotten: no grant lives longer. */
  applicationUses: days(30),
  /** From the last use of a session to its end. */
  sessions: hours(12),
} as const;

/** One kind of data that is kept for a time. */
export type Retention = keyof typeof retentionSeconds;
