# A first connection with mozilla-django-oidc: `ISSUER=… CLIENT_ID=… CLIENT_SECRET=… PORT=… python django_oidc.py`
# Its redirect URI is http://localhost:PORT/oidc/callback/
import os
import secrets
import tempfile
from wsgiref.simple_server import make_server

import django
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.http import JsonResponse
from django.shortcuts import redirect
from django.urls import include, path

issuer = os.environ["ISSUER"]
settings.configure(
    DEBUG=True,
    SECRET_KEY=secrets.token_urlsafe(),
    ALLOWED_HOSTS=["localhost"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "mozilla_django_oidc",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": os.path.join(tempfile.mkdtemp(), "people.sqlite3"),
        }
    },
    AUTHENTICATION_BACKENDS=[f"{__name__}.Backend"],
    OIDC_RP_CLIENT_ID=os.environ["CLIENT_ID"],
    OIDC_RP_CLIENT_SECRET=os.environ["CLIENT_SECRET"],
    OIDC_RP_SIGN_ALGO="RS256",
    OIDC_RP_SCOPES="openid profile email establishment",
    # Off by default.
    OIDC_USE_PKCE=True,
    # The library reads no discovery document.
    OIDC_OP_AUTHORIZATION_ENDPOINT=issuer + "/auth",
    OIDC_OP_TOKEN_ENDPOINT=issuer + "/token",
    OIDC_OP_USER_ENDPOINT=issuer + "/me",
    OIDC_OP_JWKS_ENDPOINT=issuer + "/jwks",
    LOGIN_REDIRECT_URL="/",
)
django.setup()

from mozilla_django_oidc.auth import OIDCAuthenticationBackend  # noqa: E402: needs the settings


class Backend(OIDCAuthenticationBackend):
    # By default people are found by their address, which may change and be taken by another: `sub` does not.
    def filter_users_by_claims(self, claims):
        return self.UserModel.objects.filter(username=claims["sub"])

    def get_username(self, claims):
        return claims["sub"]

    def get_userinfo(self, access_token, id_token, payload):
        claims = super().get_userinfo(access_token, id_token, payload)
        self.request.session["siret"] = claims.get("siret")
        return claims


def home(request):
    if not request.user.is_authenticated:
        return redirect("oidc_authentication_init")
    return JsonResponse({"email": request.user.email, "siret": request.session["siret"]})


urlpatterns = [path("", home), path("oidc/", include("mozilla_django_oidc.urls"))]
call_command("migrate", verbosity=0)
make_server("127.0.0.1", int(os.environ["PORT"]), get_wsgi_application()).serve_forever()
