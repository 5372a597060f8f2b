#!/usr/bin/env bash
# Expected: a client looks at the status of a revocation alone (RFC 7009 §2.2: "The content of the response body is ignored by the client"), so that
#           the usual answer of a server, 200 with nothing in it, is a success.
# So it is: `revoke` asks for JSON strictly, and takes an answer without a type, or with another one, for a failure. The token is revoked at the server;
#           `revokeAll` stops there, with the refresh token still good. @fastify/oauth2 stands on it.
# Seen with simple-oauth2 5.1.0:
#           nothing: The content-type is not JSON compatible, revoked: access_token
#           text/plain: The content-type is not JSON compatible, revoked: access_token
#           application/json: fine, revoked: access_token refresh_token
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --no-save --prefix "$folder" simple-oauth2@5.1.0 >/dev/null
found=$(node -e '
  const { createServer } = require("node:http");
  const { AuthorizationCode } = require("simple-oauth2");
  async function run(type) {
    const revoked = [];
    const server = createServer((request, response) => {
      let body = "";
      request.on("data", (part) => (body += part));
      request.on("end", () => {
        revoked.push(new URLSearchParams(body).get("token_type_hint"));
        response.writeHead(200, type ? { "content-type": type } : {}).end();
      });
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const tokenHost = `http://127.0.0.1:${server.address().port}`;
    const client = new AuthorizationCode({ client: { id: "client", secret: "secret" }, auth: { tokenHost, revokePath: "/revoke" } });
    const token = client.createToken({ access_token: "one", refresh_token: "two" });
    const told = await token.revokeAll().then(() => "fine", ({ message }) => message);
    console.log(`${type || "nothing"}: ${told}, revoked: ${revoked.join(" ")}`);
    server.closeAllConnections();
    server.close();
  }
  run("").then(() => run("text/plain")).then(() => run("application/json"));
')
echo "$found"
refused="The content-type is not JSON compatible, revoked: access_token"
[ "$found" = "nothing: $refused
text/plain: $refused
application/json: fine, revoked: access_token refresh_token" ]
