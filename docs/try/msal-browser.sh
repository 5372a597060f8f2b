# MSAL Browser (npm), in a browser; the provider must be behind TLS
version=5.30.0
npm install --silent --no-audit --no-fund --prefix "$FOLDER" "@azure/msal-browser@$version"
here=$(cd "$(dirname "$0")/../examples" && pwd)
mkdir -p "$FOLDER/pages"
cp "$FOLDER"/node_modules/@azure/msal-browser/lib/{msal-browser.min.js,redirect-bridge/msal-redirect-bridge.min.js} "$FOLDER/pages"
cp "$here/msal-browser.html" "$FOLDER/pages/index.html"
cp "$here/msal-browser-redirect.html" "$FOLDER/pages/redirect.html"
echo "$version" >"$FOLDER/version"
exec node "$here/serve-page.mjs" "$FOLDER/pages"
