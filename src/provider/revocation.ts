import { type Account, stillCounts } from "../accounts/index.ts";
import type { ArtifactStore, Ending, Removal } from "../artifacts/index.ts";
import type { Clock } from "../foundation/index.ts";
import {
  type EndingReason,
  type LogoutNotice,
  type LogoutNotices,
  endedSessions,
} from "./back-channel-logout.ts";
import { carriedBy } from "./carried-credentials.ts";

/**
 * Ends what was granted, at once, and lets the clients know. The register has said no before: what is
 * ended here could not be used any more (`account-finder`).
 */
export interface Revocation {
  /** Everything of a person: sessions, grants, codes, tokens. */
  readonly ofAccount: (sub: string) => Promise<void>;
  /** Every authorization made for this establishment; the person's other ones live on. */
  readonly ofEstablishment: (sub: string, siret: string) => Promise<void>;
  /** Everything that a person granted to this client; their sessions live on. */
  readonly ofClient: (sub: string, clientId: string) => Promise<void>;
  /** The sessions of a person that what they were signed in with voids, and what was granted in them. */
  readonly ofVoidSessions: (account: Account) => Promise<void>;
  /** A session and what was granted in it, superseded choices too. */
  readonly ofSession: (sessionUid: string, why?: EndingReason) => Promise<void>;
}

/**
 * Builds the revocation on the artifacts. The notices are written *before* anything is removed: they know from
 * the sessions whom to tell, and the two stores share no transaction. A crash in between tells a client of an end that its repetition
 * tells again, or that the person brings about at the next try; the other way round it would never be told.
 */
export function createRevocation(parts: {
  readonly artifacts: ArtifactStore;
  readonly clock: Clock;
  readonly logoutNotices: Pick<LogoutNotices, "add">;
}): Revocation {
  const { artifacts, clock, logoutNotices } = parts;
  const end = async (ending: Ending, why: EndingReason, remove: () => Promise<Removal>) => {
    const announced = endedSessions(await artifacts.describe(ending));
    await logoutNotices.add(announced, why);
    const known = new Set(announced.map(keyOf));
    // What was signed in to in between.
    const late = endedSessions(await remove()).filter((notice) => !known.has(keyOf(notice)));
    await logoutNotices.add(late, why);
  };
  const ofSession: Revocation["ofSession"] = (sessionUid, why = "session-ended") =>
    end({ sessionUid }, why, () => artifacts.removeSession(sessionUid));
  return {
    ofSession,
    ofVoidSessions: async (account) => {
      for (const session of await artifacts.sessionsOf(account.sub)) {
        const { uid, loginTs = 0 } = session as { uid: string; loginTs?: number };
        const proven = { credentials: carriedBy(session), at: loginTs };
        if (!stillCounts(proven, account, clock)) await ofSession(uid, "voided");
      }
    },
    ofAccount: (sub) => end({ accountId: sub }, "voided", () => artifacts.removeAccount(sub)),
    ofEstablishment: (sub, siret) =>
      end({ accountId: sub, siret }, "access-closed", () =>
        artifacts.removeEstablishment(sub, siret),
      ),
    ofClient: (sub, clientId) =>
      end({ accountId: sub, clientId }, "consent-withdrawn", () =>
        artifacts.removeClient(sub, clientId),
      ),
  };
}

function keyOf({ clientId, sub, sid }: LogoutNotice): string {
  return JSON.stringify([clientId, sub, sid]);
}
