import { hours } from "../foundation/index.ts";
import { retentionSeconds } from "../operations/index.ts";
import { isShared } from "./carried-credentials.ts";

/** How long a session lives after its last use. */
export const sessionLifeSeconds = retentionSeconds.sessions;

/** The same on a computer that others use: some browsers bring back what they showed when they were closed. */
const sharedLifeSeconds = hours(1);

/** How long this session lives after its last use. */
export function lifeOf(session: object): number {
  return isShared(session) ? sharedLifeSeconds : sessionLifeSeconds;
}
