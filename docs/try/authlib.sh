# Authlib (Python 3 with venv)
python3 -m venv "$FOLDER/venv"
"$FOLDER/venv/bin/pip" install --quiet --disable-pip-version-check authlib==1.9.10 flask==3.1.3 requests==2.34.2
echo 1.9.10 >"$FOLDER/version"
export AUTHLIB_INSECURE_TRANSPORT=1 # the test provider speaks http
exec "$FOLDER/venv/bin/python" "$(dirname "$0")/../examples/flask_authlib.py"
