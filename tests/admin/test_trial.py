"""Testing a client without its application: each message is made and taken back, and what is wrong is said in words."""

import re
from collections.abc import Callable
from html import unescape
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from flask import Flask
from sqlalchemy import func, select

from idp.accounts.authority import owning
from idp.audit import AuditEvent
from idp.base import clock
from idp.base.database import commit, session
from idp.clients import service as clients
from idp.clients.models import Client as ClientRow
from idp.groups import access
from idp.oauth import issuing
from idp.oauth.models import Consent, Grant, RefreshToken
from idp.oauth.trial import nearness
from tests.admin.conftest import CALLBACK, Making, Visitor, register
from tests.factories import Provider
from tests.groups.making import group

SignIn = Callable[..., Visitor]
AUTHORIZE = "http://127.0.0.1:5000/oauth/authorize"
TAKEN = ({"scope": "openid mail"}, {"redirect_url": CALLBACK})  # odd, and no refusal


def words(page: str) -> str:
    """Return what somebody reads on a page."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.partition("<main")[2])).split())


def walk(visitor: Visitor, client_id: str, address: str = "") -> str:
    """Test a client; return what the page says."""
    answer = visitor.send(f"/admin/clients/{client_id}/test", address=address)
    assert answer.status_code == 200, words(answer.get_data(as_text=True))
    return words(answer.get_data(as_text=True))


def asking(client_id: str, /, **changed: str | None) -> str:
    """Return the address of a request that is in order, but for what is changed; None leaves a parameter out."""
    sent: dict[str, str | None] = {"response_type": "code", "client_id": client_id, "redirect_uri": CALLBACK}
    sent |= {"scope": "openid email", "state": "s1", "code_challenge": "c" * 43, "code_challenge_method": "S256"}
    return f"{AUTHORIZE}?{urlencode({name: value for name, value in (sent | changed).items() if value is not None})}"


def change(app: Flask, client_id: str, **columns: object) -> None:
    """Change columns of a client."""
    with app.app_context():
        row = clients.get(client_id)
        assert row is not None
        for name, value in columns.items():
            setattr(row, name, value)
        commit()


def test_every_message_is_shown_and_nothing_stays(app: Flask, admin: Visitor) -> None:
    """From the request to userinfo each message stands on the page, without a code, token or secret; no grant, consent or token is left."""
    client_id = register(admin)
    page = walk(admin, client_id)
    assert "It works on this side" in page
    shown = ("GET http://127.0.0.1:5000/oauth/authorize", "You would be asked to allow", f"Location: {CALLBACK}")
    shown += ("?code=(not shown)", "POST http://127.0.0.1:5000/oauth/token", '"refresh_token": "(made, not signed')
    for part in (*shown, f'"aud": "{client_id}"', '"jti":', '"email": "admin@example.com"'):
        assert part in page, part
    assert "eyJ" not in page
    with app.app_context():
        assert [
            session().scalar(select(func.count()).select_from(table)) for table in (Grant, Consent, RefreshToken)
        ] == [0] * 3
        events = [event for event in session().scalars(select(AuditEvent)) if event.client_id == client_id]
        assert [event.event for event in events] == ["client.registered", "client.tested"]
        assert (events[1].actor, events[1].detail) == (admin.sub, {"pasted": False, "works": True})


def test_the_code_is_good_for_nobody(
    app: Flask, provider: Provider, admin: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever learns the code of the walk, and the client itself with its secret, gets nothing for it."""
    client, codes, issue = provider.client(), [], issuing.issue_code

    def spy(*given: object, **more: object) -> str | None:
        codes.append(issue(*given, **more))  # type: ignore[arg-type]
        return codes[-1]

    monkeypatch.setattr(issuing, "issue_code", spy)
    assert "It works on this side" in walk(admin, client.client_id)
    answer = provider.redeem(client, str(codes[0]))
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"redirect_uri": f"{CALLBACK}/"}, "There is a slash at its end too many."),
        ({"redirect_uri": None}, "the redirect URI is missing"),
        ({"response_type": "token"}, "Use one of the response types: code."),
        ({"response_type": None}, "The parameter response_type is missing."),
        ({"code_challenge": None, "code_challenge_method": None}, "this client uses PKCE"),
        ({"code_challenge_method": "plain"}, "code_challenge_method must be S256"),
        ({"scope": "phone_numbers"}, "holds nothing that this client can be granted: phone_numbers"),
        ({"scope": "openid mail"}, "Left out, without an error"),
        ({"prompt": "silent"}, "The parameter prompt has an unknown value."),
        ({"max_age": "soon"}, "The parameter max_age must be a number of seconds."),
        ({"client_id": "another"}, "It is not this client."),
        ({"client_id": None}, "The client_id is missing."),
        ({"request": "no.jwt.here"}, "The request object is malformed"),
        ({"redirect_url": CALLBACK}, "Is redirect_uri meant?"),
        ({"nonce": "n" * 2001}, "The parameter nonce is too long"),
    ],
)
def test_what_is_wrong_is_said_in_words(admin: Visitor, changed: dict[str, str | None], said: str) -> None:
    """Each fault of a pasted request is told at its member; where the request cannot be granted nothing goes on from it."""
    client_id = register(admin)
    page = walk(admin, client_id, asking(client_id, **changed))
    assert said in page
    assert ("The token request" in page) == (changed in TAKEN)


def test_all_that_is_wrong_is_said_at_once(admin: Visitor) -> None:
    """Not the first fault alone is told, as the endpoint does, but every one."""
    client_id = register(admin)
    page = walk(admin, client_id, asking(client_id, redirect_uri="https://evil.example/", prompt="x", max_age="y"))
    for said in ("It is not registered.", "prompt has an unknown value", "max_age must be a number"):
        assert said in page


