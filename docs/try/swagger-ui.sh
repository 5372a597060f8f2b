# Swagger UI (npm), in a browser
version=5.35.0
npm install --silent --no-audit --no-fund --prefix "$FOLDER" "swagger-ui-dist@$version"
here=$(cd "$(dirname "$0")/../examples" && pwd)
mkdir -p "$FOLDER/pages"
cp "$FOLDER"/node_modules/swagger-ui-dist/{swagger-ui.css,swagger-ui-bundle.js,oauth2-redirect.*} "$FOLDER/pages"
cp "$here/swagger-ui.html" "$FOLDER/pages/index.html"
echo "$version" >"$FOLDER/version"
exec node "$here/serve-page.mjs" "$FOLDER/pages"
