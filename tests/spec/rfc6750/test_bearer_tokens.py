"""RFC 6750: bearer tokens at the userinfo endpoint."""

import re
from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from idp.base import clock
from tests.factories import Browser, Client, Person, Provider

BAD_TOKEN = re.compile(r'Bearer realm="userinfo", error="invalid_token", error_description="(The [^"]+\.)"')


@pytest.fixture
def access_token(provider: Provider, browser: Browser, shop: Client) -> str:
    """An access token with the scopes openid and email."""
    return str(provider.grant(shop, browser, "openid email")["access_token"])


def refused(response: TestResponse) -> None:
    """Check the refusal of a bad token (section 3.1)."""
    assert response.status_code == 401, response.text
    challenge = BAD_TOKEN.fullmatch(response.headers["WWW-Authenticate"])
    assert challenge is not None
    assert challenge[1] == response.json["error_description"]
    assert response.json["error"] == "invalid_token"


def test_the_authorization_header(provider: Provider, ann: Person, access_token: str) -> None:
    """A token in the Authorization header is accepted, whatever the scheme's case, by GET and POST (2.1)."""
    for scheme in ("Bearer", "bearer", "BEARER"):
        for method in ("GET", "POST"):
            headers = {"Authorization": f"{scheme} {access_token}"}
            answer = provider.http.open("/oauth/userinfo", method=method, headers=headers)
            assert answer.status_code == 200, (scheme, method)
            assert answer.json["sub"] == ann.sub
            assert answer.headers["Cache-Control"] == "no-store"


def test_the_form_parameter(provider: Provider, ann: Person, access_token: str) -> None:
    """A token in a POST's form is accepted, in any other body it is not seen (2.2)."""
    answer = provider.http.post("/oauth/userinfo", data={"access_token": access_token})
    assert answer.json["sub"] == ann.sub
    assert provider.http.post("/oauth/userinfo", json={"access_token": access_token}).status_code == 401


def test_the_query_parameter_is_not_accepted(provider: Provider, access_token: str) -> None:
    """A token in the query is not looked at: queries end up in logs (2.3; RFC 9700, section 4.3.2; item 66)."""
    for method in ("GET", "POST"):
        answer = provider.http.open("/oauth/userinfo", method=method, query_string={"access_token": access_token})
        assert answer.status_code == 401


def test_two_ways_at_once_are_refused(provider: Provider, access_token: str) -> None:
    """A token sent in two ways, or twice in the form, is an invalid request (2, 3.1)."""
    headers = {"Authorization": f"Bearer {access_token}"}
    both = provider.http.post("/oauth/userinfo", data={"access_token": access_token}, headers=headers)
    twice = provider.http.post("/oauth/userinfo", data={"access_token": [access_token, access_token]})
    for answer in (both, twice):
        assert answer.status_code == 400
        assert answer.json["error"] == "invalid_request"
        assert 'error="invalid_request"' in answer.headers["WWW-Authenticate"]


def test_no_token_gets_a_bare_challenge(provider: Provider, shop: Client) -> None:
    """A request without a token is told the scheme, and no error code (3.1)."""
    for headers in ({}, shop.basic(), {"Authorization": "Digest x"}):
        answer = provider.http.get("/oauth/userinfo", headers=headers)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="userinfo"'


def test_bad_tokens(provider: Provider, access_token: str) -> None:
    """A token that is empty, malformed or changed gets 401 invalid_token (3.1)."""
    head, body, signature = access_token.split(".")
    changed = signature[:10] + ("A" if signature[10] != "A" else "B") + signature[11:]
    for bad in ("", "x", "a.b.c", f"{head}.{body}.", f"{head}.{body}.{changed}", f"{head}.{body}", access_token + "A"):
        refused(provider.userinfo(bad))


def test_an_expired_token(provider: Provider, browser: Browser, shop: Client) -> None:
    """An access token ends ten minutes after it was issued (3.1; item 64)."""
    with clock.moved(-timedelta(seconds=570)):
        young = provider.grant(shop, browser)["access_token"]
    with clock.moved(-timedelta(seconds=601)):
        old = provider.grant(shop, browser)["access_token"]
    assert provider.userinfo(young).status_code == 200
    refused(provider.userinfo(old))


def test_a_token_without_openid_lacks_scope(provider: Provider, browser: Browser, shop: Client) -> None:
    """Userinfo needs the scope openid: a token without it gets 403 insufficient_scope (3.1)."""
    answer = provider.userinfo(provider.grant(shop, browser, "email")["access_token"])
    assert answer.status_code == 403
    assert answer.json["error"] == "insufficient_scope"
    assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]


def test_a_clients_own_token_has_no_person(provider: Provider) -> None:
    """A token from client_credentials has no userinfo (RFC 6749, section 4.4)."""
    machine = provider.client(grant_types=["client_credentials"])
    token = provider.token(machine, grant_type="client_credentials", scope="openid").json["access_token"]
    refused(provider.userinfo(token))