@pytest.mark.parametrize(
    "changed",
    [
        {"response_type": "id_token"},
        {"code_challenge": None},
        {"prompt": "none login"},
        {"scope": "x"},
        {"claims": "["},
    ],
)
def test_the_page_and_the_endpoint_say_the_same(
    app: Flask, provider: Provider, admin: Visitor, changed: dict[str, str | None]
) -> None:
    """The description that the client hears of a request stands on the page word for word."""
    client_id = register(admin)
    address = asking(client_id, **changed)
    heard = provider.http.get(address.removeprefix("http://127.0.0.1:5000"))
    (described,) = parse_qs(urlsplit(heard.headers["Location"]).query)["error_description"]
    assert described in walk(admin, client_id, address)


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ("https://shop.example.com/Callback", "other capital letters"),
        ("http://shop.example.com/callback", "The scheme is http, and https is registered."),
        ("https://shop.example.com:8443/callback", "The port is 8443, and the usual one is registered."),
        ("https://www.shop.example.com/callback", "The host is www.shop.example.com"),
        ("https://shop.example.com/callback?next=1", "The query is “next=1”"),
        ("https://shop.example.com/callback#x", "It has a fragment"),
        ("https://shop.example.com/back", "The path is /back, and /callback is registered."),
        ("https%3A%2F%2Fshop.example.com%2Fcallback", "percent-encoded once too often"),
        (" https://shop.example.com/callback", "white space"),
        ("https://[half/callback", "no address that can be read"),
    ],
)
def test_an_address_is_compared_with_the_nearest(app: Flask, sent: str, said: str) -> None:
    """The registered address that is most alike is found, and the part in which the other differs is named."""
    with app.test_request_context():
        near = nearness.find_nearest(sent, ["https://other.example/", CALLBACK])
        assert near == CALLBACK
        assert said in nearness.tell_difference(sent, near)


def test_what_is_no_request_is_refused_at_the_field(admin: Visitor) -> None:
    """Text without a parameter, and one that is too long, are refused, and what was typed stays; a query alone is enough."""
    client_id = register(admin)
    path = f"/admin/clients/{client_id}/test"
    for typed, said in (("hello", "There is no parameter"), ("x" * 40_001, "That is too long")):
        answer = admin.send(path, address=typed)
        assert (answer.status_code, said in answer.get_data(as_text=True)) == (400, True)
        assert typed[:100] in answer.get_data(as_text=True)
    assert "It works on this side" in walk(admin, client_id, asking(client_id).partition("?")[2])
    elsewhere = asking(client_id).replace("http://127.0.0.1:5000", "https://old.example")
    assert "It is sent to https://old.example/oauth/authorize" in walk(admin, client_id, elsewhere)


@pytest.mark.parametrize(
    ("columns", "said", "works"),
    [
        ({"disabled_at": "now"}, "The client is disabled", False),
        ({"first_party": True}, "one of our own", True),
        ({"require_second_factor": True}, "You would set up a second factor first", False),
        ({"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": []}}, "There is no key among them", False),
        ({"grant_types": ["authorization_code"]}, "There is no refresh token", True),
        ({"claims_in_id_token": True}, '"email": "admin@example.com"', True),
    ],
)
def test_the_registration_is_looked_at(
    app: Flask, admin: Visitor, columns: dict[str, object], said: str, works: bool
) -> None:
    """What a client's settings do to its sign-ins, and what of them stands in the way, is told."""
    client_id = register(admin)
    change(app, client_id, **{name: clock.now() if value == "now" else value for name, value in columns.items()})
    page = walk(admin, client_id)
    assert (said in page, "It works on this side" in page) == (True, works)


def test_who_would_be_turned_away_is_told(app: Flask, admin: Visitor) -> None:
    """A client for the members of some groups turns an administrator away who belongs to none of them, and the walk ends there."""
    client_id = register(admin)
    with app.app_context():
        row = session().get(ClientRow, client_id)
        assert row is not None
        assert access.put(row, is_restricted=True, groups=[group("/staff")], actor="test") is None
        commit()
    page = walk(admin, client_id)
    assert "you would be turned away" in page
    assert "The token request" not in page


def test_a_service_and_an_app_without_a_secret(admin: Visitor) -> None:
    """A service asks for a token of its own; a public client proves nothing but its verifier."""
    robot = register(admin, kind="service", redirect_uris="", scope="reports")
    page = walk(admin, robot)
    assert "grant_type=client_credentials" in page
    assert '"scope": "reports"' in page
    assert "It has no scope" in walk(admin, register(admin, kind="service", redirect_uris=""))
    assert "The app has no secret" in walk(admin, register(admin, kind="spa"))


def test_only_who_administers_the_client_tests_it(
    app: Flask, admin: Visitor, add_account: Making, sign_in: SignIn
) -> None:
    """A reader and a stranger get 403; a client administrator and an owner of the client test it, with their own account."""
    client_id, ann = register(admin), add_account("ann@example.com")
    path = f"/admin/clients/{client_id}/test"
    owner = sign_in(ann)
    assert owner.get(path).status_code == 403
    assert sign_in(add_account("reader@example.com", role="reader")).get(path).status_code == 403
    with app.app_context():
        row = clients.get(client_id)
        assert row is not None
        assert owning.add(row, ann, actor="test") is None
        commit()
    assert '"email": "ann@example.com"' in walk(owner, client_id)
    boss = sign_in(add_account("boss@example.com", role="clients"))
    assert '"email": "boss@example.com"' in walk(boss, client_id)
