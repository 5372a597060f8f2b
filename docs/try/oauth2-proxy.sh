# oauth2-proxy (Go). Set OAUTH2_PROXY to use one that is installed.
if [ -z "${OAUTH2_PROXY:-}" ]; then
  GOBIN="$FOLDER" go install github.com/oauth2-proxy/oauth2-proxy/v7@v7.15.6
  OAUTH2_PROXY="$FOLDER/oauth2-proxy"
fi
echo 7.15.6 >"$FOLDER/version"
# What stands behind the proxy: it shows the headers it is given.
export UPSTREAM_PORT=$OTHER_PORT
node -e '
  const show = (request, response) => response.end(JSON.stringify(request.headers));
  require("node:http").createServer(show).listen(Number(process.env.UPSTREAM_PORT), "127.0.0.1");
' &
exec "$OAUTH2_PROXY" \
  --provider=oidc --oidc-issuer-url="$ISSUER" --client-id="$CLIENT_ID" --client-secret="$CLIENT_SECRET" \
  --redirect-url="http://localhost:$PORT/oauth2/callback" --http-address="127.0.0.1:$PORT" \
  --scope="openid profile email siret" --code-challenge-method=S256 \
  --oidc-groups-claim=siret --pass-user-headers=true --email-domain='*' \
  --cookie-secret="$(openssl rand -base64 32 | tr -- '+/' '-_')" --cookie-secure=false \
  --cookie-csrf-per-request --skip-provider-button --upstream="http://127.0.0.1:$UPSTREAM_PORT/"
