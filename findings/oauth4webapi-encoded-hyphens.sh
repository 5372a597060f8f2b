#!/usr/bin/env bash
# Expected: a client_id of letters, digits and hyphens, and a base64url secret, stand in HTTP Basic as they are: form-encoding (RFC 6749 §2.3.1 and appendix B) leaves
#           `-`, `_` and `.` alone, and so do the clients of other languages that encode at all.
# So it is: they are percent-encoded as well. A provider that decodes takes both; one that does not, a gateway or a search of logs that looks for the client's name in
#           the credentials, meets a name that it does not know, by this client alone.
# Seen with oauth4webapi 3.8.8 (openid-client 6.9.0 hands its own on) and golang.org/x/oauth2 v0.38.0:
#           oauth4webapi: ws%2Dpartenaire:a%5Fsecret%2D1%2E0
#           x-oauth2: ws-partenaire:a_secret-1.0
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --no-save --prefix "$folder" oauth4webapi@3.8.8 openid-client@6.9.0 >/dev/null
cat >run.mjs <<'NODE'
import { createServer } from "node:http";
import { once } from "node:events";
import * as oauth from "oauth4webapi";

const server = createServer((request, response) => {
  const credentials = Buffer.from(request.headers.authorization.slice("Basic ".length), "base64");
  console.log(`${request.url.slice(1)}: ${credentials}`);
  response.setHeader("Content-Type", "application/json");
  response.end('{"access_token":"token","token_type":"Bearer"}');
}).listen(0, "127.0.0.1");
await once(server, "listening");
const issuer = `http://127.0.0.1:${server.address().port}`;
await oauth.clientCredentialsGrantRequest(
  { issuer, token_endpoint: `${issuer}/oauth4webapi` },
  { client_id: "ws-partenaire" },
  oauth.ClientSecretBasic("a_secret-1.0"),
  {},
  { [oauth.allowInsecureRequests]: true },
);
console.log(issuer);
process.stdin.once("data", () => server.close());
NODE
cat >main.go <<'GO'
package main

import (
	"context"
	"os"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

func main() {
	config := clientcredentials.Config{
		ClientID:     "ws-partenaire",
		ClientSecret: "a_secret-1.0",
		TokenURL:     os.Args[1] + "/x-oauth2",
		AuthStyle:    oauth2.AuthStyleInHeader,
	}
	if _, err := config.Token(context.Background()); err != nil {
		panic(err)
	}
}
GO
go mod init finding 2>/dev/null
go get golang.org/x/oauth2@v0.38.0 2>/dev/null
go mod tidy 2>/dev/null
go build -o client .
coproc node run.mjs
read -r first <&"${COPROC[0]}"
read -r issuer <&"${COPROC[0]}"
./client "$issuer"
read -r second <&"${COPROC[0]}"
echo >&"${COPROC[1]}"
found="$first
$second"
echo "$found"
[ "$found" = "oauth4webapi: ws%2Dpartenaire:a%5Fsecret%2D1%2E0
x-oauth2: ws-partenaire:a_secret-1.0" ]
