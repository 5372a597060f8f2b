#!/usr/bin/env bash
# Expected: like most OpenID Connect clients, MSAL takes an `http` issuer on localhost for development, perhaps by a switch, as it takes an http
#           redirect URI there.
# So it is: it refuses the address before any request, and no setting changes that: a developer's provider needs TLS. With https
#           it goes on to discovery.
# Seen with @azure/msal-node 7.2.3:
#           http: authority_uri_insecure
#           https: endpoints_resolution_error
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --no-save --prefix "$folder" @azure/msal-node@7.2.3 >/dev/null
found=$(node -e '
  const { PublicClientApplication } = require("@azure/msal-node");
  const ask = (scheme) => {
    // Nobody listens on port 9 of loopback: what gets that far fails at the discovery.
    const authority = `${scheme}://localhost:9/`;
    const client = new PublicClientApplication({
      auth: { clientId: "client", authority, knownAuthorities: ["localhost:9"], protocolMode: "OIDC" },
      system: { protocolMode: "OIDC" },
    });
    const request = { scopes: ["openid"], redirectUri: "http://localhost:10/" };
    return client.getAuthCodeUrl(request).then(() => "made", ({ errorCode }) => errorCode);
  };
  ask("http").then(async (plain) => console.log(`http: ${plain}\nhttps: ${await ask("https")}`));
')
echo "$found"
[ "$found" = $'http: authority_uri_insecure\nhttps: endpoints_resolution_error' ]
