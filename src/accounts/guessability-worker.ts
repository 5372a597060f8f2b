/** The program of the guessability thread (`password-policy.ts`): zxcvbn-ts with its French words, and the stem. */
import { type Match, ZxcvbnFactory } from "@zxcvbn-ts/core";
import * as common from "@zxcvbn-ts/language-common";
import * as french from "@zxcvbn-ts/language-fr";
import type { GuessabilityJob, Guessability } from "./password-policy.ts";
import { type GuessableKind, type WordList, stemJudge } from "./stem.ts";
import { serveJobs } from "./worker-loop.ts";

/** zxcvbn's 3 of 4: at least 10^8 guesses. */
const leastScore = 3;

const zxcvbn = new ZxcvbnFactory({
  dictionary: { ...common.dictionary, ...french.dictionary },
  graphs: common.adjacencyGraphs,
  // With the default of 100, 64 characters of "4@311!|0$5" took 220 ms; with 5, 18 ms.
  l33tMaxSubstitutions: 5,
});

const kindsOfLists: Readonly<Record<string, GuessableKind>> = {
  "passwords-common": "common",
  "firstnames-fr": "name",
  "lastnames-fr": "name",
};
const ranked = new Set(["passwords-common", "commonWords-fr", "wikipedia-fr"]);
const lists = Object.entries({ ...common.dictionary, ...french.dictionary })
  .map(([name, words]): WordList => ({
    words: words.map(String),
    kind: kindsOfLists[name] ?? "word",
    isRanked: ranked.has(name),
  }))
  // What is a name and a common password is called a name.
  .sort((one, other) => Number(other.kind === "name") - Number(one.kind === "name"));
const judgeStem = stemJudge(lists);

serveJobs(({ password, phrase, words }: GuessabilityJob): Guessability => {
  const { score, sequence } = zxcvbn.check(password, [...words]);
  const kind = judgeStem(phrase);
  return { kind: score < leastScore ? (kind ?? kindOf(sequence)) : kind };
});

/** What the longest piece is that zxcvbn found. */
function kindOf(pieces: readonly Match[]): GuessableKind {
  const [longest] = [...pieces].sort((one, other) => other.token.length - one.token.length);
  const name = String(longest?.["dictionaryName"] ?? "");
  return kindsOfLists[name] ?? kindsOfPatterns[longest?.pattern ?? ""] ?? "word";
}

const kindsOfPatterns: Readonly<Record<string, GuessableKind>> = {
  spatial: "keyboard",
  sequence: "keyboard",
  repeat: "repeated",
  date: "date",
  regex: "date",
};
