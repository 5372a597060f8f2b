import ejs from "ejs";
import type { Context, Middleware } from "koa";
import views from "koa-views";
import { type Locale, type Problem, escapeHtml, locales, shownEmail } from "../foundation/index.ts";
import type { Translate } from "../operations/index.ts";
import { mostFormBytes } from "./form-body.ts";
import { languageSwitch } from "./language.ts";
import type { PageModels, PageName } from "./page-models.ts";
import { type PageSettings, pageState } from "./page-state.ts";
import { withWhosePage } from "./whose-page.ts";

/**
 * The middleware that {@link renderPage} relies on; it stands in front of everything that shows a page.
 *
 * Three defects of koa-views decide its shape. As `app.context.render` it mixes up concurrent
 * requests, so it is used as a middleware. It passes locals and `ctx.state` on as ejs options (a
 * local named `client` breaks the page, `delimiter` shows its source), so the engine given here
 * takes the one local `page` and fixed options. It stats the file each time: pages name the file in full.
 */
export function pages(settings: PageSettings): Middleware {
  const options: ejs.Options = {
    root: settings.viewsFolder,
    cache: settings.cache,
    strict: true,
    destructuredLocals: ["page", "part"],
    escape: escapeHtml,
  };
  const engine = {
    ejs: (file: string, locals: { readonly page: unknown }) =>
      ejs.renderFile(file, { page: locals.page }, options),
  };
  const attachRender = views(settings.viewsFolder, { extension: "ejs", engineSource: engine });
  return async (ctx, next) => {
    pageState(ctx).pages = settings;
    await attachRender(ctx, next);
  };
}

/**
 * Answers with a page, in the language of `ctx.state.locale` (French when unset).
 * A page of a refused form has its title prefixed « Erreur - » and its sentences in `page.refusals`.
 * @param status the HTTP status: 200, 422 for a refused form, …
 */
export async function renderPage<Name extends PageName>(
  ctx: Context,
  status: number,
  name: Name,
  model: PageModels[Name],
): Promise<void> {
  const { pages: settings, locale = locales[0], wayBack, whose } = pageState(ctx);
  if (!settings) throw new Error("renderPage needs the middleware `pages` in front");
  const page = {
    ...pageOf(settings, locale, status, name, model),
    language: "isOfOneLanguage" in model ? undefined : languageSwitch(locale),
    wayBack,
  };
  pageState(ctx).shown = name;
  ctx.status = status;
  ctx.set("Cache-Control", cachingOf(status, model));
  ctx.set("Content-Language", locale);
  // Not by cookies: what a browser kept of a refused form would be lost to its "back" with the next cookie.
  ctx.vary("Accept-Language");
  await ctx.render("layout.ejs", { page });
  if (whose !== undefined) ctx.body = withWhosePage(String(ctx.body), whose);
}

/** The sentences in the language of a request, for what is no page: a file. */
export function wordsOf(ctx: Context): Translate {
  const { pages: settings, locale = locales[0] } = pageState(ctx);
  if (!settings) throw new Error("wordsOf needs the middleware `pages` in front");
  return settings.words(locale);
}

/**
 * A refused form is kept by the browser that sent it, so that « back » shows it with what was typed, and does not ask to
 * send it again: the answer to a POST that may not be stored is asked for anew. A sign-out clears it. A
 * {@link SecretPage} is stored nowhere.
 */
function cachingOf(status: number, model: PageModels[PageName]): string {
  const isForm = "form" in model || "waitSeconds" in model;
  const isRefused = isForm && (status === 422 || status === 429);
  return isRefused && !("isSecret" in model) ? "private, no-cache" : "no-store";
}

/** Where the pages are that the law asks for. */
export const legalPath = "/legal";
export const accessibilityPath = "/accessibility";

/** Where the page is that says how long each kind of data is kept. */
export const privacyPath = "/privacy";

function pageOf<Name extends PageName>(
  settings: PageSettings,
  locale: Locale,
  status: number,
  name: Name,
  model: PageModels[Name],
) {
  const t = settings.words(locale);
  const problems = problemsOf(model);
  const key = wordsKey(name, model);
  const heading = t(`${key}.title`);
  const refused = problems.length > 0 || status === 422;
  return {
    template: `/${name}`,
    name,
    locale,
    t,
    /** The sentence of a machine word that was stored, by a newer build perhaps: then the word itself. */
    stored: (prefix: string, word: string) => (t.knows(prefix + word) ? t(prefix + word) : word),
    /** An address as its owner writes it. */
    shownEmail,
    /** The start of the keys that word this very page. */
    key,
    heading,
    title: refused ? t("layout.refused-title", { title: heading }) : heading,
    refusals: problems.map((problem) => refusalOf(problem, t)),
    model,
    asset: settings.assets.url,
    mostFormBytes,
    contactUrl: settings.contactUrl,
    ...{ privacyUrl: privacyPath, legalUrl: legalPath, accessibilityUrl: accessibilityPath },
    accessibilityState: settings.accessibilityState ?? "none",
  };
}

function problemsOf(model: PageModels[PageName]): readonly Problem[] {
  if ("form" in model) return model.form.problems;
  const tooSoon = "waitSeconds" in model && model.waitSeconds !== undefined;
  return tooSoon ? [{ reason: "resend-too-soon", details: { seconds: model.waitSeconds } }] : [];
}

function refusalOf({ field, reason, details }: Problem, t: Translate) {
  return { field, sentence: t(`refusal.${reason}`, details) };
}

/** Most pages have one title; some change their words with what they report. */
function wordsKey<Name extends PageName>(name: Name, model: PageModels[Name]): string {
  const base = name.slice(name.indexOf("/") + 1);
  if ("status" in model) {
    return `error.${wordedCodes.has(model.code) ? model.code : errorFamily(model.status)}`;
  }
  if ("purpose" in model) return `${base}.${model.purpose}.${model.reason}`;
  if ("reason" in model) return `${base}.${model.reason}`;
  return base;
}

/** Faults that people are told of in words of their own. */
const wordedCodes: ReadonlySet<string> = new Set([
  "database-unavailable",
  // A pushed request that is over: nothing was wrong with it.
  "invalid_request_uri",
  "maintenance",
  "other-person",
]);

const wordedStatuses = [400, 403, 404, 405, 413, 415, 429, 431, 500, 503] as const;

/** The status whose sentences (`error.<status>.*`) serve `status`. */
export function errorFamily(status: number): number {
  return wordedStatuses.find((worded) => worded === status) ?? (status < 500 ? 400 : 500);
}
