/**
 * Accounts: people who may sign in, and how they become so. Sign-up, validation, sign-in, recovery,
 * passwords and their hashing, and what slows down guessing. A pending sign-up is not an account.
 * It keeps forms until their person has confirmed who they are.
 * URLs: `/account…`, `/signup…`, `/validate/:token…`, `/recovery…`, alone and below `/interaction/:uid`.
 * Tables: `accounts`, `installation`, `pending_sign_ups`, `one_time_tokens`, `letter_requests`, `known_browsers`,
 * `sign_in_failures`, `address_changes`, `kept_forms`.
 */
export { type Account, type AccountState, type StaffRole, staffRoles } from "./account.ts";
export {
  type AccountRow,
  installationVersion,
  selectAccounts,
  toAccount,
} from "./account-rows-store.ts";
export { AccountStore, type NewAccount } from "./account-store.ts";
export { type AccountChange, type AccountChangedWithin } from "./account-change.ts";
export { type AccountEndings, createAccountEndings } from "./account-endings.ts";
export { type AccountPageFilter, AccountPageStore } from "./account-page-store.ts";
export { type AccountLetterParts, type Enqueue, writeRequestedLetters } from "./account-letters.ts";
export {
  type Administered,
  type Administration,
  type AdministrationReason,
  createAdministration,
  onHeld,
} from "./administration.ts";
export {
  type Actor,
  type AuthorityReason,
  type Bearer,
  authorityProblem,
  isAtLeast,
  isPerson,
} from "./authority.ts";
export {
  type ClosedWithin,
  type DeleteAccount,
  type DeletionReason,
  createDeletion,
} from "./deletion.ts";
export {
  type AccountPageParts,
  type OwnEstablishments,
  accountPageRoutes,
} from "./account-routes.ts";
export { type AddressChanges, createAddressChanges } from "./address-change.ts";
export { AddressChangeStore } from "./address-change-store.ts";
export { type AddressPageParts, addressRoutes } from "./address-routes.ts";
export { type BrowserCookies, browserCookies } from "./browser-cookies.ts";
export { type CredentialsHolder, type UnderCredentials, stillCounts } from "./credentials.ts";
export {
  type CurrentAccount,
  type CurrentSession,
  type OpenSession,
  type OwnSessions,
  type ReadSession,
} from "./current-account.ts";
export { type HashingQueue, createHashingQueue } from "./hashing-queue.ts";
export { type FindJourney, type Journey, type StartAgain } from "./journey.ts";
export { type Inactivity, createInactivity } from "./inactivity.ts";
export { keptPath } from "./kept-form-routes.ts";
export {
  type FormSender,
  type KeptForm,
  type KeptForms,
  createKeptForms,
  restoreForm,
} from "./kept-forms.ts";
export { KnownBrowserStore, browserName } from "./known-browser-store.ts";
export { LetterRequestStore } from "./letter-request-store.ts";
export { OneTimeTokenStore } from "./one-time-token-store.ts";
export type { AccountActs } from "./account-acts.ts";
export type { AccountPorts } from "./account-ports.ts";
export { openAccounts } from "./open.ts";
export { type OwnAccount, createOwnAccount } from "./own-account.ts";
export {
  type OwnDataParts,
  type OwnSignIn,
  ownDataPages,
  ownDataRoutes,
} from "./own-data-routes.ts";
export { type Passwords, createPasswords } from "./password.ts";
export { type Place } from "./worker-queue.ts";
export { type PasswordPolicy, createPasswordPolicy } from "./password-policy.ts";
export { type Recovery, createRecovery } from "./recovery.ts";
export { type AccountRouteParts } from "./route-parts.ts";
export { accountRoutes } from "./routes.ts";
export { isIdleStaff, noteStaffPresence } from "./staff-idleness.ts";
export { shownDay, shownInstant, shownUntil } from "./shown-dates.ts";
export { type SignIn, type SignInReason, createSignIn } from "./sign-in.ts";
export { type SignInGuard, createSignInGuard } from "./sign-in-guard.ts";
export { type SignedInDoors, createSignedInDoors, freshSeconds } from "./signed-in.ts";
export { type PendingSignUps, createPendingSignUps } from "./pending-sign-ups.ts";
export { type SubjectOf } from "./subject-of.ts";
export { type SignUps, createSignUps } from "./sign-up.ts";
export { type PendingSignUp, SignUpStore } from "./sign-up-store.ts";
export { malformedEmail } from "./typed-email.ts";
export { type Validation, createValidation } from "./validation.ts";
