/**
 * The web: what every page shares. It renders pages (`views/`), negotiates their language, turns faults into pages, sets the
 * security headers, parses forms and refuses those of other sites, and serves `/assets/*`.
 * It owns no table; the pages' URLs belong to the rooms that answer them.
 */
export { type AppParts, createApp, pinOrigin } from "./app.ts";
export { type Assets, loadAssets } from "./assets.ts";
export { type ErrorPageSettings, errorPages } from "./error-pages.ts";
export { type FormBody, formFields, hasControlCharacters, parsedForm } from "./form-body.ts";
export { localeOfRequest, negotiateLocale } from "./locale-negotiation.ts";
export {
  type EstablishmentChoice,
  type FormModel,
  type PageModels,
  type PageName,
} from "./page-models.ts";
export { type PageState, pageState } from "./page-state.ts";
export { requestEvent } from "./request-event.ts";
export { sameOriginOnly } from "./same-origin.ts";
export { allowFormAction, securityHeaders } from "./security-headers.ts";
export { type PageSettings, pages, renderPage } from "./views.ts";
