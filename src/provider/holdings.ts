import type { ArtifactStore } from "../artifacts/index.ts";
import { ownClientId } from "./own-client.ts";

/** What would end with an act, in numbers: for the page that asks before it. */
export interface Holdings {
  /** The services that have a living authorization of this person. */
  readonly servicesOf: (sub: string) => Promise<number>;
  /** The people who have a living authorization for this client; for any when none is named. */
  readonly peopleOf: (clientId?: string) => Promise<number>;
}

/** Counts them in the artifacts. */
export function createHoldings(artifacts: Pick<ArtifactStore, "grantsOf" | "peopleOf">): Holdings {
  return {
    servicesOf: async (sub) => {
      const grants = await artifacts.grantsOf(sub);
      const clients = new Set(grants.map(({ clientId }) => clientId));
      clients.delete(ownClientId);
      return clients.size;
    },
    peopleOf: (clientId) => artifacts.peopleOf(clientId),
  };
}
