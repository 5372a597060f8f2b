import Provider from "oidc-provider";
import type { ArtifactStore, BesideArtifact } from "../artifacts/index.ts";

/** The artifact store's look-ups that one protocol request makes one after the other. */
export type ArtifactReads = Pick<ArtifactStore, "find" | "frozenEstablishment">;

/**
 * The library asks for a token, then for its grant, and we for the establishment that is frozen beside it. Where the
 * store read all three on one way, the next two are answered by that, within the request. A grant is given once: what
 * the library does to it is seen by its next look-up.
 */
export function readBesideOnce(artifacts: ArtifactReads): ArtifactReads {
  const requests = new WeakMap<object, Map<unknown, Partial<BesideArtifact>>>();
  const known = (): Map<unknown, Partial<BesideArtifact>> => {
    // Outside the library's endpoints (our pages, jobs) there is no request to remember for.
    const request = Provider.ctx;
    const held = request && requests.get(request);
    if (held) return held;
    const fresh = new Map<unknown, Partial<BesideArtifact>>();
    if (request) requests.set(request, fresh);
    return fresh;
  };
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
      if (found?.beside)
        beside.set(model === "Grant" ? id : found.payload["grantId"], found.beside);
      return found;
    },
    frozenEstablishment: async (grantId) =>
      known().get(grantId)?.frozen ?? artifacts.frozenEstablishment(grantId),
  };
}
