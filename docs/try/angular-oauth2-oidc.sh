# angular-oauth2-oidc (npm), in a browser
version=22.0.2
angular=22.2.6
npm install --silent --no-audit --no-fund --prefix "$FOLDER" "angular-oauth2-oidc@$version" \
  "@angular/core@$angular" "@angular/common@$angular" "@angular/compiler@$angular" "@angular/platform-browser@$angular" \
  rxjs@7.8.2 esbuild@0.28.2
here=$(cd "$(dirname "$0")/../examples" && pwd)
mkdir -p "$FOLDER/pages"
cp "$here/angular-oauth2-oidc.mjs" "$FOLDER/example.mjs"
cp "$here/angular-oauth2-oidc.html" "$FOLDER/pages/index.html"
"$FOLDER/node_modules/.bin/esbuild" "$FOLDER/example.mjs" --bundle --format=esm --log-level=warning --outfile="$FOLDER/pages/example.js"
echo "$version" >"$FOLDER/version"
exec node "$here/serve-page.mjs" "$FOLDER/pages"
