/**
 * The web: what every page shares. It renders pages (`views/`), negotiates their language, turns faults into pages, sets the
 * security headers, parses forms and refuses those of other sites, and serves `/assets/*`.
 * It counts requests by client address. It owns the table `rate_limits`; the pages' URLs belong to the rooms that answer them.
 */
export { type FormModel, type StaffFrame } from "./form-model.ts";
export { type UnreadText } from "./staff-request-page-models.ts";
export { leadsOn, onlyFor, onlyForThese } from "./entrances.ts";
export { type AppParts, createApp, pinOrigin } from "./app.ts";
export { type Assets, loadAssets } from "./assets.ts";
export { type ErrorPageSettings, errorPages } from "./error-pages.ts";
export {
  type FormBody,
  bodyText,
  formFields,
  hasControlCharacters,
  parsedForm,
} from "./form-body.ts";
export { type UploadedFile, parsedUpload } from "./upload-body.ts";
export { type ListModel, listPage, listQuery } from "./list-page.ts";
export { answerUnreadable, mostHeaderBytes } from "./large-headers.ts";
export { localeOfRequest, negotiateLocale } from "./locale-negotiation.ts";
export {
  type EstablishmentChoice,
  type PageModels,
  type PageName,
  type RequestNotice,
  type ShownAccessRequest,
} from "./page-models.ts";
export {
  type ListedAccess,
  type ListedAccount,
  type ListedEvent,
  type StaffOption,
  type StaffPageModels,
} from "./staff-page-models.ts";
export { type ListedMessage } from "./staff-admin-page-models.ts";
export { type ListedInvitation, type ListedRequest } from "./staff-request-page-models.ts";
export { type WebActs, type WebPorts, openWeb } from "./open.ts";
export { type PageSettings, type PageState, pageState } from "./page-state.ts";
export { privacyPage } from "./privacy.ts";
export {
  type RateLimitPurpose,
  type RateLimits,
  type Spending,
  createRateLimits,
  rateLimitsFor,
  spentFreely,
} from "./rate-limit.ts";
export { refusedStatus } from "./refusals.ts";
export { requestEvent, requestOrigin } from "./request-event.ts";
export { referenceOf } from "./request-reference.ts";
export { sameOriginOnly } from "./same-origin.ts";
export { seeOther } from "./see-other.ts";
export {
  allowAnyFormAction,
  allowFormAction,
  forgetKeptPages,
  securityHeaders,
} from "./security-headers.ts";
export { pages, renderPage, wordsOf } from "./views.ts";
