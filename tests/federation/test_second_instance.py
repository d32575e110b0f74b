"""A second instance of this very provider in the part of Google: discovery, consent, RS256, `iss`, userinfo, as they really are."""

import json
import secrets
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from pydantic import SecretStr

from tests.factories import CSRF, PASSWORD, Provider
from tests.federation.traveller import Traveller, accounts, identities
from tests.support.serving import RunningServer, serve

pytestmark = pytest.mark.slow

CALLBACK = "http://127.0.0.1:5000/signin/upstream/google/callback"


@pytest.fixture(scope="module")
def google() -> Iterator[RunningServer]:
    """The second instance, with Ann, who is verified there, and Bob, who is not."""
    with serve({"IDP_WORKERS": "1", "IDP_RATELIMIT_ENABLED": "false"}) as server:
        for name, verified in (("ann", ["--verified"]), ("bob", [])):
            address = f"{name}@example.org"
            server.idp("user", "create", "--email", address, "--password-stdin", *verified, stdin=PASSWORD)
        yield server


@pytest.fixture(scope="module")
def client(google: RunningServer) -> dict[str, Any]:
    """This server's registration there."""
    scope = "openid email profile"
    made = google.idp("client", "create", "--name", "First", "--redirect-uri", CALLBACK, "--scope", scope)
    return dict(json.loads(made))


@pytest.fixture
def settings(settings: Any, google: RunningServer, client: dict[str, Any]) -> Any:
    """A server that is registered there."""
    settings.google_issuer = google.url
    settings.google_client_id = client["client_id"]
    settings.google_client_secret = SecretStr(client["client_secret"])
    return settings


class Visitor:
    """A browser at the second instance."""

    def __init__(self, server: RunningServer) -> None:
        self.server = server
        self.http = requests.Session()
        self.http.headers["Accept"] = "text/html"

    def send(self, page: requests.Response, **fields: str) -> requests.Response:
        """Send a page's form."""
        token = CSRF.search(page.text)
        assert token is not None, page.text[:2000]
        return self.http.post(page.url, data={"csrf_token": unescape(token[1])} | fields, allow_redirects=False)

    def follow(self, answer: requests.Response) -> requests.Response:
        """Follow redirects as far as they stay at this server."""
        while answer.status_code == 303 and answer.headers["Location"].startswith(("/", self.server.url)):
            url = answer.headers["Location"]
            answer = self.http.get(url if "://" in url else self.server.url + url, allow_redirects=False)
        return answer

    def authorize(self, url: str, email: str, decision: str = "allow") -> str:
        """Sign in, unless that is so already, decide about the consent, and return the path of the callback."""
        answer = self.follow(self.http.get(url, allow_redirects=False))
        if "/signin?" in answer.url:
            answer = self.follow(self.send(answer, username=email, password=PASSWORD))
        if "/consent?" in answer.url:
            answer = self.follow(self.send(answer, decision=decision))
        assert answer.headers.get("Location", "").startswith(CALLBACK), answer.text[:2000]
        parts = urlsplit(answer.headers["Location"])
        return f"{parts.path}?{parts.query}"


def test_ann_gets_in(ann: Traveller, provider: Provider, google: RunningServer) -> None:
    """Who is verified there signs in to the account with the address, by the subject that the provider gives."""
    provider.person("ann@example.org")
    visitor = Visitor(google)
    answer = ann.get(visitor.authorize(ann.press("google", "/account/apps"), "ann@example.org"))
    assert answer.location == "/account/apps"
    assert ann.email == "ann@example.org"
    again = Traveller(provider)
    again.get(visitor.authorize(again.press("google"), "ann@example.org"))
    assert again.email == "ann@example.org"
    assert len(identities(provider)) == 1


def test_bob_is_not_verified_there(ann: Traveller, provider: Provider, google: RunningServer) -> None:
    """Who is not verified there gets no account that exists, and a new one without verification."""
    person = provider.person("bob@example.org")
    visitor = Visitor(google)
    assert ann.get(visitor.authorize(ann.press("google"), "bob@example.org")).status_code == 409
    with provider.account(person) as account:
        account.email = "robert@example.org"
    assert ann.get(visitor.authorize(ann.press("google"), "bob@example.org")).status_code == 303
    assert accounts(provider) == {"robert@example.org": True, "bob@example.org": False}


def test_a_denied_consent(ann: Traveller, provider: Provider, google: RunningServer) -> None:
    """Who says no on the consent page there is led back to sign-in here."""
    address = f"no-{secrets.token_hex(4)}@example.org"
    google.idp("user", "create", "--email", address, "--password-stdin", "--verified", stdin=PASSWORD)
    path = Visitor(google).authorize(ann.press("google"), address, "deny")
    assert "error=access_denied" in path
    assert ann.get(path).status_code == 400
    assert accounts(provider) == {}


def test_an_answer_without_issuer_is_refused(ann: Traveller, provider: Provider, google: RunningServer) -> None:
    """This provider says that it always sends `iss`, so an answer without is none of its own (RFC 9207, section 2.4)."""
    path = Visitor(google).authorize(ann.press("google"), "ann@example.org")
    assert ann.get(path.partition("&iss=")[0]).status_code == 400
    assert accounts(provider) == {}
