#!/usr/bin/env bash
# Expected: a client that registered a `jwks_uri` puts a new key there and signs with it at once: an unknown `kid` makes the provider fetch the
#           set again (OpenID Connect Core §10.1.1 says so for signing keys).
# So it is: a set is kept for 60 seconds at least, whatever its Cache-Control says; until then the new key is refused, though the address has it.
# Seen with oidc-provider 9.13.3:
#           old key: 200, new key: 401, fetched 1 time, new key after a minute: 200
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --no-save --prefix "$folder" oidc-provider@9.13.3 jose@6 >/dev/null
cat >run.mjs <<'NODE'
import { createServer } from "node:http";
import { once } from "node:events";
import { SignJWT, exportJWK, generateKeyPair } from "jose";
import Provider from "oidc-provider";

const keyOf = async (kid) => {
  const { privateKey, publicKey } = await generateKeyPair("ES256");
  return { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: "ES256", use: "sig" } };
};
const [older, newer] = [await keyOf("older"), await keyOf("newer")];
let served = [older.jwk];
let fetched = 0;
const issuer = "http://localhost:1";
const provider = new Provider(issuer, {
  features: { clientCredentials: { enabled: true } },
  clientAuthMethods: ["private_key_jwt"],
  fetch: async () => {
    fetched += 1;
    return Response.json({ keys: served }, { headers: { "cache-control": "no-store" } });
  },
  clients: [
    {
      client_id: "client",
      redirect_uris: [],
      response_types: [],
      grant_types: ["client_credentials"],
      token_endpoint_auth_method: "private_key_jwt",
      jwks_uri: "https://client.example/jwks",
    },
  ],
});
const server = createServer(provider.callback()).listen(0, "127.0.0.1");
await once(server, "listening");
const ask = async ({ kid, privateKey }) => {
  const assertion = await new SignJWT({ jti: crypto.randomUUID() })
    .setProtectedHeader({ alg: "ES256", kid })
    .setIssuer("client").setSubject("client").setAudience(issuer).setIssuedAt().setExpirationTime("1m")
    .sign(privateKey);
  const body = new URLSearchParams({
    grant_type: "client_credentials",
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    client_assertion: assertion,
  });
  return (await fetch(`http://127.0.0.1:${server.address().port}/token`, { method: "POST", body })).status;
};
const before = await ask(older);
served = [older.jwk, newer.jwk];
const at = await ask(newer);
const times = fetched;
await new Promise((resolve) => setTimeout(resolve, 62_000));
console.log(`old key: ${before}, new key: ${at}, fetched ${times} time, new key after a minute: ${await ask(newer)}`);
server.close();
NODE
found=$(node run.mjs 2>/dev/null | tail -n 1)
echo "$found"
[ "$found" = "old key: 200, new key: 401, fetched 1 time, new key after a minute: 200" ]
