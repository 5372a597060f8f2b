import type { ArtifactStore, Removal } from "../artifacts/index.ts";
import { type LogoutNotices, endedSessions } from "./back-channel-logout.ts";

/**
 * Ends what was granted, at once, and lets the clients know. The register has said no before: what is
 * ended here could not be used any more (`account-finder`).
 */
export interface Revocation {
  /** Everything of a person: sessions, grants, codes, tokens. */
  readonly ofAccount: (sub: string) => Promise<void>;
  /** Every authorization made for this establishment; the person's other ones live on. */
  readonly ofEstablishment: (sub: string, siret: string) => Promise<void>;
  /** A session and what was granted in it, superseded choices too. */
  readonly ofSession: (sessionUid: string) => Promise<void>;
}

/** Builds the revocation on the artifacts. */
export function createRevocation(parts: {
  readonly artifacts: ArtifactStore;
  readonly logoutNotices: LogoutNotices;
}): Revocation {
  const tell = async (removal: Removal) => {
    await parts.logoutNotices.add(endedSessions(removal));
  };
  return {
    ofAccount: async (sub) => tell(await parts.artifacts.removeAccount(sub)),
    ofEstablishment: async (sub, siret) =>
      tell(await parts.artifacts.removeEstablishment(sub, siret)),
    ofSession: async (sessionUid) => tell(await parts.artifacts.removeSession(sessionUid)),
  };
}
