/**
 * Second factors: what a person proves to hold beside the password. An authenticator application (TOTP),
 * passkeys, and ten recovery codes for the day neither is at hand. Every check is counted before anything
 * is compared, and what is good once is used up by one conditional statement.
 * A passkey signs in alone, too. The questions of an authorization that ask for one stand in `provider/`.
 * The first factor of staff takes a code that somebody else hands over.
 * Tables: `totp_factors`, `passkeys`, `recovery_codes`, `enrolment_codes`, `used_challenges`. URLs: `/account/security…`.
 */
export { isCode } from "./code-checks.ts";
export { type FactorMethod } from "./factor-method.ts";
export { type FactorsChanged } from "./factors-told.ts";
export { passkeyModel } from "./passkeys.ts";
export { type PasskeySignIn } from "./passkey-sign-in.ts";
export { isCredential } from "./passkey-verification.ts";
export { type SecondFactorActs, openSecondFactors } from "./open.ts";
export { forgetProposal, shownProposal } from "./proposed-application.ts";
export { qrCodeOf } from "./qr-code.ts";
export { showRecoveryCodes } from "./recovery-codes-page.ts";
export { type SecondFactors } from "./second-factors.ts";
export { securityPages } from "./security-routes.ts";
export { type StaffEnrolment } from "./staff-enrolment.ts";
export { type ShownCodesCookie } from "./shown-codes.ts";
