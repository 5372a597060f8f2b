import type { ClientMetadata } from "./metadata-fields.ts";

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
  client: Pick<ClientMetadata, "initiate_login_uri" | "client_uri"> | undefined,
  { issuer, loginHint, portalUrl }: StartAgain,
): string {
  if (client?.initiate_login_uri === undefined) return client?.client_uri ?? portalUrl;
  const url = new URL(client.initiate_login_uri);
  url.searchParams.set("iss", issuer);
  if (loginHint !== undefined) url.searchParams.set("login_hint", loginHint);
  return url.href;
}
