# requests-oauthlib (Python 3 with venv)
python3 -m venv "$FOLDER/venv"
"$FOLDER/venv/bin/pip" install --quiet --disable-pip-version-check requests-oauthlib==2.0.0 flask==3.1.3
echo 2.0.0 >"$FOLDER/version"
export OAUTHLIB_INSECURE_TRANSPORT=1 # the test provider speaks http
exec "$FOLDER/venv/bin/python" "$(dirname "$0")/../examples/requests_oauthlib_flask.py"
