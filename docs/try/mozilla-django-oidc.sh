# mozilla-django-oidc (Python 3 with venv)
python3 -m venv "$FOLDER/venv"
"$FOLDER/venv/bin/pip" install --quiet --disable-pip-version-check mozilla-django-oidc==5.0.2 django==5.2.19
echo "5.0.2, Django 5.2.19" >"$FOLDER/version"
exec "$FOLDER/venv/bin/python" "$(dirname "$0")/../examples/django_oidc.py"
