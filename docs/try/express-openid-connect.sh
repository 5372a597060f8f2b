# express-openid-connect (npm)
cp "$(dirname "$0")/../examples/express-openid-connect.mjs" "$FOLDER"
cd "$FOLDER"
npm install --silent --no-save express@5 express-openid-connect@3.4.0
echo 3.4.0 >version
exec node express-openid-connect.mjs
