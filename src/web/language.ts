import type { Context, Middleware } from "koa";
import compose from "koa-compose";
import { type Locale, days, locales, months } from "../foundation/index.ts";
import { formFields } from "./form-body.ts";
import { negotiateLocale } from "./locale-negotiation.ts";
import { type OwnCookie, ownCookie } from "./own-cookie.ts";
import { pageState } from "./page-state.ts";
import { seeOther } from "./see-other.ts";

/** Where the switch of every page is sent. */
export const languagePath = "/language";

/** As long as a browser need not be asked again. */
const choiceSeconds = months(12);

/** An authorization ends sooner. */
const within = { signed: false, scoped: true, lifeSeconds: days(1) };

/**
 * Not signed: they say one of two words, and nothing is decided by them. `here` stands at the pages of one question of an
 * authorization, `onward` at the address by which it goes on from there.
 */
const cookies = {
  all: ownCookie("language", { signed: false, lifeSeconds: choiceSeconds }),
  here: ownCookie("language-here", within),
  onward: ownCookie("language-onward", within),
};

/** A page of an authorization, whose client may have asked for a language. */
const interaction = /^\/interaction\/([^/?#]+)/;

/** The language that a page offers instead of its own. */
export interface LanguageSwitch {
  readonly action: string;
  readonly other: Locale;
}

/**
 * The language of a request: what was chosen on this very authorization, else what its client asks for (`ui_locales`), else
 * what was chosen in this browser, else what the browser likes best, else French. So a client's wish is respected, and the
 * switch is no dead button where there is one.
 */
export function requestLocale(ctx: Context, uiLocales: string | undefined): Locale {
  return (
    chosenHere(ctx) ??
    negotiateLocale(uiLocales, ctx.get("Accept-Language"), chosen(ctx, cookies.all))
  );
}

/** The language that was chosen on this very authorization, which goes before what its client asks for. */
export function chosenHere(ctx: Context): Locale | undefined {
  return chosen(ctx, cookies.here) ?? chosen(ctx, cookies.onward);
}

/**
 * Has `ctx.state.locale` say the language by the query's `ui_locales` and by what the browser says, once it is asked for: a
 * program is told nothing in it.
 */
export function localeOfRequest(): Middleware {
  return (ctx, next) => {
    const state = pageState(ctx);
    const set = (value: Locale | undefined) => {
      Object.defineProperty(state, "locale", { value, writable: true, enumerable: true });
    };
    const get = () => {
      const asked = ctx.query["ui_locales"];
      set(requestLocale(ctx, typeof asked === "string" ? asked : undefined));
      return state.locale;
    };
    Object.defineProperty(state, "locale", { get, set, enumerable: true, configurable: true });
    return next();
  };
}

/** What the switch of a page says. */
export function languageSwitch(locale: Locale): LanguageSwitch {
  return { action: languagePath, other: locales.find((each) => each !== locale) ?? locale };
}

/** Keeps a language that a person chose, in their browser alone. */
export function keepLanguage(ctx: Context, locale: Locale): void {
  cookies.all.write(ctx, locale);
}

/**
 * `POST /language`: keeps the choice in the browser, and leads back to the page, which the browser names (`Referer`; our pages
 * send it to ourselves alone): a page that is to echo nothing of its request need not hold its own address, and what a form
 * sent is not sent again. A GET changes nothing: it leads away.
 * @param guards what stands in front of each form: same origin, then the body
 */
export function languageRoute(
  issuer: string,
  portalUrl: string,
  guards: readonly Middleware[],
): Middleware {
  const keep: Middleware = (ctx) => {
    if (ctx.method !== "POST") {
      seeOther(ctx, portalUrl);
      return;
    }
    const form = formFields(ctx.request.body, ["language"]);
    const locale = locales.find((each) => each === form.language);
    const page = ownAddress(issuer, ctx.get("Referer"));
    if (locale) {
      keepLanguage(ctx, locale);
      const [question, uid] = interaction.exec(page.pathname) ?? [];
      if (question !== undefined) {
        cookies.here.write(ctx, locale, { path: question });
        cookies.onward.write(ctx, locale, { path: `/auth/${uid}` });
      }
      // What was posted is kept where no address can take a language out of it: there the choice stands beside it.
      if (page.searchParams.has("posted_request")) page.searchParams.set("ui_locales", locale);
      else page.searchParams.delete("ui_locales");
    }
    seeOther(ctx, page.pathname + page.search);
  };
  const route = compose([...guards, keep]);
  return (ctx, next) => (ctx.path === languagePath ? route(ctx, next) : next());
}

/** An address of ours: another site, or none, leads to the root; so does a path that a browser would read as another host. */
function ownAddress(issuer: string, typed: string): URL {
  const root = new URL("/", issuer);
  const page = typed !== "" && URL.canParse(typed) ? new URL(typed) : root;
  const isOurs = page.origin === root.origin && !page.pathname.startsWith("//");
  return isOurs && page.pathname !== languagePath ? page : root;
}

function chosen(ctx: Context, cookie: OwnCookie): Locale | undefined {
  const kept = cookie.read(ctx);
  return locales.find((each) => each === kept);
}
