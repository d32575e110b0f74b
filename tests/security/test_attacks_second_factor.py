"""Ways around the second factor: what a session may do that has not shown it, and who may add one."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from idp.base import clock
from idp.base.database import session
from idp.factors import service
from idp.oauth.models import Consent
from tests.factories import CSRF, PASSWORD, Person, Provider
from tests.factors.phones import enrol, mid_step
from tests.two_factors import enter


@pytest.fixture(autouse=True)
def _mid_step() -> Iterator[None]:
    with mid_step():
        yield


def test_a_session_older_than_the_factor_consents_to_nothing(provider: Provider, ann: Person) -> None:
    """A consent page that was open when the factor was added leads to the code, and nothing is remembered before that."""
    client, browser = provider.client(), provider.browser(ann)
    page = browser.authorize(client).location
    form = browser.get(page)
    assert form.status_code == 200
    enrol(provider, ann)
    assert browser.get(page).location.startswith("/oauth/resume?")
    token = CSRF.search(form.text)
    assert token is not None
    allowed = browser.http.post(page, data={"csrf_token": token[1], "decision": "allow"})
    assert browser.get(allowed.location).location.startswith("/signin/code?")
    with provider.working():
        assert session().scalars(select(Consent)).all() == []


@pytest.mark.parametrize("by_administrator", [True, False])
def test_a_factor_that_is_gone_counts_for_no_later_one(provider: Provider, ann: Person, by_administrator: bool) -> None:
    """After the last factor was removed a new one has to be shown everywhere, also where the old one had been."""
    phone = enrol(provider, ann)
    older = provider.browser()
    enter(older, ann)
    assert older.get("/account").status_code == 200
    with provider.account(ann) as account:
        if by_administrator:
            service.reset(account, actor="root")
        else:
            assert service.remove(account, "authenticator", phone.id, source="tests") is None
    assert older.get("/account").status_code == 200
    enrol(provider, ann)
    assert older.get("/account").location.startswith("/signin/code?")


def refreshed(provider: Provider, token: str) -> str:
    """Return a new access token."""
    answer = provider.http.post("/user/refresh-access-jwt/", json={"refresh_token": token})
    assert answer.status_code == 200, answer.text
    return str(answer.json["access_token"])


def enable(provider: Provider, token: str, **body: str) -> TestResponse:
    """Ask for the secret of an authenticator app."""
    headers = {"Authorization": f"Bearer {token}"}
    return provider.http.post("/user/2fa/enable", headers=headers, **({"json": body} if body else {}))


def test_a_stolen_token_locks_nobody_out(provider: Provider, ann: Person) -> None:
    """Setting up a second factor takes a sign-in of the last ten minutes, which refreshing keeps, or the password."""
    answer = provider.http.post("/user/signin/", json={"username": ann.email, "password": PASSWORD})
    assert enable(provider, refreshed(provider, answer.json["refresh_token"])).status_code == 200
    with clock.moved(timedelta(minutes=11)):
        stolen = refreshed(provider, answer.json["refresh_token"])
        refused = enable(provider, stolen)
        assert (refused.status_code, list(refused.json)) == (400, ["errors"])
        assert enable(provider, stolen, current_password="a guess").status_code == 400
        assert enable(provider, stolen, current_password=PASSWORD).status_code == 200
