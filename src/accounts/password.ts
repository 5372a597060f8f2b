import { parseOptions } from "@node-rs/argon2";
import { AppError, type Random } from "../foundation/index.ts";
import type { Argon2Parameters, HashingQueue } from "./hashing-queue.ts";
import type { Place } from "./worker-queue.ts";

/** OWASP Password Storage: argon2id, 19 MiB, 2 passes, 1 lane. */
export const owaspParameters: Argon2Parameters = { memoryKib: 19_456, passes: 2, lanes: 1 };

/** The longest password, in characters (code points after NFKC). */
export const longestPassword = 256;

/** Hashes and verifies passwords. Both throw what {@link HashingQueue} throws, `busy` first of all. */
export interface Passwords {
  /**
   * Hashes a password that the policy accepted.
   * @returns a PHC string
   * @throws AppError `password-too-long` (500) when the policy was not asked
   */
  readonly hash: (typed: string) => Promise<string>;
  /**
   * Whether `typed` is the password that `stored` was made of. Without `stored` (no such account)
   * the answer is no, after the same work in the same queue. A stored hash that is not argon2id is
   * never equal, and is reported.
   */
  readonly verify: (stored: string | undefined, typed: string, place?: Place) => Promise<boolean>;
  /**
   * Does the work of a sign-in with a place kept for its one verify: in a storm the excess costs no query, and is
   * refused in milliseconds; who is let in is not refused after having waited in line for the register.
   * @throws AppError `busy`, before any work, when no password can be checked now
   */
  readonly admitted: <Result>(work: (place: Place) => Promise<Result>) => Promise<Result>;
  /** Whether a stored hash was made with other parameters than today's: hash anew at sign-in. */
  readonly needsRehash: (stored: string) => boolean;
}

/**
 * @param options.parameters the OWASP ones unless told; tests of other rooms may take cheap ones
 * @param options.report told of a stored hash that cannot be read; the fault names no secret
 */
export function createPasswords(options: {
  readonly queue: HashingQueue;
  readonly random: Random;
  readonly parameters?: Argon2Parameters;
  readonly report: (fault: AppError) => void;
}): Passwords {
  const { queue, report } = options;
  const parameters = options.parameters ?? owaspParameters;
  const nobodys = hashOfNobody(parameters, options.random);
  return {
    hash: async (typed) => {
      const password = normalisePassword(typed);
      if (password === undefined) throw new AppError("password-too-long", { status: 500 });
      return queue.hash(password, parameters);
    },
    verify: async (stored, typed, place) => {
      const password = normalisePassword(typed);
      // Longer than any password can be: known before an account is looked at, so it tells nothing.
      if (password === undefined) return false;
      if (stored !== undefined && readHash(stored)) return queue.verify(stored, password, place);
      if (stored !== undefined) report(new AppError("password-hash-unreadable", { status: 500 }));
      await queue.verify(nobodys, password, place);
      return false;
    },
    admitted: async (work) => {
      const place = queue.admit();
      try {
        return await work(place);
      } finally {
        place.leave();
      }
    },
    needsRehash: (stored) => !isMadeWith(parameters, stored),
  };
}

function isMadeWith({ memoryKib, passes, lanes }: Argon2Parameters, stored: string): boolean {
  const found = readHash(stored);
  return (
    stored.startsWith("$argon2id$v=19$") &&
    found?.memoryCost === memoryKib &&
    found.timeCost === passes &&
    found.parallelism === lanes
  );
}

/**
 * A password as it is hashed: NFKC, so that an accented letter typed on another keyboard is the same
 * letter (NIST SP 800-63B §3.1.1.2). Nothing is trimmed or folded.
 * @returns undefined when it is longer than {@link longestPassword}; the length is looked at first, so
 * that a huge input costs nothing
 */
export function normalisePassword(typed: string): string | undefined {
  // A character is at most two UTF-16 units, and decomposed (as macOS may send it) a few more.
  if (typed.length > 4 * longestPassword) return undefined;
  const password = typed.normalize("NFKC");
  return characterCount(password) > longestPassword ? undefined : password;
}

/** The number of characters that people count: code points. */
export function characterCount(text: string): number {
  return Array.from(text).length;
}

/** A hash of today's parameters that no password has: both its parts are random. */
function hashOfNobody({ memoryKib, passes, lanes }: Argon2Parameters, random: Random): string {
  const part = (bytes: number): string => random.bytes(bytes).toString("base64").replace(/=+$/, "");
  return `$argon2id$v=19$m=${memoryKib},t=${passes},p=${lanes}$${part(16)}$${part(32)}`;
}

function readHash(stored: string): ReturnType<typeof parseOptions> | undefined {
  if (!stored.startsWith("$argon2id$")) return undefined;
  try {
    return parseOptions(stored);
  } catch {
    return undefined;
  }
}
