/**
 * Accounts: people who may sign in, and how they become so. Sign-up, validation, sign-in, recovery,
 * passwords and their hashing, and what slows down guessing. A pending sign-up is not an account.
 * It keeps forms until their person has confirmed who they are.
 * URLs: `/account…`, `/unknown-browser/:link`, `/signup…`, `/validate/:token…`, `/recovery…`, alone and below `/interaction/:uid`.
 * Tables: `accounts`, `installation`, `pending_sign_ups`, `one_time_tokens`, `letter_requests`, `known_browsers`,
 * `sign_in_failures`, `address_changes`, `kept_forms`.
 */
export { type KeptFormState } from "./page-models.ts";
export { type Account, type AccountState, type StaffRole, staffRoles } from "./account.ts";
export {
  type AccountRow,
  installationVersion,
  selectAccounts,
  toAccount,
} from "./account-rows-store.ts";
export type { AccountImportReason, AccountImported } from "./account-import.ts";
export { type AccountListProblem, isSubject } from "./account-line.ts";
export { accountListColumns } from "./account-list.ts";
export { AccountStore } from "./account-store.ts";
export { type AccountChange } from "./account-change.ts";
export { type AccountEndings } from "./account-endings.ts";
export { AccountPageStore } from "./account-page-store.ts";
export { type CorrectAddress } from "./address-correction.ts";
export { type AddressChangeStore } from "./address-change-store.ts";
export { type Administration, type HeldAccount, onHeld } from "./administration.ts";
export {
  type Actor,
  type AuthorityReason,
  type Bearer,
  authorityProblem,
  isAtLeast,
  isPerson,
} from "./authority.ts";
export { type DeleteAccount } from "./deletion.ts";
export { type OwnEstablishments } from "./account-routes.ts";
export { type BrowserCookies, browserCookies } from "./browser-cookies.ts";
export { stillCounts } from "./credentials.ts";
export {
  type CurrentSession,
  type OpenedIn,
  type OpenSession,
  type OwnSessions,
  type ReadSession,
} from "./current-account.ts";
export { type Journey } from "./journey.ts";
export { keptPath } from "./kept-form-routes.ts";
export {
  type FormSender,
  type KeptForm,
  type KeptForms,
  keptFormState,
  notKept,
  restoreForm,
} from "./kept-forms.ts";
export { type LetterAgainReason, type LettersAgain } from "./letters-again.ts";
export { KnownBrowserStore, browserName } from "./known-browser-store.ts";
export type { AccountActs } from "./account-acts.ts";
export { openAccounts } from "./open.ts";
export { ownDataPages } from "./own-data-routes.ts";
export { type Passwords } from "./password.ts";
export { type Place } from "./worker-queue.ts";
export { type Recovery } from "./recovery.ts";
export { forgetSenders, lastSender, noteSender } from "./last-sender.ts";
export { noteActive, secondsIdle } from "./session-mark.ts";
export { isIdleStaff, noteStaffPresence } from "./staff-idleness.ts";
export { accountFrom } from "./way-back.ts";
export { passwordPath } from "./password-routes.ts";
export { shownDay, shownInstant, shownUntil } from "./shown-dates.ts";
export { type CompleteSignIn, type SignIn, type SignedIn, type SigningBrowser } from "./sign-in.ts";
export { type SignInGuard } from "./sign-in-guard.ts";
export { type SignedInDoors, freshSeconds } from "./signed-in.ts";
export { openedIn } from "./opened-in.ts";
export { type PendingSignUps } from "./pending-sign-ups.ts";
export { type SubjectOf } from "./subject-of.ts";
export { type PendingSignUp } from "./sign-up-store.ts";
export { actReason, requiredActReason } from "./act-reason.ts";
export { type TypedEmailReason, malformedEmail, readEmail } from "./typed-email.ts";
