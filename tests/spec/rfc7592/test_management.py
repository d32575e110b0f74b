"""RFC 7592: how a client reads, replaces and deletes its own registration."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from idp import audit
from idp.base.database import session
from idp.clients import service as clients
from idp.clients.models import Client as ClientRow
from idp.clients.models import ClientLogo
from tests.factories import CALLBACK, Client, Person, Provider
from tests.spec.rfc7591.registering import GOOD, PATH, bearer, registered
from tests.support.events import search as events_of

GRANTS = ["authorization_code", "refresh_token"]
UNKNOWN = "nobody-has-this"


@pytest.fixture
def house(app: Flask, provider: Provider) -> Provider:
    """The provider, open to registrations."""
    app.extensions["idp.settings"].registration = "open"
    return provider


def own(told: dict[str, Any]) -> str:
    """Return the path of a client's own registration."""
    return f"{PATH}/{told['client_id']}"


def token_of(told: dict[str, Any]) -> dict[str, str]:
    """Return the header with a client's registration access token."""
    return bearer(told["registration_access_token"])


def put(house: Provider, told: dict[str, Any], **members: Any) -> TestResponse:
    """Replace a registration by a good one with these changes; a change of None leaves a member out."""
    document = GOOD | {"client_id": told["client_id"]} | members
    sent = {name: value for name, value in document.items() if value is not None}
    return house.http.put(own(told), json=sent, headers=token_of(told))


def test_a_registration_is_read(house: Provider) -> None:
    """GET tells every member, the address and the token, but not the secret, which the server does not know (2.1, 3)."""
    told = registered(house, client_uri="https://rp.example", grant_types=GRANTS)
    answer = house.http.get(own(told), headers=token_of(told))
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json == {n: v for n, v in told.items() if n not in {"client_secret", "client_secret_expires_at"}}


def test_a_registration_is_replaced(house: Provider) -> None:
    """PUT replaces everything: what is left out goes back to its default; secret and token stay (2.2)."""
    told = registered(house, client_uri="https://rp.example", grant_types=GRANTS, default_max_age=60)
    answer = put(house, told, redirect_uris=["https://rp.example/new"], client_secret=told["client_secret"])
    assert answer.status_code == 200, answer.text
    assert answer.json["redirect_uris"] == ["https://rp.example/new"]
    assert answer.json["grant_types"] == ["authorization_code"]
    assert not {"client_uri", "default_max_age"} & answer.json.keys()
    assert answer.json["registration_access_token"] == told["registration_access_token"]
    assert house.http.get(own(told), headers=token_of(told)).json == answer.json
    with house.working():
        client = clients.find(told["client_id"])
        assert client.check_client_secret(told["client_secret"])
        assert client.metadata.redirect_uris == ["https://rp.example/new"]
        event = session().scalars(events_of("client.changed")).one()
    assert (event.client_id, event.actor) == (told["client_id"], "registration")


def test_bad_replacements(house: Provider) -> None:
    """The rules are those of registration, and an update names its own client and none of what the server alone says (2.2)."""
    told, other = registered(house), registered(house)
    bad: list[tuple[dict[str, Any], str]] = [
        ({"redirect_uris": ["http://rp.example/cb"]}, "redirect_uris"),
        ({"id_token_signed_response_alg": "none"}, "id_token_signed_response_alg"),
        ({"default_max_age": "x"}, "default_max_age"),
        ({"client_id": None}, "client_id"),
        ({"client_id": other["client_id"]}, "client_id"),
        ({"client_secret": other["client_secret"]}, "client_secret"),
        ({"client_secret": 1}, "client_secret"),
        ({"registration_access_token": told["registration_access_token"]}, "registration_access_token"),
        ({"registration_client_uri": told["registration_client_uri"]}, "registration_client_uri"),
        ({"client_secret_expires_at": 0}, "client_secret_expires_at"),
        ({"client_id_issued_at": 0}, "client_id_issued_at"),
        ({"token_endpoint_auth_method": "none"}, "token_endpoint_auth_method"),
        ({"token_endpoint_auth_method": "client_secret_jwt"}, "token_endpoint_auth_method"),
        ({"sector_identifier_uri": "https://sector.invalid/x"}, "sector_identifier_uri"),
    ]
    for members, member in bad:
        answer = put(house, told, **members)
        assert answer.status_code == 400, members
        assert answer.json["error_description"].startswith(f"{member}: "), answer.text
    assert house.http.put(own(told), data="x", headers=token_of(told)).status_code == 400
    kept = house.http.get(own(told), headers=token_of(told)).json
    assert kept["redirect_uris"] == [CALLBACK]


