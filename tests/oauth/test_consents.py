"""Consents as rows: nothing that was allowed is too long for them, and nothing is lost between two pages at once."""

import json
from threading import Thread

import pytest
from sqlalchemy import select

from idp.base import database
from idp.oauth import consents
from idp.oauth.models import Consent
from tests.factories import Person, Provider, parameters

MANY = " ".join(f"https://api.example/scope/{number:03}" for number in range(30))
SINGLE = ("given_name", "family_name", "email", "email_verified", "zoneinfo", "birthdate", "website")


def remembered(provider: Provider) -> list[set[str]]:
    """Return what each consent covers."""
    with provider.working():
        return [set(scope.split()) for scope in database.session().scalars(select(Consent.scope))]


def test_a_long_consent_is_remembered(provider: Provider, ann: Person) -> None:
    """Every scope of a client, single claims, and what was allowed before fit in, on both databases (OpenID Connect Core, 5.5)."""
    client = provider.client(scope=f"openid profile email address phone {MANY}")
    browser = provider.browser(ann)
    claims = json.dumps({"userinfo": dict.fromkeys(SINGLE)})
    browser.consent(client, scope="openid address phone")
    answer = parameters(browser.consent(client, scope=f"openid {MANY}", claims=claims), client)
    assert "code" in answer
    (items,) = remembered(provider)
    assert items == {"openid", "address", "phone", *MANY.split(), *(f"claim:{name}" for name in SINGLE)}


@pytest.mark.parametrize("before", [(), ("openid",)], ids=["the first", "more"])
def test_consents_at_the_same_time_are_both_remembered(
    provider: Provider, ann: Person, before: tuple[str, ...]
) -> None:
    """Of two pages that are answered at once, for different scopes, neither answer is lost (OpenID Connect Core, 3.1.2.4)."""
    client = provider.client()

    def remember(*scopes: str) -> None:
        consents.remember(ann.id, client.client_id, scopes, subject=ann.sub, source="127.0.0.1")

    def answer_other_page() -> None:
        with provider.working():
            remember("openid", "profile")

    if before:
        with provider.working():
            remember(*before)
    other = Thread(target=answer_other_page)
    with provider.working():
        remember("openid", "email")
        other.start()
        other.join(0.5)
        assert other.is_alive()  # it waits for this one's commit
    other.join(30)
    assert remembered(provider) == [{"openid", "email", "profile"}]
