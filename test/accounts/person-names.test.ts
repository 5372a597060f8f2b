import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { checkNames } from "../../src/accounts/sign-up-form.ts";

/** What becomes of a first name: the name that is kept, or why it is refused. */
function judged(typed: string): string {
  const names = checkNames({ given_name: typed, family_name: "Durand" });
  if (names.accepted) return names.value.givenName;
  const [{ reason, details }] = names.problems;
  return `${reason} ${details?.["character"] ?? ""}`.trim();
}

describe("a person's name", () => {
  it.each([
    ["Jean\u00A0Pierre", "Jean Pierre"],
    ["Jean\u202FPierre", "Jean Pierre"],
    ["\u2009Jean \u00A0 Pierre\t", "Jean Pierre"],
    ["d’Arc", "d'Arc"],
    ["O`Neil", "O'Neil"],
    ["Jean‑Pierre", "Jean-Pierre"],
    ["Jean–Pierre", "Jean-Pierre"],
    ["J.Pierre", "J. Pierre"],
    ["J.-P.", "J.-P."],
    ["J.R.R.Tolkien", "J.R.R. Tolkien"],
    ["Ste.Marie", "Ste. Marie"],
    ["Gal·la", "Gal·la"],
    ["\u200BJeanne\uFEFF", "Jeanne"],
    ["Jean\u00ADne\u202E", "Jeanne"],
    ["Zoe\u0301", "Zoé"],
    ["Nguyễn", "Nguyễn"],
    ["Мария", "Мария"],
    ["t.co", "t. co"],
  ])("%j is kept as %j", (typed, kept) => {
    expect(judged(typed)).toBe(kept);
  });

  it.each([
    ["", "given-name-missing"],
    ["\u200B", "given-name-missing"],
    ["Jean2", "given-name-character 2"],
    ["<b>Jean", "given-name-character <"],
    ["jean@durand", "given-name-character @"],
    ["Jean/Pierre", "given-name-character /"],
    ["Jean\u0007", "given-name-character U+0007"],
    ["Jean\uD800", "given-name-character U+D800"],
    ["Jeanne 🎉", "given-name-character 🎉"],
    ["www.evil.com", "given-name-character ."],
    ["evil.com", "given-name-character ."],
    ["-", "given-name-letterless"],
    ["·", "given-name-letterless"],
    ["é".repeat(101), "name-too-long"],
  ])("%j is refused: %s", (typed, refusal) => {
    expect(judged(typed)).toBe(refusal);
  });

  it("is one spelling: what is kept is kept again", () => {
    const letters = fc.string({ unit: fc.constantFrom(..."aÉ.'’-–·\u00A0\u200B t".split("")) });
    fc.assert(
      fc.property(letters, (typed) => {
        const kept = checkNames({ given_name: typed, family_name: "Durand" });
        if (kept.accepted) expect(judged(kept.value.givenName)).toBe(kept.value.givenName);
      }),
    );
  });
});
