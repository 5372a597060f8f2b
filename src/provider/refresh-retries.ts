import Provider, { errors } from "oidc-provider";
import type { ArtifactStore, StoredArtifact } from "../artifacts/index.ts";
import { type Clock, seconds } from "../foundation/index.ts";
import type { ServedClients } from "./client-adapter.ts";

/** How long the same refresh token may be sent again, after it was replaced. */
const spareSeconds = seconds(30);

/** What lets a public client's refresh survive a lost answer. */
export interface RefreshRetries {
  /** Whether a used refresh token is to be judged as if it were not used yet. */
  readonly spares: (stored: StoredArtifact) => boolean;
  /**
   * Takes the place of what came in the stead of a used refresh token, if that is not used itself.
   * @returns whether a new one may be made; if not, the token was used twice
   * @throws InvalidGrant while its successor is being made, and when it was itself replaced by a retry
   */
  readonly retry: (id: string) => Promise<boolean>;
}

/**
 * A public client gets a new refresh token with each refresh. When the answer is lost (a telephone in a tunnel), it has only
 * the old one, which by RFC 9700 §4.14.2 ends the whole family. Here the same token is taken again within 30 s, as long as
 * its successor was not used: the successor is void and another one is made, so that there are never two. A void
 * successor that turns up later than these seconds is a token used twice like any other, and ends the family: whoever stole
 * a token and was quick is found out at its owner's next refresh. Not for `fapi2`.
 */
export function createRefreshRetries({
  artifacts,
  clients,
  clock,
}: RefreshRetryParts): RefreshRetries {
  const isSpared = ({ payload, consumedAt }: StoredArtifact): boolean => {
    if (consumedAt === undefined || clock.epochSeconds() - consumedAt > spareSeconds) return false;
    const client = clients.find(String(payload["clientId"]));
    return client?.token_endpoint_auth_method === "none" && client.profile !== "fapi2";
  };
  return {
    // Anywhere else, as at introspection, a used token is a used token.
    spares: (stored) => Provider.ctx?.oidc.route === "token" && isSpared(stored),
    retry: async (id) => {
      const stored = await artifacts.find("RefreshToken", id);
      if (!stored || !isSpared(stored)) return false;
      // One statement: of several who retry at once it lets one through.
      if (await artifacts.consumeByUid("RefreshToken", id)) return true;
      if (await artifacts.findByUid("RefreshToken", id)) return false;
      throw new errors.InvalidGrant("refresh token replaced a moment ago");
    },
  };
}

/** What the retries are decided with. */
export interface RefreshRetryParts {
  readonly artifacts: ArtifactStore;
  readonly clients: ServedClients;
  readonly clock: Clock;
}

/** The refresh token that this request is replacing: its successor is kept beside it. */
export function replacedRefreshToken(): string | undefined {
  return Provider.ctx?.oidc.entities.RotatedRefreshToken?.jti;
}
