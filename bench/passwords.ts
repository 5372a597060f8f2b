/**
 * What the password policy lets through: `node bench/passwords.ts [FILE]`. The commonest passwords of a public list (that of
 * `@zxcvbn-ts/language-common`, or a FILE with one a line), padded to the length rule in the ways people pad; phrases of four
 * words; strings as password managers make them, `SAMPLE` of each (1000), drawn anew from `SEED` (a number, 1). One JSON line each.
 */
import { readFileSync } from "node:fs";
import { dictionary as common } from "@zxcvbn-ts/language-common";
import { dictionary as french } from "@zxcvbn-ts/language-fr";
import { createPasswordPolicy } from "../src/accounts/password-policy.ts";

const owner = { givenName: "Jeanne", familyName: "Lefèvre", email: "jeanne.lefevre@exemple.fr" };
const least = 12;
const [file] = process.argv.slice(2);
const sampleSize = Number(process.env["SAMPLE"] ?? 1000);
let seed = Number(process.env["SEED"] ?? 1);

/** A number below `end`, the same again from the same seed (mulberry32). */
function randomInt(end: number): number {
  seed = (seed + 0x6d2b79f5) | 0;
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * end);
}
const policy = createPasswordPolicy();

/** How people lengthen a password that is too short: each gives what is tried in turn until it is long enough. */
const paddings: readonly ((word: string) => readonly string[])[] = [
  (word) => [`${word}2026`, `${word}2026!`, `${word}12345678`, `${word}1234567890`],
  (word) => [`${capital(word)}2025!`, `${capital(word)}123456!`, `${capital(word)}123456789!`],
  (word) => [`${capital(word)}123!`, `${capital(word)}1234!`, `${capital(word)}12345!!!!!`],
  (word) => [word.padEnd(least, "!"), word],
  (word) => [word.padEnd(least, "1"), word],
  (word) => [`${word}${word}`, `${word}${word}${word}${word}`, `${word.repeat(4)}!`],
  (word) => [`2026${capital(word)}!`, `2026*${capital(word)}*2026`],
  (word) => [`${capital(word)}@1990`, `${capital(word)}@01011990`, `${capital(word)}@01011990!!`],
  (word) => [leet(capital(word)), `${leet(capital(word))}2026!`, `${leet(capital(word))}123456789`],
];

const words = file
  ? readFileSync(file, "utf8").split("\n").filter(Boolean)
  : common["passwords-common"].map(String);
const commonest = words.slice(0, 10_000);
let tried = 0;
const passing: string[] = [];
for (const [place, word] of commonest.entries()) {
  const ways = Number(process.env["WAYS"] ?? 1);
  for (let way = 0; way < ways; way += 1) {
    const pad = paddings[(place + way) % paddings.length] ?? (() => []);
    const padded = pad(word).find((each) => Array.from(each).length >= least);
    if (padded === undefined) continue;
    tried += 1;
    if (await passes(padded)) passing.push(padded);
  }
}
report("commonest, padded", tried, passing);

const vocabulary = [...common["diceware-common"], ...french["commonWords-fr"].slice(0, 7776)].map(
  String,
);
await refused("phrases of four words", () => {
  const four = Array.from({ length: 4 }, () => vocabulary[randomInt(vocabulary.length)]);
  return four.join([" ", "-", ""][randomInt(3)]);
});
const ascii = Array.from({ length: 94 }, (_, index) => String.fromCharCode(33 + index)).join("");
const letters = ascii.replace(/[^A-Za-z0-9]/g, "");
await refused("strings of a password manager", () => {
  const units = randomInt(2) ? ascii : letters;
  return Array.from({ length: least + randomInt(9) }, () => units[randomInt(units.length)]).join(
    "",
  );
});
await policy.close();

async function refused(what: string, make: () => string): Promise<void> {
  const made = Array.from({ length: sampleSize }, make).filter((each) => each.length >= least);
  const fates = [];
  for (const each of made) fates.push({ each, passes: await passes(each) });
  const against = fates.filter((fate) => !fate.passes).map(({ each }) => each);
  console.log(
    JSON.stringify({
      what,
      tried: made.length,
      refused: against.length,
      examples: against.slice(0, 8),
    }),
  );
}

function report(what: string, of: number, through: readonly string[]): void {
  const [passed, share] = [through.length, through.length / of];
  console.log(JSON.stringify({ what, tried: of, passed, share, examples: sample(through) }));
}

function sample(all: readonly string[]): string[] {
  return Array.from({ length: Math.min(40, all.length) }, (_, index) => {
    return all[Math.floor((index * all.length) / Math.min(40, all.length))] ?? "";
  });
}

async function passes(password: string): Promise<boolean> {
  return (await policy.check(password, owner)).accepted;
}

function capital(word: string): string {
  return word.replace(/^./u, (first) => first.toUpperCase());
}

function leet(word: string): string {
  return word.replace(
    /[aeios]/g,
    (letter) => ({ a: "@", e: "3", i: "1", o: "0", s: "$" })[letter] ?? letter,
  );
}
