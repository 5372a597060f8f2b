#!/usr/bin/env bash
# Expected: a web application that keeps the PKCE verifier in its own session hands it to `fetch_token(code_verifier=…)` of a new OAuth2Session
#           made with `pkce="S256"`, as it does with `state`.
# So it is: that session raises AttributeError unless `authorization_url` was called on the very same object; without `pkce` the same call sends
#           the verifier as it should.
# Seen with requests-oauthlib 2.0.0 (Python 3.11):
#           with pkce: AttributeError 'OAuth2Session' object has no attribute '_code_verifier'
#           without pkce: sent the verifier
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check requests-oauthlib==2.0.0
found=$("$folder/venv/bin/python" - <<'PYTHON'
from unittest import mock
from urllib.parse import parse_qs

from requests import Request, Response
from requests_oauthlib import OAuth2Session

there = "https://provider.example/token"
answer = Response()
answer.status_code, answer._content = 200, b'{"access_token":"x","token_type":"bearer"}'
answer.request = Request("POST", there).prepare()


def redeem(**options):
    session = OAuth2Session("client", redirect_uri="https://client.example/callback", **options)
    with mock.patch.object(session, "request", return_value=answer) as request:
        session.fetch_token(there, code="code", code_verifier="v" * 43)
    return dict(request.call_args.kwargs["data"])["code_verifier"]


try:
    print("with pkce:", redeem(pkce="S256"))
except AttributeError as error:
    print("with pkce: AttributeError", error)
print("without pkce: sent the verifier" if redeem() == "v" * 43 else "without pkce: sent another")
PYTHON
)
echo "$found"
grep -q "^with pkce: AttributeError" <<<"$found"
grep -q "^without pkce: sent the verifier" <<<"$found"
