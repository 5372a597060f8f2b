import { type EmailAddress, type Outcome, days, refused } from "../foundation/index.ts";
import { type ResendReason, type SignUpParts, askAgain, leastLinkSeconds } from "./sign-up.ts";
import type { PendingSignUp } from "./sign-up-store.ts";

/** What staff see and do of sign-ups that wait for their validation. */
export interface PendingSignUps {
  /** The newest of an address. Several people may have signed up with it: none of them is an account. */
  readonly ofAddress: (email: EmailAddress) => Promise<PendingSignUp[]>;
  /** How many wait for longer than a day: whoever means to come follows the link within it. */
  readonly stuckCount: () => Promise<number>;
  /**
   * Those, the oldest first.
   * @param page.after the last of the page before, which may be validated meanwhile
   */
  readonly stuck: (page: {
    readonly after?: Pick<PendingSignUp, "createdAt" | "id"> | undefined;
    readonly limit: number;
  }) => Promise<PendingSignUp[]>;
  /**
   * Asks for the letter again, in the person's place; `resend-too-soon` says in how many seconds. In its last hour a sign-up is
   * over, as for who made it: no letter would leave.
   */
  readonly resend: (id: string) => Promise<Outcome<EmailAddress, ResendReason>>;
}

const mostShown = 5;
/** When somebody who has not followed the link may need help. */
const stuckSeconds = days(1);

/** Builds it on the sign-ups' tables. */
export function createPendingSignUps(
  parts: Pick<SignUpParts, "database" | "clock" | "random" | "signUps" | "letterRequests">,
): PendingSignUps {
  const { signUps, clock } = parts;
  return {
    stuckCount: () => {
      const now = clock.epochSeconds();
      return signUps.countOlder(now - stuckSeconds, now);
    },
    stuck: (page) => {
      const now = clock.epochSeconds();
      return signUps.listOlder(now - stuckSeconds, now, page);
    },
    ofAddress: (email) => signUps.listByEmail(email, clock.epochSeconds(), mostShown),
    resend: async (id) => {
      const signUp = await signUps.find(id, clock.epochSeconds() + leastLinkSeconds);
      return signUp ? askAgain(parts, signUp) : refused({ reason: "sign-up-unknown" });
    },
  };
}
