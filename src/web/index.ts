/**
 * The web: what every page shares. It renders pages (`views/`), negotiates their language, turns faults into pages, sets the
 * security headers, parses forms and refuses those of other sites, and serves `/assets/*`.
 * It counts requests by client address. It owns the table `rate_limits`; the pages' URLs belong to the rooms that answer them.
 */
export { bearerToken } from "./bearer-token.ts";
export { type FormModel } from "./form-model.ts";
export { onlyFor, onlyForThese } from "./entrances.ts";
export { pinOrigin } from "./app.ts";
export {
  bodyText,
  bodyWithinLimit,
  formFields,
  hasControlCharacters,
  parsedForm,
} from "./form-body.ts";
export { pageSegment } from "./page-segment.ts";
export { parsedUpload } from "./upload-body.ts";
export { missingLegalTexts, readLegalTexts } from "./legal-texts.ts";
export { type ListModel, listPage, listQuery, searchWords, sentListQuery } from "./list-page.ts";
export { type HttpServer, createHttpServer } from "./http-server.ts";
export { chosenHere, keepLanguage, requestLocale } from "./language.ts";
export {
  type PageOfLinkedLanguage,
  type PageOfOneLanguage,
  type SecretPage,
  type PageModels,
  type PageName,
} from "./page-models.ts";
export { type WebActs, openWeb } from "./open.ts";
export { languageSwitch } from "./language.ts";
export { type WayBack, pageState } from "./page-state.ts";
export { type RateLimits, type Spending, spentFreely } from "./rate-limit.ts";
export { type OwnCookie, ownCookie } from "./own-cookie.ts";
export { refusedStatus } from "./refusals.ts";
export { requestEvent, requestOrigin } from "./request-event.ts";
export { referenceOf } from "./request-reference.ts";
export { sameOriginOnly } from "./same-origin.ts";
export { isSecretField } from "./secret-fields.ts";
export { noteWhosePage, onlyFromOwnPage } from "./whose-page.ts";
export { seeOther } from "./see-other.ts";
export { allowAnyFormAction, allowFormAction, forgetKeptPages } from "./security-headers.ts";
export { renderPage, wordsOf } from "./views.ts";
