import { type Clock, hours } from "../foundation/index.ts";
import { retentionSeconds } from "../operations/index.ts";
import { isShared } from "./carried-credentials.ts";
import { clockToleranceSeconds } from "./jwt-bounds.ts";

/** How long a session lives after its last use. */
export const sessionLifeSeconds = retentionSeconds.sessions;

/** The same on a computer that others use: some browsers bring back what they showed when they were closed. */
const sharedLifeSeconds = hours(1);

/** How long this session lives after its last use. */
export function lifeOf(session: object): number {
  return isShared(session) ? sharedLifeSeconds : sessionLifeSeconds;
}

/**
 * When it was proven who is signed in, epoch seconds. What a clock that was ahead wrote, and that is to come now that it is put
 * back, proves nothing: it would have no age until the clock has caught up.
 */
export function provenAt(
  { loginTs = 0 }: { readonly loginTs?: number | undefined },
  clock: Clock,
): number {
  return loginTs > clock.epochSeconds() + clockToleranceSeconds ? 0 : loginTs;
}
