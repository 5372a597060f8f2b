import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { isSecretField } from "../../src/web/index.ts";
import { sentencesOf } from "../support/sentences.ts";
import { viewsFolder } from "./serve.ts";

/** The portal is another application, with its own engine and rules. */
const templates = readdirSync(viewsFolder, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ejs") && !name.startsWith("portal/"))
  .map((name) => ({ name, source: readFileSync(join(viewsFolder, name), "utf8") }));

describe.each(templates)("the template $name", ({ source }) => {
  it("writes out raw only what it includes", () => {
    const raw = source.match(/<%-(?!\s*include\()[^%]*/g) ?? [];
    expect(raw).toEqual([]);
  });

  it("has every attribute in double quotes, because the apostrophe is not escaped", () => {
    const markup = source.replace(/<%[\s\S]*?%>/g, "x").replace(/="[^"]*"/g, "");
    const unquoted = /<[a-z][^>]*=/.exec(markup)?.[0];
    expect(unquoted).toBeUndefined();
  });

  it("uses only words that exist", () => {
    const known = Object.keys(sentencesOf("fr"));
    for (const [, key = ""] of source.matchAll(/\bt\("([^"]+)"/g)) {
      expect(
        known.filter((each) => each === key || (key.endsWith(".") && each.startsWith(key))),
      ).not.toEqual([]);
    }
  });
});

describe.each(
  // Staff compare and copy what is kept.
  templates.filter(({ name }) => !name.startsWith("backoffice/")),
)("the template $name, which people read", ({ source }) => {
  it("says an address as they write it, its domain with its accents", () => {
    expect(source.match(/\bt\("[^"]+", \{ email: (?!page\.shownEmail\()[^}]*/g)).toBeNull();
  });
});

describe("the French words", () => {
  const ours = Object.entries(sentencesOf("fr")).filter(([key]) => !key.startsWith("guide."));

  it("follow French typography where they are ours", () => {
    const wrong = ours.filter(([, sentence]) =>
      / [;!?:»%]|« |[’“”]|[^\s\u202F][;!?](?:\s|$)|[\d}] (?:[km]o|\d{3})\b/i.test(sentence),
    );
    expect(wrong).toEqual([]);
  });

  it("say a number apart from the noun that it counts, or are wrong of one", () => {
    const plural = / ?\{(?:count|changed|attempts)\} \p{L}+s\b/u;
    // Shown of several alone.
    const several =
      /^(?:staff-requests\.count|staff-closing\.all\.text|staff-closing-preview\.submit)$/;
    const wrong = (locale: string) =>
      Object.entries(sentencesOf(locale)).filter(
        ([key, sentence]) => plural.test(sentence) && !several.test(key),
      );
    expect([...wrong("fr"), ...wrong("en")]).toEqual([]);
  });

  it("keep the guide's ordinary spaces and straight apostrophes where they are the guide's", () => {
    const guide = Object.entries(sentencesOf("fr")).filter(([key]) => key.startsWith("guide."));
    expect(guide.filter(([, sentence]) => /[\u00A0\u202F’]/.test(sentence))).toEqual([]);
    expect(guide.length).toBeGreaterThan(5);
  });

  it("are all used by a template, a title, a subject or a refusal", () => {
    const all = templates.map(({ source }) => source).join("\n");
    // Words whose last part is data: "errors." + error.
    const families = [...all.matchAll(/\b(?:t\("([^"]+\.)" \+|stored\("([^"]+\.)",)/g)].map(
      ([, typed, stored]) => typed ?? stored ?? "",
    );
    // Words of a page that has several states: page.key + ".reason".
    const ends = [...all.matchAll(/\bpage\.key \+ "(\.[^"]+)"/g)].map(([, end = ""]) => end);
    // Sentences of the audit: test/backoffice/audit-sentences.test.ts holds them against the list of events.
    const byRule =
      /\.(title|text|subject)$|^refusal\.|^consent\.scope\.|^layout\.refused-title$|^sentence(-part|-reason)?\./;
    const unused = Object.keys(sentencesOf("fr")).filter(
      (key) =>
        !byRule.test(key) &&
        !all.includes(`"${key}"`) &&
        !families.some((prefix) => key.startsWith(prefix)) &&
        !ends.some((end) => key.endsWith(end)),
    );
    expect(unused).toEqual([]);
  });
});

describe("the English words", () => {
  it("follow English typography", () => {
    const wrong = Object.entries(sentencesOf("en")).filter(([, sentence]) =>
      / [;!?:%]|[«»]/.test(sentence),
    );
    expect(wrong).toEqual([]);
  });
});

describe("the words of refusals", () => {
  it.each([
    ..."email-missing email-malformed email-character email-mismatch password-missing password-too-short".split(
      " ",
    ),
    ..."password-too-long password-guessable-word password-contains-identity password-mismatch".split(
      " ",
    ),
    ..."given-name-missing given-name-character family-name-missing family-name-letterless".split(
      " ",
    ),
    ..."name-too-long credentials-refused too-many-attempts busy siret-missing siret-not-open".split(
      " ",
    ),
    ..."siret-format siret-checksum resend-too-soon password-wrong link-expired link-used".split(
      " ",
    ),
  ])("say what is wrong for %s", (reason) => {
    expect(sentencesOf("fr")[`refusal.${reason}`]).toMatch(/\.$/);
    expect(sentencesOf("en")[`refusal.${reason}`]).toMatch(/\.$/);
  });
});

describe("the fields of forms", () => {
  const all = templates.map(({ source }) => source).join("\n");
  const parts = [...all.matchAll(/part: \{ name: "([\w]+)"([^}]*)\}/g)];
  const inputs = [...all.matchAll(/<(?:input|textarea|select)[^>]* name="([\w]+)"/g)];

  it("are secret by their name, which keeps them out of what is kept or shown again", () => {
    const typedSecrets = parts.filter(([, , rest = ""]) => /"password"|one-time-code/.test(rest));
    expect(typedSecrets.length).toBeGreaterThan(8);
    expect(typedSecrets.filter(([, name = ""]) => !isSecretField(name))).toEqual([]);
  });

  it("are not secret where people type what they would have to type again", () => {
    const names = new Set([...parts, ...inputs].map(([, name = ""]) => name));
    expect([...names].filter(isSecretField).sort()).toEqual([
      ...["challenge", "code", "credential", "current_password"],
      ...["enrolment_code", "password", "password_confirmation"],
    ]);
  });

  it("are not secret where they are the settings of a client, which speak of tokens", () => {
    const settings = Object.keys(sentencesOf("fr")).flatMap((key) =>
      key.startsWith("client-setting.") ? (key.split(".")[1] ?? []) : [],
    );
    expect(settings).toEqual(
      expect.arrayContaining(["id_token_claims", "dpop_bound_access_tokens"]),
    );
    expect(settings.filter(isSecretField)).toEqual([]);
    expect(["token", "registration_access_token", "client_secret"].every(isSecretField)).toBe(true);
  });
});
