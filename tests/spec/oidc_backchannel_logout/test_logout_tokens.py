"""OpenID Connect Back-Channel Logout 1.0: the token, its delivery, and what clients answer."""

from datetime import timedelta

import jwt
import pytest
from flask import Flask
from sqlalchemy import select

from idp import outbox, serving
from idp.base import clock
from idp.base.database import session
from idp.clients import service as clients
from idp.oauth import backchannel
from idp.outbox import Delivery
from tests.base.fetch.host import Host, answer
from tests.factories import Browser, Client, Person, Provider
from tests.spec.oidc_backchannel_logout.conftest import heard

EVENT = "http://schemas.openid.net/event/backchannel-logout"


def notices(provider: Provider) -> list[tuple[str, str, str | None]]:
    """Return recipient, state and last error of each notice in the outbox."""
    with provider.working():
        rows = session().scalars(select(Delivery).where(Delivery.kind == backchannel.KIND).order_by(Delivery.id))
        return [(row.recipient, row.state, row.last_error) for row in rows]


def test_discovery_says_so(provider: Provider) -> None:
    """Both members are published, and true (2.1; module oidcc-backchannel-logout-discovery-endpoint-verification)."""
    metadata = provider.http.get("/.well-known/openid-configuration").json
    assert metadata["backchannel_logout_supported"] is metadata["backchannel_logout_session_supported"] is True


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA", "PS256"])
def test_the_logout_token(app: Flask, provider: Provider, ann: Person, host: Host, algorithm: str) -> None:
    """A token of two minutes with every claim of section 2.4 and no other, typed, signed as the client's ID tokens are."""
    client = provider.client(
        first_party=True,
        backchannel_logout_uri=f"{host.url}/backchannel?tenant=7",
        id_token_signed_response_alg=algorithm,
    )
    browser = provider.browser(ann)
    id_token = provider.verify(provider.grant(client, browser, nonce="n")["id_token"], client.client_id)
    browser.sign_out()
    assert serving.deliver_once(app) == 1
    (token,) = heard(host)
    header = jwt.get_unverified_header(token)
    assert (header["typ"], header["alg"]) == ("logout+jwt", algorithm)
    claims = provider.verify(token, client.client_id)
    assert set(claims) == {"iss", "sub", "aud", "iat", "exp", "jti", "events", "sid"}
    assert (claims["sub"], claims["sid"]) == (id_token["sub"], id_token["sid"])
    assert claims["events"] == {EVENT: {}}
    assert 0 < claims["exp"] - claims["iat"] <= 120
    assert notices(provider) == [(client.client_id, "delivered", None)]


def test_no_logout_token_passes_for_another(provider: Provider, browser: Browser, shop: Client) -> None:
    """A logout token is no ID token hint and no access token (4, RFC 8725, section 3.11)."""
    provider.grant(shop, browser)
    with provider.working():
        client = clients.find(shop.client_id)
        assert client is not None
        token = backchannel.make_token(client, "sub", browser.sid or "")
    assert browser.get(f"/oauth/logout?id_token_hint={token}").status_code == 400
    assert provider.userinfo(token).status_code == 401
    assert "error" not in browser.answer(shop, prompt="none")


def test_a_pairwise_subject_stays_one(app: Flask, provider: Provider, ann: Person, host: Host) -> None:
    """A client with pairwise subjects is told the subject that it knows (2.4)."""
    uri = f"{host.url}/backchannel?tenant=7"
    client = provider.client(first_party=True, subject_type="pairwise", backchannel_logout_uri=uri)
    browser = provider.browser(ann)
    known = provider.verify(provider.grant(client, browser)["id_token"], client.client_id)["sub"]
    browser.sign_out()
    serving.deliver_once(app)
    (token,) = heard(host)
    assert provider.verify(token, client.client_id)["sub"] == known != ann.sub


