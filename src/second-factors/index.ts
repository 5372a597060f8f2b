/**
 * Second factors: what a person proves to hold beside the password. An authenticator application (TOTP),
 * passkeys, and ten recovery codes for the day neither is at hand. Every check is counted before anything
 * is compared, and what is good once is used up by one conditional statement.
 * The questions of an authorization that ask for one stand in `provider/`.
 * The first factor of staff takes a code that somebody else hands over.
 * Tables: `totp_factors`, `passkeys`, `recovery_codes`, `enrolment_codes`, `used_challenges`. URLs: `/account/security…`.
 */
export { type CodeReason } from "./code-checks.ts";
export { type EnqueueFactorLetter } from "./factor-changes.ts";
export { type Enrolled, type FactorMethod } from "./factor-method.ts";
export { type FactorKind, type FactorsChanged, type FactorsChangedWithin } from "./factors-told.ts";
export {
  type PasskeyReason,
  type PasskeyRequest,
  type Passkeys,
  passkeyModel,
} from "./passkeys.ts";
export { type SecondFactorActs, type SecondFactorPorts, openSecondFactors } from "./open.ts";
export { type QrCode, qrCodeOf } from "./qr-code.ts";
export {
  type HeldFactors,
  type SecondFactorParts,
  type SecondFactors,
  createSecondFactors,
} from "./second-factors.ts";
export { type SecurityPageParts, securityPages, securityRoutes } from "./security-routes.ts";
export { type EnrolmentCodeReason, type StaffEnrolment } from "./staff-enrolment.ts";
export { type ShownCodes, type ShownCodesCookie, shownCodesCookie } from "./shown-codes.ts";
export { type EnrolmentReason, type TotpProposal } from "./totp-factors.ts";
