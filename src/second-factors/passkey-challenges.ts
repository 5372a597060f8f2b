import { type Clock, type Random, digest, minutes } from "../foundation/index.ts";
import type { PasskeyStore } from "./passkey-store.ts";
import type { SealedValues } from "./sealed-values.ts";

/** What a challenge is for; one of the one is never good for the other. */
type Purpose = "enrolment" | "check";

/** Challenges of one person: made without a trace, sealed into their page, good once. */
export interface PasskeyChallenges {
  readonly propose: (
    purpose: Purpose,
    accountSub: string,
  ) => { readonly bytes: Uint8Array<ArrayBuffer>; readonly sealed: string };
  /** Uses a challenge up. @returns it in base64url; undefined when it is not good, or no longer */
  readonly use: (
    purpose: Purpose,
    accountSub: string,
    sealed: string,
  ) => Promise<string | undefined>;
}

const lifeSeconds = minutes(10);

/** Builds them on the table of those that were used. */
export function createPasskeyChallenges(
  parts: { readonly clock: Clock; readonly random: Random; readonly sealed: SealedValues },
  store: PasskeyStore,
): PasskeyChallenges {
  const { clock, random, sealed } = parts;
  const place = (purpose: Purpose, sub: string) => `passkey-challenge:${purpose}:${sub}`;
  return {
    propose: (purpose, accountSub) => {
      const challenge = random.secret();
      return {
        bytes: new Uint8Array(Buffer.from(challenge, "base64url")),
        sealed: sealed.seal(place(purpose, accountSub), challenge, lifeSeconds),
      };
    },
    use: async (purpose, accountSub, value) => {
      const challenge = sealed.open(place(purpose, accountSub), value);
      if (challenge === undefined) return undefined;
      // Its mark stays until its age alone refuses it.
      const forgottenAt = clock.epochSeconds() + lifeSeconds;
      return (await store.useChallenge(digest(challenge), forgottenAt)) ? challenge : undefined;
    },
  };
}
