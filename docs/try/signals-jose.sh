# Shared Signals with jose (npm), the receiver in thirty lines; sign-in with openid-client
cp "$(dirname "$0")/../examples/signals-app.mjs" "$(dirname "$0")/../examples/signals-receiver.mjs" "$FOLDER"
cd "$FOLDER"
npm install --silent --no-save jose@6.2.18 openid-client@6.9.0
echo "jose 6.2.18" >version
exec node signals-app.mjs
