import { describe, expect, it } from "@jest/globals";
import { negotiateLocale } from "../../src/web/locale-negotiation.ts";

describe("the language of a request", () => {
  it.each([
    [undefined, undefined, "fr"],
    ["", "", "fr"],
    ["en", "fr", "en"],
    ["en-GB fr", "fr", "en"],
    ["de fr-CA en", "en", "fr"],
    ["de ja", "en-US,en;q=0.9", "en"],
    [undefined, "en-US,en;q=0.9,fr;q=0.8", "en"],
    [undefined, "en;q=0.5,fr;q=0.7", "fr"],
    [undefined, "de,en;q=0", "fr"],
    [undefined, "de", "fr"],
    [undefined, "*", "fr"],
    [undefined, "EN", "en"],
    [undefined, "en; q=0.8 , fr;q=0.9", "fr"],
    [undefined, ";;q=,,=", "fr"],
  ] as const)("with ui_locales %j and Accept-Language %j is %s", (uiLocales, header, locale) => {
    expect(negotiateLocale(uiLocales, header)).toBe(locale);
  });
});
