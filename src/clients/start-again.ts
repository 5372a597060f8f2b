import type { WayBack } from "../web/index.ts";
import type { ClientMetadata } from "./metadata-fields.ts";
import { type NamedClient, serviceName } from "./service-names.ts";

/** What of a client says where its people start. */
type ClientAddresses = Pick<ClientMetadata, "initiate_login_uri" | "client_uri">;

/** What the way back is made of. */
export interface StartAgain {
  readonly issuer: string;
  /** The person's address, which the relying party hands back so that the form is already filled. */
  readonly loginHint?: string | undefined;
  /** Where a person of no known client goes. */
  readonly portalUrl: string;
}

/**
 * Where « Se connecter » leads after a validation or a recovery, on any device and after any time: the
 * client's `initiate_login_uri` (OpenID Connect Core §4, with `iss` and `login_hint`), else its
 * `client_uri`, else the portal.
 * @param client undefined when none is known, or it exists no more
 */
export function startAgainUrl(
  client: ClientAddresses | undefined,
  { issuer, loginHint, portalUrl }: StartAgain,
): string {
  if (client?.initiate_login_uri === undefined) return client?.client_uri ?? portalUrl;
  const url = new URL(client.initiate_login_uri);
  url.searchParams.set("iss", issuer);
  if (loginHint !== undefined) url.searchParams.set("login_hint", loginHint);
  return url.href;
}

/** The same with what is there: the portal is not called by the name of a client that has no address of its own. */
export function wayBack(
  client: (ClientAddresses & NamedClient) | undefined,
  whence: StartAgain,
): WayBack {
  const hasAddress = client?.initiate_login_uri !== undefined || client?.client_uri !== undefined;
  return {
    url: startAgainUrl(client, whence),
    serviceName: hasAddress ? serviceName(client) : undefined,
  };
}
