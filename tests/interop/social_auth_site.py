"""A Django site on python-social-auth as a relying party; / tells who is signed in. Started by test_more_libraries.py."""

import os
import secrets
from pathlib import Path

import django
from django.conf import settings

settings.configure(
    SECRET_KEY=secrets.token_hex(32),
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    SESSION_COOKIE_NAME="social_session",
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": Path(os.environ["DIRECTORY"]) / "site.db"}},
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "social_django",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    AUTHENTICATION_BACKENDS=["social_core.backends.open_id_connect.OpenIdConnectAuth"],
    SOCIAL_AUTH_OIDC_OIDC_ENDPOINT=os.environ["ISSUER"],
    SOCIAL_AUTH_OIDC_KEY=os.environ["CLIENT_ID"],
    SOCIAL_AUTH_OIDC_SECRET=os.environ["CLIENT_SECRET"],
    SOCIAL_AUTH_OIDC_USE_PKCE=True,
    LOGIN_REDIRECT_URL="/",
)
django.setup()

from django.core.management import call_command  # noqa: E402 - Django must be set up
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import HttpRequest, HttpResponse, JsonResponse  # noqa: E402
from django.urls import include, path  # noqa: E402
from social_django.models import UserSocialAuth  # noqa: E402
from werkzeug.serving import make_server  # noqa: E402


def show_who(request: HttpRequest) -> JsonResponse:
    """Tell who is signed in."""
    known = UserSocialAuth.objects.filter(user_id=request.user.pk).first()
    return JsonResponse({"sub": known.uid, "email": request.user.email} if known is not None else {})


def show_button(_request: HttpRequest) -> HttpResponse:
    """Show the button that begins a sign-in: the library wants a POST."""
    return HttpResponse('<form method="post" action="/login/oidc/"><button>Sign in</button></form>')


urlpatterns = [
    path("", show_who),
    path("enter", show_button),
    path("", include("social_django.urls", namespace="social")),
]

if __name__ == "__main__":
    call_command("migrate", verbosity=0)
    make_server("127.0.0.1", int(os.environ["PORT"]), get_wsgi_application(), threaded=True).serve_forever()
