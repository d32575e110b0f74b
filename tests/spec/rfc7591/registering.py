"""What tests of registration begin with: an initial access token, a good registration, and how it is sent."""

from typing import Any

from werkzeug.test import TestResponse

from idp.base.database import session
from idp.clients import initial_tokens
from idp.clients.models import Client
from tests.factories import CALLBACK, Provider

PATH = "/oauth/register"
GOOD: dict[str, Any] = {"client_name": "Tea House", "redirect_uris": [CALLBACK]}


def invite(provider: Provider, label: str = "tea", **options: Any) -> str:
    """Return a new initial access token."""
    with provider.working():
        made = initial_tokens.create(label, **options)
        assert isinstance(made, tuple), made
        return made[1]


def bearer(token: str | None) -> dict[str, str]:
    """Return the Authorization header for a token, or none."""
    return {} if token is None else {"Authorization": f"Bearer {token}"}


def register(provider: Provider, token: str | None = None, **members: Any) -> TestResponse:
    """Send a good registration with these changes; a change of None leaves a member out."""
    document = {name: value for name, value in (GOOD | members).items() if value is not None}
    return provider.http.post(PATH, json=document, headers=bearer(token))


def registered(provider: Provider, **members: Any) -> dict[str, Any]:
    """Register where everybody may, and return what the client is told."""
    answer = register(provider, **members)
    assert answer.status_code == 201, answer.text
    return dict(answer.json)


def count(provider: Provider) -> int:
    """Return how many clients there are."""
    with provider.working():
        return session().query(Client).count()
