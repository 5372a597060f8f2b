# Auth.js (npm): see try.ts
cp "$(dirname "$0")/../examples/auth-js.mjs" "$FOLDER"
cd "$FOLDER"
npm install --silent --no-save express@5 @auth/express@0.12
exec node auth-js.mjs
