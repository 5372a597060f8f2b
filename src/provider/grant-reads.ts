import type { ArtifactStore, BesideArtifact } from "../artifacts/index.ts";
import Provider from "oidc-provider";
import type { FastLane } from "../fast-lane/index.ts";
import type { ToldPersonReads } from "./request-reads.ts";

/** The artifact store's look-ups that one protocol request makes one after the other. */
export type ArtifactReads = Pick<ArtifactStore, "find" | "frozenEstablishment">;

/**
 * The library asks for a token, then for its grant, and we for the establishment that is frozen beside it. Where the
 * store read all three on one way, the next two are answered by that, within the request. A grant is given once: what
 * the library does to it is seen by its next look-up. Whose it is was read on the same way, too.
 */
export function readBesideOnce(
  artifacts: ArtifactReads,
  { tell }: Pick<ToldPersonReads, "tell">,
  { memory }: FastLane,
): ArtifactReads {
  const known = memory<unknown, Partial<BesideArtifact>>(() => Provider.ctx);
  return {
    find: async (model, id) => {
      const beside = known();
      const granted = model === "Grant" ? beside.get(id) : undefined;
      if (granted?.grant) {
        const { grant, ...rest } = granted;
        beside.set(id, rest);
        return grant;
      }
      const found = await artifacts.find(model, id);
      if (found?.holder) tell(found.holder.accountId, found.holder.rows);
      if (found?.beside)
        beside.set(model === "Grant" ? id : found.payload["grantId"], found.beside);
      return found;
    },
    frozenEstablishment: async (grantId) =>
      known().get(grantId)?.frozen ?? artifacts.frozenEstablishment(grantId),
  };
}
