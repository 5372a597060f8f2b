import {
  type Outcome,
  type Telemetry,
  accepted,
  refused,
  silentTelemetry,
} from "../foundation/index.ts";
import type { Spending } from "../web/index.ts";
import { characterCount, longestPassword, normalisePassword } from "./password.ts";
import type { GuessableKind } from "./stem.ts";
import { type QueueFigures, createWorkerQueue } from "./worker-queue.ts";

/** Why a password cannot be chosen. */
export type PasswordRefusal =
  | "password-missing"
  /** details: `minimum` */
  | "password-too-short"
  /** details: `maximum` */
  | "password-too-long"
  /** What kind of thing it leans on. */
  | `password-guessable-${GuessableKind}`
  /** What is left once the person's name and address are taken out is guessable. */
  | "password-contains-identity";

/** Who chooses the password: what a guesser would try first. */
export interface PasswordOwner {
  readonly givenName: string;
  readonly familyName: string;
  readonly email: string;
}

/** The rules for choosing a password. They are never applied to signing in. */
export interface PasswordPolicy {
  /**
   * @param spending counts it before the thread is asked
   * @returns the password as typed, or one refusal on the field `password`
   * @throws AppError `busy` (503) when more than 2 s of checks wait
   */
  readonly check: (
    typed: string,
    owner: PasswordOwner,
    spending?: Spending,
  ) => Promise<Outcome<string, PasswordRefusal>>;
  readonly figures: () => QueueFigures;
  /** Waits for the checks under way and ends the thread. */
  readonly close: () => Promise<void>;
}

/** The fewest characters (code points after NFKC). */
export const shortestPassword = 12;
/** How much of a password is read: zxcvbn's time grows fast with the length (256 characters: 1.7 s). */
const charactersRead = 64;
const brandWords = [
  "l'opcommerce",
  "lopcommerce",
  "opcommerce",
  "opco",
  "webservices",
  "siret",
  "siren",
];

/** What the thread is asked: a password without who chooses it, and words that are worth nothing. */
export interface GuessabilityJob {
  /** Without our own words too. */
  readonly password: string;
  /** With them, for a phrase may hold one; in lower case, without accents. */
  readonly phrase: string;
  readonly words: readonly string[];
}

/** What it answers. */
export interface Guessability {
  /** What it leans on; undefined: it is hard to guess. */
  readonly kind: GuessableKind | undefined;
}

/**
 * At least 12 characters, at most 256, no rule of composition, and hard to guess for one who knows the
 * person and us. Rules that ask for a digit and a sign punish people without stopping attackers.
 *
 * Hard to guess is zxcvbn's 3 of 4, at least 10^8 guesses, of the whole and of its stem (`stem`): it stands behind a
 * guard that allows 25 guesses a day, and argon2id; 4 (10^10) refuses what people take for a good passphrase without
 * stopping anyone.
 *
 * Names are taken out before the rest is judged: zxcvbn alone finds `JeanneDurand1987` good enough for
 * Jeanne Durand. The check runs in one thread of low priority, started at the first: the dictionaries
 * take 30 MB and 260 ms, a nasty password 20 ms.
 */
export function createPasswordPolicy(telemetry: Telemetry = silentTelemetry): PasswordPolicy {
  const guessability = createWorkerQueue<GuessabilityJob, Guessability>({
    script: new URL("./guessability-worker.ts", import.meta.url),
    workers: 1,
    queueSeconds: 2,
    estimatedMilliseconds: 20,
    name: "new-passwords",
    telemetry,
    // zxcvbn leaves much garbage; without a limit the process grew to 250 MB.
    resourceLimits: { maxOldGenerationSizeMb: 96, maxYoungGenerationSizeMb: 8 },
  });
  return {
    check: async (typed, owner, spending) => {
      const password = normalisePassword(typed);
      if (password === "") return refusal("password-missing");
      if (password === undefined) return refusal("password-too-long", { maximum: longestPassword });
      if (characterCount(password) < shortestPassword) {
        return refusal("password-too-short", { minimum: shortestPassword });
      }
      const identity = identityWords(owner);
      const read = Array.from(password).slice(0, charactersRead);
      const withoutIdentity = without(read, identity);
      const withoutBrand = without(withoutIdentity, brandWords);
      await spending?.spend();
      const { kind } = await guessability.run({
        password: withoutBrand.join(""),
        phrase: fold(withoutIdentity.join("")),
        words: [...brandWords, ...identity],
      });
      if (kind === undefined) return accepted(typed);
      if (withoutIdentity.length < read.length) return refusal("password-contains-identity");
      if (withoutBrand.length < read.length) return refusal("password-guessable-trade");
      return refusal(`password-guessable-${kind}`);
    },
    figures: guessability.figures,
    close: guessability.close,
  };
}

function refusal(
  reason: PasswordRefusal,
  details?: Readonly<Record<string, number>>,
): Outcome<string, PasswordRefusal> {
  return refused({ field: "password", reason, ...(details ? { details } : {}) });
}

/** The words of a name and an address, the longest first; shorter than 3 letters they are chance. */
function identityWords({ givenName, familyName, email }: PasswordOwner): string[] {
  const address = fold(email);
  const [local = "", domain = ""] = address.split("@");
  const names = [givenName, familyName].map(fold);
  const words = [
    address,
    local,
    ...names,
    ...domain.split(".").slice(0, -1),
    ...[local, domain.slice(0, domain.lastIndexOf(".")), ...names].flatMap((text) =>
      text.split(/[^\p{L}]+/u),
    ),
  ];
  return [...new Set(words)]
    .filter((word) => characterCount(word) >= 3)
    .sort((left, right) => right.length - left.length);
}

/** Lower case without accents: « Hélène » is the same word as `helene`. */
function fold(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

/** Takes out words whatever their case and accents; what is left keeps its own, for the dictionaries. */
function without(characters: readonly string[], words: readonly string[]): string[] {
  const rest = [...characters];
  // One unit of text a character, so that a place in the one is the same place in the other.
  const units = rest.map(fold).map((unit) => (unit.length === 1 ? unit : "\uFFFD"));
  for (const word of words) {
    for (let at = units.join("").indexOf(word); at >= 0; at = units.join("").indexOf(word)) {
      rest.splice(at, word.length);
      units.splice(at, word.length);
    }
  }
  return rest;
}
