import { type Locale, locales } from "../foundation/index.ts";

/**
 * The language of a request: the first one we speak in `ui_locales` (OpenID Connect Core §3.1.2.1: space-separated, by
 * preference), else the one that was chosen, else the one `Accept-Language` likes best (RFC 9110 §12.5.4), else French.
 */
export function negotiateLocale(
  uiLocales: string | undefined,
  acceptLanguage: string | undefined,
  chosen?: Locale,
): Locale {
  return (
    firstSpoken((uiLocales ?? "").split(" ")) ??
    chosen ??
    firstSpoken(byQuality(acceptLanguage ?? "")) ??
    locales[0]
  );
}

function firstSpoken(tags: readonly string[]): Locale | undefined {
  const primary = tags.map((tag) => tag.toLowerCase().split("-")[0]);
  return primary
    .map((tag) => (tag === "*" ? locales[0] : locales.find((locale) => locale === tag)))
    .find((locale) => locale !== undefined);
}

function byQuality(header: string): string[] {
  return header
    .split(",")
    .slice(0, 20)
    .map((range) => {
      const [tag = "", ...parameters] = range.split(";").map((part) => part.trim());
      const quality = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2) ?? "1";
      return { tag, quality: Number(quality) };
    })
    .filter(({ quality }) => quality > 0)
    .sort((left, right) => right.quality - left.quality)
    .map(({ tag }) => tag);
}
