#!/usr/bin/env bash
# Expected: `oidc_authority`, MSAL's setting for an OpenID Connect provider of any make, takes any https issuer, such as https://accounts.google.com, whose
#           discovery is at its `/.well-known/openid-configuration`.
# So it is: an issuer at the root of its host is refused before any request, with or without a slash at its end, as an address without a tenant; one with a path
#           goes on to the discovery, which is asked where it should be.
# Seen with msal 1.39.0:
#           https://op.example: refused
#           https://op.example/: refused
#           https://op.example/tenant: asked https://op.example/tenant/.well-known/openid-configuration
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check msal==1.39.0 requests==2.34.2
found=$("$folder/venv/bin/python" - <<'PYTHON'
import msal
import requests


class Recorder:
    """In the place of the network: notes what is asked, as requests would send it, and answers nothing."""

    def get(self, url, **_):
        self.asked = requests.Request("GET", url).prepare().url
        raise ConnectionError


for path in ("", "/", "/tenant"):
    recorder = Recorder()
    issuer = "https://op.example" + path
    try:
        msal.ConfidentialClientApplication("client", client_credential="secret", oidc_authority=issuer, http_client=recorder)
    except ConnectionError:
        print(f"{issuer}: asked {recorder.asked}")
    except ValueError:
        print(f"{issuer}: asked {recorder.asked}" if hasattr(recorder, "asked") else f"{issuer}: refused")
PYTHON
)
echo "$found"
[ "$found" = "https://op.example: refused
https://op.example/: refused
https://op.example/tenant: asked https://op.example/tenant/.well-known/openid-configuration" ]
