"""The pages of requests that lead nowhere: one fixed sentence, what was sent, how it has to be; and a line in the audit log and the log."""

import logging
from html import unescape
from urllib.parse import urlencode

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from idp.audit import AuditEvent
from idp.base import database
from idp.oauth.refusals.recording import MOST
from tests.factories import Client, Provider


def refusals(provider: Provider) -> list[AuditEvent]:
    """Return the refusals on record, oldest first."""
    query = select(AuditEvent).where(AuditEvent.event == "request.refused").order_by(AuditEvent.id)
    with provider.working():
        rows = list(database.session().scalars(query))
        database.session().expunge_all()
        return rows


def said(answer: TestResponse) -> str:
    """Return what the page tells developers."""
    assert answer.status_code == 400
    part = answer.text.partition('id="for-developers"')[2].partition("</div>")[0]
    return " ".join(unescape(part).split())


@pytest.fixture
def shop(provider: Provider) -> Client:
    """A client."""
    return provider.client(post_logout_redirect_uris=["https://rp.example/bye"])


SENT = [
    ("https://rp.example/callback/", "https://rp.example/callback/"),
    ("https://user:hunter2@evil.example/a?code=SECRET&x=1#frag", "https://evil.example/a?..."),
    ("https://rp.example/" + "a" * 900, "https://rp.example/" + "a" * 181 + "..."),
    ("https://rp.example/\u202e<script>", "https://rp.example/\\u202e<script>"),
    ("http://[", "(malformed)"),
]


@pytest.mark.parametrize(("uri", "recorded"), SENT)
def test_a_redirect_uri_that_is_not_registered(
    provider: Provider, shop: Client, caplog: pytest.LogCaptureFixture, uri: str, recorded: str
) -> None:
    """Page, audit log and log name it: the page shortened and escaped, the others without query, user or password besides."""
    caplog.set_level(logging.INFO, "idp.oauth.refusals.recording")
    answer = provider.browser().authorize(shop, redirect_uri=uri)
    assert "The application asked to send you back to a redirect URI that is not registered for it." in answer.text
    shown = uri.encode("ascii", "backslashreplace").decode()
    assert f"redirect_uri={shown[:200]}" in said(answer)
    assert "to the letter" in said(answer)
    assert "<script>" not in answer.text.partition("for-developers")[2].partition("</div>")[0]
    (event,) = refusals(provider)
    assert event.detail == {"cause": "redirect_uri_not_registered", "endpoint": "authorize", "redirect_uri": recorded}
    assert event.client_id == shop.client_id
    assert recorded in caplog.text.replace("\\\\", "\\")
    assert "hunter2" not in caplog.text
    assert "SECRET" not in caplog.text


def test_an_unknown_client_at_the_authorization_endpoint(provider: Provider, shop: Client) -> None:
    """The client identifier that was sent is named, on the page and on record, also one that is none."""
    disabled = provider.client()
    provider.disable(disabled)
    for client_id in ("nobody", "not a client\n", disabled.client_id):
        answer = provider.browser().authorize(shop, client_id=client_id)
        assert f"client_id={client_id.strip()}" in said(answer)
        event = refusals(provider)[-1]
        assert event.detail["cause"] == "unknown_client"
        assert client_id.strip() in (event.client_id or event.detail["asked_as"])


def test_strangers_flood_nothing_with_redirect_uris(provider: Provider, shop: Client) -> None:
    """However many addresses somebody makes up, a few are recorded for a client and a network."""
    for number in range(MOST + 5):
        provider.browser().authorize(shop, redirect_uri=f"https://evil.example/{number}")
        provider.browser().authorize(shop, client_id=f"made-up-{number}")
    assert len(refusals(provider)) == 2 * MOST


def test_a_request_that_the_client_hears_of(provider: Provider, shop: Client) -> None:
    """An error that goes to the client is on record, too; what prompt=none is answered with is not."""
    provider.browser().authorize(shop, response_type="token")
    provider.browser().authorize(shop, prompt="none")
    (event,) = refusals(provider)
    assert event.detail["error"] == "unsupported_response_type"
    assert event.detail["cause"].startswith("Use one of the response types")


LOGOUTS = [
    ({"post_logout_redirect_uri": "https://rp.example/bye"}, "client_not_named", ("id_token_hint", "client_id")),
    ({"client_id": "nobody"}, "unknown_client", ("client_id=nobody",)),
    ({"id_token_hint": "no.id.token"}, "hint_not_ours", ("ID token",)),
    (
        {"client_id": "", "post_logout_redirect_uri": "https://rp.example/other?secret=x"},
        "address_not_registered",
        ("to the letter", "post_logout_redirect_uri=https://rp.example/other?secret=x"),
    ),
]


@pytest.mark.parametrize(("values", "cause", "words"), LOGOUTS)
def test_logout_says_what_to_send(
    provider: Provider, shop: Client, values: dict[str, str], cause: str, words: tuple[str, ...]
) -> None:
    """Each refusal of a sign-out request names the parameter that was wrong, and the one that was missing."""
    sent = {name: value or shop.client_id for name, value in values.items()}
    text = said(provider.http.get(f"/oauth/logout?{urlencode(sent)}", headers={"Accept": "text/html"}))
    assert all(word in text for word in words), text
    (event,) = refusals(provider)
    assert (event.detail["cause"], event.detail["endpoint"]) == (cause, "logout")
    assert "secret" not in str(event.detail)


def test_registration_refusals_are_on_record(provider: Provider) -> None:
    """What is refused at registration stands in the audit log, however the text varies a few times only."""
    provider.app.extensions["idp.settings"].registration = "open"
    for number in range(MOST + 3):
        body = {"redirect_uris": [f"ftp://rp.example/{number}"]}
        assert provider.http.post("/oauth/register", json=body).status_code == 400
    found = refusals(provider)
    assert len(found) == MOST
    assert found[0].detail["error"] == "invalid_redirect_uri"
    assert found[0].detail["cause"].startswith("redirect_uris: ")


def test_bearers_of_the_older_interfaces(provider: Provider) -> None:
    """Where a contract has one sentence for every bad token, the audit log has the cause."""
    shop = provider.client(grant_types=["client_credentials"], scope="read", redirect_uris=[])
    own = provider.token(shop, grant_type="client_credentials").json["access_token"]
    for token, cause in (("made-up", "access_token_foreign"), (own, "scope_not_granted")):
        answer = provider.http.get("/users/me/", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 401
        assert refusals(provider)[-1].detail["cause"] == cause
    answer = provider.http.post("/auth/token/refresh/", json={"refresh_token": "made-up"})
    assert answer.status_code == 401
    assert refusals(provider)[-1].detail == {"cause": "refresh_token_unknown", "endpoint": "refresh"}
