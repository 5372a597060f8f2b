# Auth.js (npm)
cp "$(dirname "$0")/../examples/auth-js.mjs" "$FOLDER"
cd "$FOLDER"
npm install --silent --no-save express@5 @auth/express@0.12.3
echo 0.12.3 >version
exec node auth-js.mjs
