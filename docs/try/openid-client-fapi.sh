# openid-client (npm): FAPI 2.0
cp "$(dirname "$0")/../examples/openid-client-fapi.mjs" "$FOLDER"
cd "$FOLDER"
npm install --silent --no-save openid-client@6.9.0 jose@6.2.18
echo 6.9.0 >version
exec node openid-client-fapi.mjs
