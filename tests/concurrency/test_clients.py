"""Administrators, and clients that register themselves, change one client at the same instant."""

import json
from collections.abc import Callable
from dataclasses import replace
from threading import Barrier, Thread

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from idp.base.database import session
from idp.clients import initial_tokens
from idp.clients import service as clients
from idp.clients.models import Client as ClientRow
from tests.admin.conftest import hidden_fields, shown
from tests.base.fetch.host import Host, answer
from tests.factories import CALLBACK, Browser, Client, Provider
from tests.spec.rfc7591.registering import PATH, bearer, registered

TIMES = 4
Update = tuple[str, Callable[[], TestResponse]]
ELSEWHERE = "https://elsewhere.example/callback"


@pytest.fixture
def browser(provider: Provider) -> Browser:
    """The administrator's."""
    return provider.browser(provider.person("root@example.org", is_admin=True))


def while_it_ponders(host: Host, send: Callable[[], TestResponse], meanwhile: Callable[[], None]) -> TestResponse:
    """Return the answer to what `send` sends, for which a sector's document is fetched; `meanwhile` is done during that."""
    asked, may_answer = host.ponder(answer(json.dumps([CALLBACK]).encode()))
    answers: list[TestResponse] = []
    sending = Thread(target=lambda: answers.append(send()))
    sending.start()
    assert asked.wait(10)
    meanwhile()
    may_answer.set()
    sending.join(20)
    return answers[0]


def in_parallel(provider: Provider, browser: Browser, path: str, form: dict[str, str]) -> list[TestResponse]:
    """Send one form from several tabs of one browser at the same instant."""
    with browser.http.session_transaction() as cookie:
        kept = dict(cookie)
    tabs = [provider.app.test_client() for _ in range(TIMES)]
    for tab in tabs:
        with tab.session_transaction() as cookie:
            cookie.update(kept)
    ready, answers = Barrier(TIMES), list[TestResponse]()

    def send(number: int) -> None:
        ready.wait(10)
        answers.append(tabs[number].post(path, data=form, headers={"Accept": "text/html"}))

    sending = [Thread(target=send, args=(number,)) for number in range(TIMES)]
    for thread in sending:
        thread.start()
    for thread in sending:
        thread.join(30)
    return answers


def save(browser: Browser, client: Client, host: Host) -> TestResponse:
    """Save a client's settings as they are, but for its sector, which is new."""
    page = f"/admin/clients/{client.client_id}"
    form = hidden_fields(browser.get(page).text) | {
        "client_name": "Renamed", "redirect_uris": CALLBACK, "scope": "openid", "grant_types": "authorization_code",
        "token_endpoint_auth_method": "client_secret_basic", "id_token_signed_response_alg": "RS256",
        "subject_type": "pairwise", "sector_identifier_uri": f"{host.url}/sector",
    }  # fmt: skip
    return browser.http.post(page, data=form, headers={"Accept": "text/html"})


def test_a_client_that_is_deleted_meanwhile(provider: Provider, browser: Browser, host: Host) -> None:
    """A client that is deleted while an administrator's settings are checked is not there any more: 404."""
    client = provider.client()

    def delete() -> None:
        with provider.registration(client) as row:
            clients.remove(row)

    assert while_it_ponders(host, lambda: save(browser, client, host), delete).status_code == 404


def test_a_client_that_changes_meanwhile(provider: Provider, browser: Browser, host: Host) -> None:
    """Settings that were checked against what a client was are not saved over what it has become."""
    client = provider.client()

    def move() -> None:
        with provider.registration(client) as row:
            row.redirect_uris = [ELSEWHERE]
            clients.set_disabled(row, False)  # which notes the instant of the change

    result = while_it_ponders(host, lambda: save(browser, client, host), move)
    assert result.status_code == 409
    assert "Somebody else has saved meanwhile" in result.text
    assert ELSEWHERE in result.text
    with provider.registration(client) as row:
        assert (row.client_name, row.redirect_uris, row.sector_identifier_uri) == ("Paper Shop", [ELSEWHERE], None)


@pytest.fixture
def update(app: Flask, provider: Provider, host: Host) -> Update:
    """A client that registered itself, and how it names a sector."""
    app.extensions["idp.settings"].registration = "open"
    told = registered(provider)
    client_id, headers = told["client_id"], bearer(told["registration_access_token"])
    document = {"client_id": client_id, "redirect_uris": [CALLBACK], "sector_identifier_uri": f"{host.url}/sector"}
    return client_id, lambda: app.test_client().put(f"{PATH}/{client_id}", json=document, headers=headers)


def test_a_client_that_is_disabled_meanwhile(provider: Provider, host: Host, update: Update) -> None:
    """A client that is disabled while its update is checked is refused, and stays as it was (RFC 7592, section 2.2)."""
    client_id, send = update

    def disable() -> None:
        with provider.working():
            row = clients.get(client_id)
            assert row is not None
            clients.set_disabled(row, True)

    result = while_it_ponders(host, send, disable)
    assert (result.status_code, (result.json or {}).get("error")) == (403, "access_denied")
    with provider.working():
        row = session().scalars(select(ClientRow)).one()
        assert row.sector_identifier_uri is None


def test_what_administrators_decide_meanwhile(provider: Provider, host: Host, update: Update) -> None:
    """A second factor that is required while a client's update is checked stays required (RFC 7592, section 2.2)."""
    client_id, send = update

    def require() -> None:
        with provider.working():
            row = clients.get(client_id)
            assert row is not None
            clients.change(row, replace(clients.to_metadata(row), require_second_factor=True))

    assert while_it_ponders(host, send, require).status_code == 200
    with provider.working():
        row = session().scalars(select(ClientRow)).one()
        assert row.require_second_factor
        assert row.sector_identifier_uri


def test_a_secret_is_renewed_once(provider: Provider, browser: Browser) -> None:
    """Of parallel posts of one form one renews the secret, and the secret that is shown is good."""
    for _round in range(3):
        client = provider.client()
        path = f"/admin/clients/{client.client_id}/secret"
        answers = in_parallel(provider, browser, path, hidden_fields(browser.get(path).text))
        assert sorted(result.status_code for result in answers) == [200] + [303] * (TIMES - 1)
        (secret,) = [shown(result.text, "client-secret") for result in answers if result.status_code == 200]
        with provider.registration(client) as row:
            assert clients.parse(row).check_client_secret(secret)


def test_an_initial_token_is_made_once(provider: Provider, browser: Browser) -> None:
    """Of parallel posts of one form one makes an initial access token (RFC 7591, section 3)."""
    for number in range(1, 4):
        form = hidden_fields(browser.get("/admin/registration").text) | {"label": "tea", "days": "7"}
        answers = in_parallel(provider, browser, "/admin/registration", form)
        assert sorted(result.status_code for result in answers) == [201] + [303] * (TIMES - 1)
        with provider.working():
            assert len(session().scalars(initial_tokens.search()).all()) == number
