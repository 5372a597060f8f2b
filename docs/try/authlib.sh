# Authlib (Python 3 with venv): see try.ts
python3 -m venv "$FOLDER/venv"
"$FOLDER/venv/bin/pip" install --quiet authlib flask requests
export AUTHLIB_INSECURE_TRANSPORT=1 # the test provider speaks http
exec "$FOLDER/venv/bin/python" "$(dirname "$0")/../examples/flask_authlib.py"
