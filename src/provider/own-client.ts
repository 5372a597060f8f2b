import { type ClientMetadata, validateClients } from "../clients/index.ts";

/** The `client_id` of our own pages: the name is taken, no other client may have it. */
export const ownClientId = "mon-compte";

/** Where a sign-in to our own pages that could not go on is begun anew. */
export const signInAgainPath = "/sign-in/again";

/** Whether an authorization is for our own pages. */
export function isOwnClient({ client_id: id }: Pick<ClientMetadata, "client_id">): boolean {
  return id === ownClientId;
}

/**
 * The client that our own signed-in pages are to the provider, so that people sign in to them as they do
 * anywhere, into the provider's own session: there is no second session system. Its codes are never redeemed.
 */
export function ownClient(issuer: string, production: boolean): ClientMetadata {
  const metadata = {
    client_id: ownClientId,
    client_name: "Mon compte",
    client_uri: issuer + signInAgainPath,
    redirect_uris: [`${issuer}/sign-in/done`],
    post_logout_redirect_uris: [`${issuer}/account`],
    token_endpoint_auth_method: "none",
    scope: "openid",
  };
  const read = validateClients("own client", [metadata], { production, firstParty: true });
  const [client] = read.clients ?? [];
  if (!client) throw new Error(`the own client is refused: ${JSON.stringify(read.problems)}`);
  return client;
}
