# oidc-client-ts (npm), in a browser
version=3.5.0
npm install --silent --no-audit --no-fund --prefix "$FOLDER" "oidc-client-ts@$version"
here=$(cd "$(dirname "$0")/../examples" && pwd)
mkdir -p "$FOLDER/pages"
cp "$FOLDER/node_modules/oidc-client-ts/dist/browser/oidc-client-ts.min.js" "$FOLDER/pages"
cp "$here/oidc-client-ts.html" "$FOLDER/pages/index.html"
echo "$version" >"$FOLDER/version"
exec node "$here/serve-page.mjs" "$FOLDER/pages"