def test_what_administrators_set_stays(house: Provider) -> None:
    """An update neither sets nor loses what administrators decide, nor a scope that they gave."""
    told = registered(house)
    with house.working():
        row = session().get(ClientRow, told["client_id"])
        row.require_pkce = row.require_second_factor = True
        row.scope = "openid orders"
    answer = put(house, told, scope="openid orders payments", require_pkce=False, first_party=True)
    assert answer.json["scope"] == "openid orders"
    with house.working():
        metadata = clients.find(told["client_id"]).metadata
    assert metadata.require_pkce
    assert metadata.require_second_factor
    assert not metadata.first_party


def test_wrong_tokens(house: Provider) -> None:
    """No token, a wrong one, another client's, and any for a client that is not there: 401, alike and on record (2, 2.1)."""
    told, other = registered(house), registered(house)
    made = house.client()
    paths = [own(told), f"{PATH}/{UNKNOWN}", f"{PATH}/{made.client_id}", f"{PATH}/{'x' * 300}", f"{PATH}/%C3%A4"]
    answers = set()
    for path in paths:
        for method in ("GET", "PUT", "DELETE"):
            bare = house.http.open(path, method=method, json=GOOD)
            assert (bare.status_code, bare.headers["WWW-Authenticate"]) == (401, 'Bearer realm="registration"')
            for token in ("wrong", other["registration_access_token"], other["client_secret"]):
                answer = house.http.open(path, method=method, json=GOOD, headers=bearer(token))
                assert answer.status_code == 401
                answers.add(answer.text)
    assert len(answers) == 1
    with house.working():
        events = session().scalars(events_of("registration_token.checked")).all()
        assert len(events) == len(paths) * 9
        assert {event.outcome for event in events} == {audit.FAILURE}
        assert clients.find(told["client_id"])


def test_a_client_deletes_itself(house: Provider, ann: Person) -> None:
    """DELETE is 204; tokens, consents, logo and the registration are gone, and its token is 401 from then on (2.3)."""
    told = registered(house, grant_types=GRANTS, logo_uri="https://rp.example/logo.png")
    with house.working():
        client = Client(told["client_id"], told["client_secret"], clients.find(told["client_id"]).metadata)
        logo = {"logo_uri": "https://rp.example/logo.png", "media_type": "image/png", "content": b"x"}
        row = session().get(ClientRow, client.client_id)
        session().add(ClientLogo(client_id=client.client_id, fetched_at=row.created_at, **logo))
    browser = house.browser(ann)
    tokens = house.grant(client, browser, scope="openid offline_access")
    answer = house.http.delete(own(told), headers=token_of(told))
    assert (answer.status_code, answer.data) == (204, b"")
    assert house.userinfo(tokens["access_token"]).status_code == 401
    assert house.refresh(client, tokens["refresh_token"]).json["error"] == "invalid_client"
    assert browser.authorize(client).status_code == 400
    for method in ("GET", "PUT", "DELETE"):
        assert house.http.open(own(told), method=method, headers=token_of(told)).status_code == 401
    with house.working():
        assert session().scalars(select(ClientLogo)).all() == []
        event = session().scalars(events_of("client.deleted")).one()
    assert (event.client_id, event.actor) == (told["client_id"], "registration")


def test_a_disabled_client(house: Provider) -> None:
    """A client that an administrator has disabled neither reads, changes nor deletes its registration: 403 (2.1)."""
    told = registered(house)
    with house.working():
        row = session().get(ClientRow, told["client_id"])
        clients.set_disabled(row, True)
    for method in ("GET", "PUT", "DELETE"):
        answer = house.http.open(own(told), method=method, json=GOOD, headers=token_of(told))
        assert (answer.status_code, answer.json["error"]) == (403, "access_denied")


def test_tokens_are_kept_as_digests(house: Provider) -> None:
    """The database has neither the secret nor the registration access token (RFC 7591, section 5; RFC 7592, section 5)."""
    told = registered(house)
    with house.working():
        kept = session().execute(select(*ClientRow.__table__.columns)).mappings().one()
    for secret in (told["client_secret"], told["registration_access_token"]):
        assert secret not in str(dict(kept))
        assert not any(secret.encode() in value for value in kept.values() if isinstance(value, bytes))


def test_management_goes_on_without_registration(provider: Provider, app: Flask) -> None:
    """Where a token is needed to register, none is needed to manage what is registered (RFC 7592, section 2.2)."""
    app.extensions["idp.settings"].registration = "open"
    told = registered(provider)
    app.extensions["idp.settings"].registration = "token"
    assert put(provider, told).status_code == 200