def test_each_client_of_the_session_hears_once(
    app: Flask, provider: Provider, ann: Person, host: Host, shop: Client
) -> None:
    """Two grants of one session are one notice; clients that did not ask, or never redeemed their code, get none (2.3)."""
    second = provider.client(first_party=True, backchannel_logout_uri=f"{host.url}/backchannel?tenant=7")
    silent, late = provider.client(first_party=True), provider.client(backchannel_logout_uri=f"{host.url}/late")
    here, elsewhere = provider.browser(ann), provider.browser(ann)
    for client in (shop, shop, second, silent):
        provider.grant(client, here)
    assert "code" in here.answer(late)
    provider.grant(shop, elsewhere)
    here.sign_out()
    assert serving.deliver_once(app) == 2
    told = {jwt.decode(token, options={"verify_signature": False})["aud"] for token in heard(host)}
    assert told == {shop.client_id, second.client_id}
    assert "error" not in elsewhere.answer(shop, prompt="none")


def test_a_notice_is_made_when_it_is_sent(
    app: Flask, provider: Provider, browser: Browser, shop: Client, host: Host
) -> None:
    """What a client answers with a failure is sent again later, with a token of then and another jti (2.5, 2.6)."""
    provider.grant(shop, browser)
    host.reply = answer(b"", status="503 Service Unavailable")
    browser.sign_out()
    serving.deliver_once(app)
    assert notices(provider) == [(shop.client_id, "waiting", "the answer was 503")]
    assert serving.deliver_once(app) == 0
    host.reply = answer(b"", status="204 No Content")
    with clock.moved(timedelta(seconds=11)):
        assert serving.deliver_once(app) == 1
        assert notices(provider) == [(shop.client_id, "delivered", None)]
        first, second = [jwt.decode(token, options={"verify_signature": False}) for token in heard(host)]
    assert second["iat"] - first["iat"] >= 10
    assert first["jti"] != second["jti"]


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("200 OK", "delivered"),
        ("400 Bad Request", "failed"),
        ("410 Gone", "failed"),
        ("404 Not Found", "waiting"),
        ("302 Found", "waiting"),
    ],
)
def test_what_a_client_may_answer(
    app: Flask, provider: Provider, browser: Browser, shop: Client, host: Host, status: str, state: str
) -> None:
    """A 400 (2.8) and a 410 are for good; anything else but success, a 404 and redirects too, is tried again."""
    provider.grant(shop, browser)
    host.reply = answer(b"", "Location: /elsewhere", status=status)
    browser.sign_out()
    serving.deliver_once(app)
    assert [row[1] for row in notices(provider)] == [state]
    assert len(host.asked) == 1


def test_nothing_is_sent_for_a_client_that_has_gone(
    app: Flask, provider: Provider, browser: Browser, shop: Client, host: Host
) -> None:
    """A client that is disabled, deleted, or has no address any more when its notice is due gets none."""
    address = f"{host.url}/backchannel?tenant=7"
    disabled, changed = (provider.client(first_party=True, backchannel_logout_uri=address) for _ in range(2))
    for client in (shop, disabled, changed):
        provider.grant(client, browser)
    browser.sign_out()
    assert len(notices(provider)) == 3
    provider.disable(disabled)
    with provider.registration(changed) as row:
        row.backchannel_logout_uri = None
        clients._note_change(row, "client.changed", None, {})
    with provider.registration(shop) as row:
        clients.remove(row)
    serving.deliver_once(app)
    assert {state for _recipient, state, _error in notices(provider)} == {"failed"}
    assert host.asked == []


def test_a_disabled_client_is_not_told(provider: Provider, browser: Browser, shop: Client) -> None:
    """Nothing is queued for a client that is disabled when the session ends."""
    provider.grant(shop, browser)
    provider.disable(shop)
    browser.sign_out()
    assert notices(provider) == []


def test_what_waits_is_sealed(provider: Provider, browser: Browser, ann: Person, shop: Client) -> None:
    """While it waits, a notice tells neither the person nor the session to a reader of the database."""
    provider.grant(shop, browser)
    browser.sign_out()
    with provider.working():
        (row,) = session().scalars(select(Delivery).where(Delivery.kind == backchannel.KIND))
        assert (row.label, row.recipient) == (backchannel.KIND, shop.client_id)
        assert row.sealed_payload is not None
        assert ann.sub.encode() not in row.sealed_payload
        assert outbox.read(row) == {"sub": ann.sub, "sid": browser.sid}
