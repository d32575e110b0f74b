"""ID tokens for pages (Federated Credential Management, 3.5): who gets one, with what in it, and what comes before it."""

import json
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from idp.accounts import taking
from idp.accounts.taking import Authority
from idp.base.database import session
from idp.base.outcome import Refused
from idp.clients import service as clients
from idp.oauth import consents
from idp.oauth.models import Grant
from tests.factories import Person, Provider
from tests.spec.fedcm.browsing import ORIGIN, Asking, arrive


@pytest.fixture
def ann(provider: Provider) -> Person:
    """Somebody whose profile says more than the browser's dialog does."""
    return provider.person(
        given_name="Ann",
        family_name="Bee",
        picture="https://pictures.example/ann.png",
        details={"birthdate": "1990-01-02"},
    )


@pytest.fixture
def asking(provider: Provider, ann: Person) -> Asking:
    """Her browser on the page of a client."""
    return arrive(provider, ann)


def test_a_token(asking: Asking, ann: Person) -> None:
    """The ID token tells what the dialog did and no more, with nonce and session, and the page at the client's origin may read it (3.5)."""
    answer = asking.ask()
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert answer.headers["Access-Control-Allow-Credentials"] == "true"
    assert "Origin" in answer.headers["Vary"]
    assert answer.headers["Cache-Control"] == "no-store"
    claims = asking.provider.verify(answer.json["token"], asking.client.client_id)
    assert claims["sub"] == ann.sub
    assert (claims["name"], claims["email"], claims["email_verified"]) == ("Ann Bee", ann.email, True)
    assert claims["picture"] == "https://pictures.example/ann.png"
    assert (claims["nonce"], claims["sid"], claims["amr"]) == ("n-0S6", asking.browser.sid, ["pwd"])
    assert "birthdate" not in claims


@pytest.mark.parametrize(
    ("told", "claims"),
    [
        ("email", {"email", "email_verified"}),
        ("name", {"name"}),
        ("name,email", {"name", "email", "email_verified"}),
        ("email,tel", {"email", "email_verified"}),
    ],
)
def test_fields(asking: Asking, told: str, claims: set[str]) -> None:
    """A page that asks for some fields gets those alone, and only they are remembered as allowed."""
    found = asking.token(fields=told, disclosure_shown_for=told)
    assert claims == set(found) & {"name", "email", "email_verified", "picture", "birthdate"}
    with asking.provider.working():
        allowed = consents.find(asking.person.id, asking.client.client_id)
    assert allowed is not None
    assert claims <= {item.removeprefix("claim:") for item in allowed.scopes}
    assert not {"profile", "email"} & allowed.scopes


def test_a_client_with_fewer_scopes(provider: Provider, ann: Person) -> None:
    """What the client is not registered for is not told, whatever the browser showed."""
    claims = arrive(provider, ann, scope="openid email").token()
    assert "email" in claims
    assert not {"name", "picture"} & set(claims)


def test_pairwise(provider: Provider, ann: Person) -> None:
    """A client with pairwise subjects gets its own subject, and the browser's identifier is not it (OpenID Connect Core, 8)."""
    asking = arrive(provider, ann, subject_type="pairwise")
    assert asking.token()["sub"] != ann.sub


def test_nonce(asking: Asking) -> None:
    """The nonce comes as a member or within params; without one, or with two, there is no token."""
    assert asking.token(nonce=None, params=json.dumps({"nonce": "inside"}))["nonce"] == "inside"
    assert asking.token(nonce="same", params=json.dumps({"nonce": "same", "other": [1]}))["nonce"] == "same"
    assert asking.error(nonce=None) == "invalid_request"
    assert asking.error(nonce="one", params=json.dumps({"nonce": "another"})) == "invalid_request"


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": None},
        {"account_id": None},
        {"params": "{"},
        {"params": "[]"},
        {"params": "[" * 4000},
        {"params": '{"nonce": {}}'},
        {"params": '{"nonce": true}'},
        {"params": '{"max_age": "soon"}'},
        {"params": '{"prompt": "sing"}'},
        {"nonce": "n" * 2001},
        {"nonce": ["one", "two"]},
        {"account_id": "a\0"},
    ],
)
def test_malformed(asking: Asking, changes: dict[str, Any]) -> None:
    """What is missing, twice, too long or of another kind is refused as an invalid request."""
    assert asking.error(**changes) == "invalid_request"


