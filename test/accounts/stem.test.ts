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

  it("is a date where there are such a day and such a month, whichever of them comes first", () => {
    const judge = stemJudge([]);
    for (const date of ["010189", "311289", "103189", "890101", "01011989", "19890101"])
      expect([date, judge(date)]).toEqual([date, "date"]);
    for (const none of ["000189", "010089", "321289", "311389"])
      expect([none, judge(none)]).not.toEqual([none, "date"]);
  });

  it("is guessable below the least of guesses, its own and those of what is around, and not at them", () => {
    const fillers = Array.from(
      { length: 9998 },
      (_, at) =>
        `zq${at.toString(26).replace(/\d/g, (digit) => "qrstuvwxyz".charAt(Number(digit)))}`,
    );
    // Of the ten thousandth word of a list the cost is four.
    const judge = stemJudge([
      ranked("word", "soleil", ...fillers.slice(1), "chalumeau"),
      ranked("place", ...fillers.slice(1), "mirabelle", "grenadine"),
      { words: ["camille", ...fillers], kind: "name", isRanked: false },
    ]);
    expect(judge("mirabellechalumeau")).toBe("place");
    expect(judge("grenadinechalumeau")).toBeUndefined();
    // One of the digits goes with the word.
    expect(judge("soleil83726149")).toBe("common");
    expect(judge("soleil837261495")).toBeUndefined();
    expect(judge("camille837261")).toBe("name");
    expect(judge("camille8372614")).toBeUndefined();
  });
});
