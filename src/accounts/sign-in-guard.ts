import {
  type Clock,
  type EmailAddress,
  type Outcome,
  accepted,
  hours,
  keyedDigest,
  refused,
  seconds,
} from "../foundation/index.ts";
import { retentionSeconds } from "../operations/index.ts";
import type { Database } from "../storage/index.ts";
import type { KnownBrowser } from "./known-browser-store.ts";
import { type FailureRules, SignInGuardStore } from "./sign-in-guard-store.ts";

/** Leave to check one secret. It counts as a failure until it is said to be none. */
export interface Attempt {
  /** The secret was right: this browser's (or the address's) failures are forgotten. */
  readonly succeeded: () => Promise<void>;
  /** Nothing was checked (the hashing queue was full): the attempt does not count. */
  readonly withdraw: () => Promise<void>;
  /** How many failures are counted, with this one. */
  readonly failures: number;
}

/**
 * Slows down guessing at one account. Every path that checks a secret of an address asks it first:
 * sign-in, and the password asked for by a validation in another browser. Recovery does not: it stays
 * open when sign-in is delayed.
 */
export interface SignInGuard {
  /**
   * Counts an attempt before anything costly is done, whether the address has an account or not.
   * @param request.browser the browser's mark when this account signed in with it before
   * @returns a refusal with `details.seconds`, the seconds to wait, while the address (or the known
   * browser) is delayed
   */
  readonly begin: (request: {
    readonly email: EmailAddress;
    readonly browser?: KnownBrowser | undefined;
  }) => Promise<Outcome<Attempt, "too-many-attempts">>;
  /**
   * Counts a check of an account's second factor, apart from its password: who knows the password must not
   * clear that count by signing in again, nor keep its person out: a browser in which the factor was proven before has
   * a counter of its own, all others share one.
   * @param browser one that is known by two factors; undefined for every other
   */
  readonly beginSecondFactor: (
    sub: string,
    browser: KnownBrowser | undefined,
  ) => Promise<Outcome<Attempt, "too-many-attempts">>;
  /** Forgets what unknown browsers guessed at an account's second factor: its person has just made a change with it. */
  readonly forgiveSecondFactor: (sub: string) => Promise<void>;
  /** Forgets an address's failures: its person has just proved to read its mail. */
  readonly forgive: (email: EmailAddress) => Promise<void>;
  /** Deletes counts that no longer matter. @returns how many */
  readonly purge: () => Promise<number>;
}

const freeFailures = 4;
const mostFailures = 25;
const firstDelaySeconds = seconds(61);
const longestDelaySeconds = hours(1);
const forgottenAfterSeconds = retentionSeconds.refusedPasswords;

/**
 * CNIL 2022-100: a growing delay, over 1 minute after 5 failures, and at most 25 failures in 24 h.
 * After the fifth failure 61 s (whole seconds are stored: 60 could be 59.1), then twice as long each
 * time up to an hour, after the 25th a day. The count is forgotten a day after its last failure, so no
 * 24 hours hold more than 25; counting anew each day would let 50 into the hours around midnight.
 *
 * When the clock is put back an hour, delays last an hour longer and counts stay. Instants more than
 * 26 h ahead are not believed: nobody waits for ever for a clock that was wrong by a year.
 */
export const guardRules: FailureRules = {
  delays: Array.from({ length: mostFailures }, (_, index) => delayAfter(index + 1)),
  forgottenAfterSeconds,
  believedAheadSeconds: forgottenAfterSeconds + hours(2),
};

function delayAfter(failures: number): number {
  if (failures <= freeFailures) return 0;
  if (failures >= mostFailures) return forgottenAfterSeconds;
  return Math.min(firstDelaySeconds * 2 ** (failures - freeFailures - 1), longestDelaySeconds);
}

/**
 * A known browser has a counter of its own, so the failures of a stranger never delay a person there,
 * and it gives a stranger nothing: only a sign-in that succeeded makes a browser known.
 * @param options.key makes the stored keys digests: an address that has no account is not kept
 */
export function createSignInGuard(options: {
  readonly database: Database;
  readonly clock: Clock;
  readonly key: string | Buffer;
}): SignInGuard {
  const { clock } = options;
  const store = new SignInGuardStore(options.database.knex, guardRules);
  const addressKey = (email: EmailAddress): string => keyedDigest(options.key, `address:${email}`);
  const browserKey = ({ accountSub, digest }: KnownBrowser): string =>
    keyedDigest(options.key, `browser:${accountSub}:${digest}`);
  const factorKey = (sub: string): string => keyedDigest(options.key, `second-factor:${sub}`);
  const factorBrowserKey = ({ accountSub, digest }: KnownBrowser): string =>
    keyedDigest(options.key, `second-factor-browser:${accountSub}:${digest}`);
  const count = async (key: string): Promise<Outcome<Attempt, "too-many-attempts">> => {
    const now = clock.epochSeconds();
    const failures = await store.countFailure(key, now);
    if (failures !== undefined) {
      return accepted({
        failures,
        succeeded: () => store.forget(key),
        withdraw: () => store.takeBack(key, clock.epochSeconds()),
      });
    }
    const wait = ((await store.delayedUntil(key)) ?? now) - now;
    return refused({ reason: "too-many-attempts", details: { seconds: Math.max(1, wait) } });
  };
  return {
    begin: ({ email, browser }) => count(browser ? browserKey(browser) : addressKey(email)),
    beginSecondFactor: (sub, browser) =>
      count(browser ? factorBrowserKey(browser) : factorKey(sub)),
    forgiveSecondFactor: (sub) => store.forget(factorKey(sub)),
    forgive: (email) => store.forget(addressKey(email)),
    purge: () => store.purge(clock.epochSeconds()),
  };
}