def test_consent(asking: Asking) -> None:
    """Where the browser has told the person nothing, and nothing was allowed before, they are asked here; the rest goes as told."""
    assert asking.goes_on(disclosure_text_shown="false", disclosure_shown_for=None)
    assert asking.goes_on(disclosure_shown_for="name")
    assert asking.token()["email"] == asking.person.email
    assert asking.token(disclosure_text_shown="false", disclosure_shown_for=None)["email"] == asking.person.email
    # A browser that does not say which fields, and showed nothing, gets what was allowed before.
    assert "email" in asking.token(fields=None, disclosure_shown_for=None, disclosure_text_shown="false")


def test_allowed_by_the_usual_way(asking: Asking) -> None:
    """Whoever allowed the client the scopes has allowed it their claims."""
    asking.provider.grant(asking.client, asking.browser, scope="openid profile email")
    assert asking.token(disclosure_text_shown="false")["email"] == asking.person.email


def test_the_way_on(asking: Asking) -> None:
    """The page that is needed leads to one with the token for the browser, once; a refusal leads to one without."""
    path = asking.goes_on(disclosure_text_shown="false")
    page = asking.browser.get(path)
    assert page.location.startswith("/consent?")
    assert "Paper Shop" in asking.browser.get(page.location).text
    end = asking.browser.submit(page.location, decision="allow")
    token = end.text.split('data-token="')[1].split('"')[0]
    assert f'data-account="{asking.person.sub}"' in end.text
    assert asking.provider.verify(token, asking.client.client_id)["nonce"] == "n-0S6"
    assert asking.browser.get(path).status_code == 400
    asking.client = asking.provider.client(client_name="Other", fedcm_enabled=True)
    path = asking.goes_on(disclosure_text_shown="false")
    end = asking.browser.submit(asking.browser.get(path).location, decision="deny")
    assert end.status_code == 200
    assert "data-token" not in end.text


def test_what_is_demanded(provider: Provider, ann: Person) -> None:
    """A second factor that the client demands, a fresh sign-in and a class of sign-in hold as for every request."""
    strict = arrive(provider, ann, require_second_factor=True)
    assert strict.browser.get(strict.goes_on()).location.startswith("/account/security?")
    fresh = arrive(provider, ann)
    assert fresh.browser.get(fresh.goes_on(params='{"prompt": "login"}')).location.startswith("/signin?")
    assert fresh.goes_on(params='{"max_age": 0}')
    assert fresh.error(params='{"prompt": "none", "max_age": 0}') == "login_required"


def test_groups(asking: Asking) -> None:
    """A client that is for the members of some groups gives others a page that says so, and no token."""
    with asking.provider.registration(asking.client) as row:
        row.is_restricted = True
    with asking.provider.working():
        from idp.clients import known

        known.reload()
    assert asking.browser.get(asking.goes_on()).location.startswith("/no-access?")


def test_the_account(asking: Asking, provider: Provider) -> None:
    """Only whoever is signed in gets a token: the identifier of another account is refused."""
    other = provider.person("bea@example.org")
    assert asking.error(account_id=other.sub) == "access_denied"


def test_the_grant(asking: Asking) -> None:
    """The grant is recorded, so that the app is listed with the person's, and ends there."""
    asking.token()
    page = asking.browser.get("/account/apps").text
    assert "Paper Shop" in page
    with asking.provider.working():
        (grant,) = session().scalars(select(Grant))
        assert (grant.client_id, grant.scope, grant.code_digest) == (asking.client.client_id, "openid", None)
        account = taking.take(Authority(asking.person.id))
        assert account
        consents.withdraw(asking.person.id, asking.client.client_id, subject=account.sub, source="tests")
    assert asking.goes_on(disclosure_text_shown="false")


def test_other_ways_of_asking(provider: Provider, ann: Person) -> None:
    """No request from outside can pretend to be one of these: the authorization endpoint knows no such parameter."""
    asking = arrive(provider, ann)
    answer = asking.browser.authorize(asking.client, **{"for the browser": "yes"})
    assert answer.location.startswith("/consent?")
    answer = asking.browser.follow(asking.browser.submit(answer.location, decision="allow"), asking.client)
    assert answer.location.startswith(asking.client.redirect_uri)


def test_a_client_that_is_switched_off_meanwhile(asking: Asking) -> None:
    """A request that waits is over once its client is switched to FedCM no more."""
    path = asking.goes_on(disclosure_text_shown="false")
    with asking.provider.registration(asking.client) as row:
        taken = clients.change(row, replace(clients.to_metadata(row), fedcm_enabled=False))
        assert not isinstance(taken, Refused)
    assert asking.browser.get(path).status_code == 400
