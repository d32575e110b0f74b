"""Outcomes of authentication are written down, and nothing that could be used goes into the log or the audit log."""

import logging

import pytest
from sqlalchemy import select

from idp.audit import AuditEvent
from idp.base.database import session
from tests.factories import CSRF, Client, Provider
from tests.factors.phones import mid_step
from tests.two_factors import give_app

WRONG = "a wrong guess of somebody"


def written(provider: Provider) -> tuple[list[tuple[str, str]], str]:
    """Return events with their outcomes in order, and everything that their rows hold."""
    with provider.working():
        rows = list(session().scalars(select(AuditEvent).order_by(AuditEvent.id)))
        texts = [repr([getattr(row, column.key) for column in AuditEvent.__table__.columns]) for row in rows]
        return [(row.event, row.outcome) for row in rows], "\n".join(texts)


def test_every_outcome_is_written_down_without_secrets(provider: Provider, caplog: pytest.LogCaptureFixture) -> None:
    """Wrong and right passwords and codes, sign-outs and wrong client secrets are events that hold none of them (item 73)."""
    ann = provider.person()
    client: Client = provider.client()
    with mid_step(), caplog.at_level(logging.DEBUG):
        app = give_app(provider, ann)
        before = len(written(provider)[0])
        browser = provider.browser()
        assert browser.sign_in("/signin", ann, password=WRONG).status_code == 400
        assert browser.sign_in("/signin", ann).location == "/signin/code"
        assert browser.submit("/signin/code", code="000000").status_code == 400
        code = app.code()
        assert browser.submit("/signin/code", code=code).location == "/account"
        cookies = [str(cookie.value) for cookie in browser.http._cookies.values()]
        browser.sign_out()
        assert provider.redeem(Client(client.client_id, WRONG, client.metadata), "no code").status_code == 401
    events, texts = written(provider)
    assert events[before:] == [
        ("password.checked", "failure"),
        ("factor.checked", "failure"),
        ("signin", "success"),
        ("signout", "success"),
        ("client.authenticated", "failure"),
    ]
    for secret in (WRONG, ann.password, ann.email, code, app.secret, client.secret or "", *cookies):
        assert secret not in texts + caplog.text, secret


def test_a_form_without_its_token_is_no_outcome(provider: Provider) -> None:
    """A forged form compares nothing, so it neither counts nor is written down as a try (item 38)."""
    ann = provider.person()
    browser = provider.browser()
    assert CSRF.search(browser.get("/signin").text) is not None
    answer = browser.http.post("/signin", data={"username": ann.email, "password": ann.password})
    assert (answer.status_code, answer.location) == (303, "/signin")
    assert written(provider)[0] == []
