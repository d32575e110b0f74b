"""A Django site on mozilla-django-oidc: settings, pages and server in one file. Started by test_django.py.

People are known by `sub`: the library's own way, by e-mail address, would let in whoever claims the address of another.
"""

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import django
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.urls import include, path
from werkzeug.serving import make_server

ISSUER = os.environ["ISSUER"]

settings.configure(
    SECRET_KEY=secrets.token_hex(32),
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": Path(os.environ["DIRECTORY"]) / "site.db"}},
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "mozilla_django_oidc",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "mozilla_django_oidc.middleware.SessionRefresh",
    ],
    AUTHENTICATION_BACKENDS=[f"{__name__}.Gatehouse"],
    OIDC_OP_AUTHORIZATION_ENDPOINT=f"{ISSUER}/oauth/authorize",
    OIDC_OP_TOKEN_ENDPOINT=f"{ISSUER}/oauth/token",
    OIDC_OP_USER_ENDPOINT=f"{ISSUER}/oauth/userinfo",
    OIDC_OP_JWKS_ENDPOINT=f"{ISSUER}/.well-known/jwks.json",
    OIDC_OP_LOGOUT_URL_METHOD=f"{__name__}.logout_address",
    OIDC_RP_CLIENT_ID=os.environ["CLIENT_ID"],
    OIDC_RP_CLIENT_SECRET=os.environ["CLIENT_SECRET"],
    OIDC_RP_SIGN_ALGO=os.environ["ALGORITHM"],
    OIDC_RP_SCOPES="openid profile email",
    OIDC_USE_PKCE=True,
    OIDC_STORE_ID_TOKEN=True,
    OIDC_EXEMPT_URLS=["/expire"],
    LOGIN_REDIRECT_URL="/",
    LOGOUT_REDIRECT_URL="/",
    LOGGING={
        "version": 1,
        "disable_existing_loggers": False,
        "handlers": {"console": {"class": "logging.StreamHandler"}},
        "root": {"handlers": ["console"]},
    },
)
django.setup()

from mozilla_django_oidc.auth import OIDCAuthenticationBackend  # noqa: E402 - only with the settings above


class Gatehouse(OIDCAuthenticationBackend):
    """Knows people by `sub`, and takes only ID tokens of this provider for this site."""

    def verify_token(self, token: str, **kwargs: Any) -> dict[str, Any]:
        """Return the claims, where the token was made by the provider, and for us."""
        claims = super().verify_token(token, **kwargs)
        if claims.get("iss") != ISSUER or claims.get("aud") != self.OIDC_RP_CLIENT_ID:
            raise PermissionDenied("an ID token of somebody else, or for somebody else")
        return claims

    def filter_users_by_claims(self, claims: dict[str, Any]) -> Any:
        """Return the one that has this `sub`, or none."""
        return self.UserModel.objects.filter(username=claims["sub"])

    def create_user(self, claims: dict[str, Any]) -> Any:
        """Return a new user."""
        return self.UserModel.objects.create_user(claims["sub"], claims["email"])


def logout_address(request: HttpRequest) -> str:
    """Return where a sign-out goes on to: the provider, which sends the browser back."""
    query = {
        "id_token_hint": request.session["oidc_id_token"],
        "post_logout_redirect_uri": request.build_absolute_uri("/goodbye"),
    }
    return f"{ISSUER}/oauth/logout?{urlencode(query)}"


def show_home(request: HttpRequest) -> HttpResponse:
    """Say who is signed in, and offer to sign out."""
    if not request.user.is_authenticated:
        return HttpResponse("<p id='nobody'>Nobody</p><a id='signin' href='/oidc/authenticate/'>Sign in</a>")
    return HttpResponse(
        f"<p id='who'>{request.user.get_username()} {request.user.email}</p>"
        f"<p id='renewed'>{request.session['oidc_id_token_expiration']}</p>"
        "<form method='post' action='/oidc/logout/'>"
        f"<input type='hidden' name='csrfmiddlewaretoken' value='{get_token(request)}'><button>Sign out</button></form>"
    )


def expire(request: HttpRequest) -> HttpResponse:
    """Have the next page ask the provider, silently, whether the person is still signed in there."""
    request.session["oidc_id_token_expiration"] = 0
    return HttpResponse("expired")


urlpatterns = [
    path("", show_home),
    path("expire", expire),
    path("goodbye", lambda _request: HttpResponse("<p id='goodbye'>Goodbye</p>")),
    path("oidc/", include("mozilla_django_oidc.urls")),
]

call_command("migrate", verbosity=0)
make_server("127.0.0.1", int(os.environ["PORT"]), get_wsgi_application(), threaded=True).serve_forever()
