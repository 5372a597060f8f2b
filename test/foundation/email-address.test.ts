import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import {
  parseEmailAddress,
  refusedEmailCharacter,
  shownEmail,
} from "../../src/foundation/index.ts";
import { growsNoFaster, growthByEight } from "../support/growth.ts";

describe("an e-mail address", () => {
  it.each([
    ["jeanne.durand@partenaire.test", "jeanne.durand@partenaire.test"],
    ["  Jeanne.DURAND@Partenaire.Test\t", "jeanne.durand@partenaire.test"],
    ["ｊｅａｎｎｅ＠ｐａｒｔｅｎａｉｒｅ．ｔｅｓｔ", "jeanne@partenaire.test"],
    ["\u3000jeanne@partenaire.test\u00A0", "jeanne@partenaire.test"],
    ["\u212Aarl@partenaire.test", "karl@partenaire.test"],
    ["o'neil+of_1@sous.domaine-2.partenaire.test", "o'neil+of_1@sous.domaine-2.partenaire.test"],
    ["!#$%&'*+/=?^_`{|}~-@a.test", "!#$%&'*+/=?^_`{|}~-@a.test"],
    ["a@xn--bcher-kva.test", "a@xn--bcher-kva.test"],
    ["jeanne@bücher.test", "jeanne@xn--bcher-kva.test"],
    ["Contact@SOCIÉTÉ.fr", "contact@xn--socit-esab.fr"],
    ["contact@socie\u0301te\u0301.fr", "contact@xn--socit-esab.fr"],
    ["contact@xn--socit-esab.fr", "contact@xn--socit-esab.fr"],
    ["\u200Bjeanne@partenaire.test\u2060\uFEFF\u200E", "jeanne@partenaire.test"],
    ["\u202Ajeanne@partenaire.test\u202C\u00AD", "jeanne@partenaire.test"],
  ])("%j is stored as %s", (typed, stored) => {
    expect(parseEmailAddress(typed)).toBe(stored);
  });

  it.each([
    [""],
    ["jeanne"],
    ["@partenaire.test"],
    ["jeanne@"],
    ["jeanne@localhost"],
    ["jeanne@127.0.0.1"],
    ["jeanne@[127.0.0.1]"],
    ["jeanne@partenaire..test"],
    ["jeanne@-partenaire.test"],
    ["jeanne@partenaire-.test"],
    ["jeanne@partenaire.test."],
    [".jeanne@partenaire.test"],
    ["jeanne.@partenaire.test"],
    ["jeanne..durand@partenaire.test"],
    ["jeanne@evil.test@partenaire.test"],
    ['"jeanne"@partenaire.test'],
    ["jeanne(comment)@partenaire.test"],
    ["Jeanne <jeanne@partenaire.test>"],
    ["jeanne@partenaire.test,evil@evil.test"],
    ["group:jeanne@partenaire.test;"],
    ["jeanne@partenaire.test\r\nBcc: evil@evil.test"],
    ["jeanne\u0000@partenaire.test"],
    ["jeanne@parten\u0000aire.test"],
    ["jeanne\uD800@partenaire.test"],
    ["jean\u202Ene@partenaire.test"],
    ["jean\u200Bne@partenaire.test"],
    ["hélène@partenaire.test"],
    ["jeanne@bü/cher.test"],
    ["jeanne@bü\u0000cher.test"],
    ["jeanne@bücher"],
    ["jeanne@evil.test@bücher.test"],
    [`jeanne@${"é".repeat(60)}.test`],
    ["jeanne durand@partenaire.test"],
    ["jeanne@parten\u2100aire.test"],
  ])("%j is none that we can mail", (typed) => {
    expect(parseEmailAddress(typed)).toBeUndefined();
  });

  it.each([
    ["hélène@partenaire.test", "é"],
    ["jeanne durand@partenaire.test", " "],
    ["jeanne@partenaire.test;", ";"],
    ["jeanne@parten_aire.test", "_"],
    ["jeanne@durand@partenaire.test", "@"],
    ["jeanne@société.f r", " "],
    ["jeanne", undefined],
    ["@partenaire.test", undefined],
    ["jeanne@partenaire", undefined],
    ["jeanne@société.fr", undefined],
  ])("%j is refused because of %j", (typed, character) => {
    expect(refusedEmailCharacter(typed)).toBe(character);
  });

  it("is shown with the accents of its domain", () => {
    expect(shownEmail("contact@xn--socit-esab.fr")).toBe("contact@société.fr");
    expect(shownEmail("jeanne@partenaire.test")).toBe("jeanne@partenaire.test");
    expect(shownEmail("jeanne@xn--a.test")).toBe("jeanne@xn--a.test");
  });

  it("has at most 64 characters in front of the @, 63 in a label and 254 in all", () => {
    const domain = `${"d".repeat(63)}.${"e".repeat(63)}.${"f".repeat(57)}.test`;
    expect(parseEmailAddress(`${"a".repeat(64)}@b.test`)).toBeDefined();
    expect(parseEmailAddress(`${"a".repeat(65)}@b.test`)).toBeUndefined();
    expect(parseEmailAddress(`a@${"b".repeat(63)}.test`)).toBeDefined();
    expect(parseEmailAddress(`a@${"b".repeat(64)}.test`)).toBeUndefined();
    expect(parseEmailAddress(`${"a".repeat(63)}@${domain}`)).toHaveLength(254);
    expect(parseEmailAddress(`${"a".repeat(64)}@${domain}`)).toBeUndefined();
  });

  it("is a fixed point: what is stored is found again by what is stored", () => {
    const part = fc.string({
      unit: fc.constantFrom(..."aZé.-+_'üß\u200D\u00ADＡK\u212A \u3000".split("")),
    });
    fc.assert(
      fc.property(part, part, (local, domain) => {
        const address = parseEmailAddress(`${local}@${domain}.test`);
        if (address !== undefined) expect(parseEmailAddress(address)).toBe(address);
      }),
    );
  });

  it("never holds what a mail library or a header could read as anything else", () => {
    const nasty = fc.constantFrom(...'@.,;:<>()[]"\\\r\n\t\0 ab1-é\u202E\uD800'.split(""));
    fc.assert(
      fc.property(fc.string({ unit: nasty, maxLength: 60 }), (typed) => {
        const address = parseEmailAddress(`${typed}@b.test`) ?? parseEmailAddress(typed);
        // eslint-disable-next-line no-control-regex -- that none is in it is the point
        if (address !== undefined) expect(address).not.toMatch(/[\s,;:<>()[\]"\\\x00-\x1f]/);
      }),
      { numRuns: 1000 },
    );
  });

  it.each(["a", "a.", "a@", "-", "\uFDFA", "a-", ".", "1.", "\u0300"])(
    "is judged in a time that grows with the text alone: %j",
    (unit) => {
      const growth = growthByEight((length) => {
        const typed = unit.repeat(length / unit.length);
        parseEmailAddress(typed);
        parseEmailAddress(`a@${typed}`);
        parseEmailAddress(`${typed}@b.test`);
      }, 10_000);
      expect(growth).toBeLessThan(growsNoFaster);
    },
  );
});
