import { describe, expect, it } from "@jest/globals";
import { type WordList, stemJudge } from "../../src/accounts/stem.ts";

const ranked = (kind: WordList["kind"], ...words: string[]): WordList => ({
  ...{ words, kind, isRanked: true },
});

/** The rules alone, on lists of a few words: what the whole dictionaries make of them is the policy's test. */
describe("the stem of a password", () => {
  it("is a phrase from four words of three letters on, or three of five, and then no stem", () => {
    const judge = stemJudge([
      ranked("word", "sel", "vin", "mur", "cri", "toit", "livre", "table", "porte"),
    ]);
    expect(judge("selvinmurcri")).toBeUndefined();
    expect(judge("selvinmur")).toBe("word");
    expect(judge("livretableporte")).toBeUndefined();
    expect(judge("livretabletoit")).toBe("word");
    // The same word again makes no phrase.
    expect(judge("livretablelivre")).toBe("word");
  });

  it("is put together in the way that the fewest guesses find, from its beginning on", () => {
    const rare = Array.from({ length: 8 }, (_, at) => `inconnu${String.fromCharCode(97 + at)}`);
    const judge = stemJudge([ranked("name", "rose"), ranked("word", ...rare, "oses")]);
    expect(judge("roses")).toBe("name");
    expect(judge("oses")).toBe("word");
  });

  it("takes two letters for a word where they are among the commonest alone, three wherever they stand", () => {
    const before = (count: number) =>
      Array.from(
        { length: count },
        (_, at) => `mot${"abcdefghij".charAt(at % 10)}${"x".repeat(at)}`,
      );
    const kindOf = (text: string, rank: number) =>
      stemJudge([ranked("word", ...before(rank), text)])(text);
    expect(kindOf("zq", 59)).toBe("word");
    expect(kindOf("zq", 60)).toBe("keyboard");
    expect(kindOf("zqx", 60)).toBe("word");
  });

  it("is of the kind that the earlier list says, though a later one has it cheaper", () => {
    const names = ["camille", "olivier", "jeanne"];
    const judge = stemJudge([
      { words: names, kind: "name", isRanked: false },
      ranked("common", "olivier"),
    ]);
    expect(judge("olivier")).toBe("name");
  });
});
