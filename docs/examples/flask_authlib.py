# A first connection with Authlib (Python, Flask): `ISSUER=… CLIENT_ID=… CLIENT_SECRET=… PORT=… python flask_authlib.py`
# Its redirect URI is http://localhost:PORT/callback
import os
import secrets

from authlib.integrations.flask_client import OAuth
from flask import Flask, redirect, session, url_for

app = Flask(__name__)
app.secret_key = secrets.token_urlsafe()
# Ports share their cookies on localhost, and the provider of a developer's machine has one named session.
app.config["SESSION_COOKIE_NAME"] = "relying-party"
oauth = OAuth(app)
oauth.register(
    "lopcommerce",
    server_metadata_url=os.environ["ISSUER"] + "/.well-known/openid-configuration",
    client_id=os.environ["CLIENT_ID"],
    client_secret=os.environ["CLIENT_SECRET"],
    client_kwargs={
        "scope": "openid profile email establishment establishments",
        "code_challenge_method": "S256",
    },
)


@app.get("/")
def home():
    return session["person"] if "person" in session else redirect(url_for("login"))


@app.get("/login")
def login():
    return oauth.lopcommerce.authorize_redirect(url_for("callback", _external=True))


@app.get("/callback")
def callback():
    oauth.lopcommerce.authorize_access_token()
    session["person"] = dict(oauth.lopcommerce.userinfo())
    return redirect(url_for("home"))


app.run(host="127.0.0.1", port=int(os.environ["PORT"]))
