import { type Clock, type Random, digest, hours, minutes } from "../foundation/index.ts";
import type { PasskeyStore } from "./passkey-store.ts";
import type { SealedValues } from "./sealed-values.ts";

/** What a challenge is for, and how long its page may be looked at; one of the one is never good for the other. */
const lives = { enrolment: minutes(10), check: minutes(10), "sign-in": hours(1) } as const;
type Purpose = keyof typeof lives;

/** Challenges: made without a trace, sealed into their page, good once. */
export interface PasskeyChallenges {
  /** @param whose the account's `sub`; at the sign-in, where nobody is known, the interaction's `uid` */
  readonly propose: (
    purpose: Purpose,
    whose: string,
  ) => { readonly bytes: Uint8Array<ArrayBuffer>; readonly sealed: string };
  /** Uses a challenge up. @returns it in base64url; undefined when it is not good, or no longer */
  readonly use: (purpose: Purpose, whose: string, sealed: string) => Promise<string | undefined>;
}

/** Builds them on the table of those that were used. */
export function createPasskeyChallenges(
  parts: { readonly clock: Clock; readonly random: Random; readonly sealed: SealedValues },
  store: PasskeyStore,
): PasskeyChallenges {
  const { clock, random, sealed } = parts;
  const place = (purpose: Purpose, whose: string) => `passkey-challenge:${purpose}:${whose}`;
  return {
    propose: (purpose, whose) => {
      const challenge = random.secret();
      return {
        bytes: new Uint8Array(Buffer.from(challenge, "base64url")),
        sealed: sealed.seal(place(purpose, whose), challenge, lives[purpose]),
      };
    },
    use: async (purpose, whose, value) => {
      const challenge = sealed.open(place(purpose, whose), value);
      if (challenge === undefined) return undefined;
      // Its mark stays until its age alone refuses it.
      const forgottenAt = clock.epochSeconds() + lives[purpose];
      return (await store.useChallenge(digest(challenge), forgottenAt)) ? challenge : undefined;
    },
  };
}
