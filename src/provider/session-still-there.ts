import { setTimeout as pause } from "node:timers/promises";
import { type Grant, errors } from "oidc-provider";
import type { ArtifactStore } from "../artifacts/index.ts";

/** A session that changes its identifier stands nowhere until it is written again, which a busy store takes its time for. */
const momentsMilliseconds = [0, 20, 50, 100, 250, 500];

/**
 * Ends a grant that was made while its session ended: a sign-out ends what it finds, and a grant that comes behind it would
 * live on for a month. To be asked once the grant is frozen to its session: what ends it from then on finds the grant.
 * @throws AccessDenied where the session that was read is there no more
 */
export async function assertSessionStillThere(
  session: { readonly uid: string; readonly exp?: number },
  grant: Pick<Grant, "jti">,
  artifacts: Pick<ArtifactStore, "findByUid" | "removeGrant">,
): Promise<void> {
  // One that begins with this request was never kept.
  if (session.exp === undefined) return;
  for (const moment of momentsMilliseconds) {
    if (moment > 0) await pause(moment);
    if (await artifacts.findByUid("Session", session.uid)) return;
  }
  await artifacts.removeGrant(grant.jti);
  throw new errors.AccessDenied("the session has ended");
}
