# A first connection with requests-oauthlib (Python, Flask): `ISSUER=… CLIENT_ID=… CLIENT_SECRET=… PORT=… python requests_oauthlib_flask.py`
# Its redirect URI is http://localhost:PORT/callback
import os
import secrets

import requests
from flask import Flask, redirect, request, session
from requests_oauthlib import OAuth2Session

app = Flask(__name__)
app.secret_key = secrets.token_urlsafe()
# Ports share their cookies on localhost, and the provider of a developer's machine has one named session.
app.config["SESSION_COOKIE_NAME"] = "relying-party"
home = f"http://localhost:{os.environ['PORT']}"
client_id, secret = os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"]
provider = requests.get(os.environ["ISSUER"] + "/.well-known/openid-configuration", timeout=10).json()
scope = ["openid", "profile", "email", "establishment", "offline_access"]


def client(**more):
    return OAuth2Session(client_id, scope=scope, redirect_uri=home + "/callback", pkce="S256", **more)


def person():
    return client(token=session["token"]).get(provider["userinfo_endpoint"]).json()


@app.get("/")
def show():
    if "token" in session:
        return person()
    started = client()
    address, session["state"] = started.authorization_url(provider["authorization_endpoint"])
    session["verifier"] = started._code_verifier  # the library keeps it in the object alone
    return redirect(address)


@app.get("/callback")
def callback():
    # It knows OAuth, not OpenID Connect: who the person is comes from userinfo, over the provider's own connection.
    finishing = client(state=session.pop("state"))
    finishing._code_verifier = session.pop("verifier")
    session["token"] = finishing.fetch_token(
        provider["token_endpoint"], authorization_response=request.url, auth=(client_id, secret)
    )
    return redirect("/")


@app.get("/refresh")
def refresh():
    started = client(token=session["token"])
    session["token"] = started.refresh_token(provider["token_endpoint"], auth=(client_id, secret))
    return person()


app.run(host="127.0.0.1", port=int(os.environ["PORT"]))
