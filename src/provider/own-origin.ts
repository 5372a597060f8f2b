import type { Client, KoaContextWithOIDC } from "oidc-provider";

/** A browser application may call the token and userinfo endpoints from the origins it redirects to. */
export function isOwnOrigin(_ctx: KoaContextWithOIDC, origin: string, client: Client): boolean {
  return (
    client.tokenEndpointAuthMethod === "none" &&
    // That of a native application's address is none, and of a frame of any site that is held apart.
    origin !== "null" &&
    (client.redirectUris ?? []).some((uri) => URL.canParse(uri) && new URL(uri).origin === origin)
  );
}
