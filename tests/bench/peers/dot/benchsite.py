"""A Django project with django-oauth-toolkit and nothing else; BENCH holds a JSON object: database, port, rsa, clients, people, redirect.

`prepare` migrates, and makes applications and people; gunicorn serves `application`.
"""

import json
import os

from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.wsgi import get_wsgi_application

TOLD = json.loads(os.environ["BENCH"])
PAGE = """<!doctype html><title>Sign in</title><form method="post">{% csrf_token %}{{ form.as_p }}
<input type="hidden" name="next" value="{{ next }}"><button>Sign in</button></form>"""


class Hasher(Argon2PasswordHasher):
    """Argon2id with the cost of the others: 19 MiB, two passes, one lane."""

    memory_cost, time_cost, parallelism = 19456, 2, 1


settings.configure(
    SECRET_KEY="a-secret-of-the-benchmark-alone",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF="benchsite",
    DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", "CONN_MAX_AGE": None, **TOLD["database"]}},
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "oauth2_provider"],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {
                "loaders": [("django.template.loaders.locmem.Loader", {"registration/login.html": PAGE})],
                "context_processors": ["django.template.context_processors.request"],
            },
        }
    ],
    PASSWORD_HASHERS=["benchsite.Hasher"],
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    USE_TZ=True,
    OAUTH2_PROVIDER={
        "OIDC_ENABLED": True,
        "OIDC_RSA_PRIVATE_KEY": TOLD["rsa"],
        "SCOPES": {"openid": "openid", "profile": "profile", "email": "email", "jobs": "jobs"},
        "ALLOWED_REDIRECT_URI_SCHEMES": ["http", "https"],
        "AUTHORIZATION_CODE_EXPIRE_SECONDS": 600,
        "ACCESS_TOKEN_EXPIRE_SECONDS": 3600,
        "OAUTH2_VALIDATOR_CLASS": "benchsite.make_validator",
    },
)


def make_validator() -> object:
    """Return the toolkit's validator; it is a class of its own only where there are applications to import."""
    from oauth2_provider.oauth2_validators import OAuth2Validator

    class Validator(OAuth2Validator):
        def rotate_refresh_token(self, request: object) -> bool:
            return bool(request.client.client_type == "public")  # type: ignore[attr-defined]

        def get_additional_claims(self, request: object) -> dict[str, str]:
            return {"name": "Ann Bench", "email": request.user.email}  # type: ignore[attr-defined]

    return Validator()


application = get_wsgi_application()


def _urls() -> list[object]:
    from django.contrib.auth.views import LoginView
    from django.urls import include, path

    return [
        path("accounts/login/", LoginView.as_view()),
        path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
    ]


urlpatterns = _urls()


def prepare() -> None:
    """Migrate, and make applications and people."""
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from oauth2_provider.models import Application

    call_command("migrate", verbosity=0)
    for client in TOLD["clients"]:
        Application.objects.create(
            name=client["client_id"],
            skip_authorization=True,
            hash_client_secret=False,
            algorithm="RS256",
            **client,
        )
    for name in TOLD["people"]:
        get_user_model().objects.create_user(name, f"{name}@example.org", TOLD["password"])
