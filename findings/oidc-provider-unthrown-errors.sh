#!/usr/bin/env bash
# Expected: a good request to the userinfo endpoint builds no error.
# So it is: three errors are built for each one and none is thrown: the library asserts by `ctx.assert(found, new InvalidToken(…))`, whose
#           second argument is there before the first is looked at. Each takes two stacks, through every await of the request.
# Seen with oidc-provider 9.13.3 on Node 24.21:
#           200 built 3 emitted 0
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --no-save --prefix "$folder" oidc-provider@9.13.3 >/dev/null
cat >run.mjs <<'NODE'
import { createServer } from "node:http";
import { once } from "node:events";
import Provider, { errors } from "oidc-provider";

const provider = new Provider("http://localhost:1", {
  clients: [{ client_id: "client", client_secret: "a secret of some length", redirect_uris: ["https://client.example/"] }],
});
let emitted = 0;
provider.on("userinfo.error", () => (emitted += 1));
const grant = new provider.Grant({ accountId: "somebody", clientId: "client" });
grant.addOIDCScope("openid");
const grantId = await grant.save();
const client = await provider.Client.find("client");
const token = await new provider.AccessToken({ accountId: "somebody", client, grantId, scope: "openid" }).save();
const server = createServer(provider.callback()).listen(0, "127.0.0.1");
await once(server, "listening");
const ask = async () => {
  const headers = { authorization: `Bearer ${token}` };
  return (await fetch(`http://127.0.0.1:${server.address().port}/me`, { headers })).status;
};
await ask();

let built = 0;
class Counted extends errors.OIDCProviderError {
  constructor(...told) {
    super(...told);
    built += 1;
  }
}
Object.setPrototypeOf(errors.InvalidToken, Counted);
console.log(`${await ask()} built ${built} emitted ${emitted}`);
server.close();
NODE
found=$(node run.mjs 2>/dev/null | tail -n 1)
echo "$found"
[ "$found" = "200 built 3 emitted 0" ]
