"""Parallel sign-ups and proofs at the real server, with two workers, on both databases: an account is made once."""

from collections import Counter
from collections.abc import Iterator

import pytest
import requests
from sqlalchemy import func, select

from idp.accounts.models import Account
from idp.base import database
from tests.concurrency.test_races import House, at_once
from tests.conftest import sqlite_url
from tests.core import mails
from tests.factories import CSRF, PASSWORD
from tests.support.beside import beside


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The server of these tests."""
    data_dir = tmp_path_factory.mktemp("house")
    url = sqlite_url(data_dir)
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_server").create_database("signing_up")
    with beside(data_dir, url) as (server, provider):
        yield House(server, provider)


@pytest.mark.parametrize("field", ["email", "username"])
def test_an_account_is_made_once(house: House, field: str) -> None:
    """Of parallel sign-ups and proofs with one e-mail address, or one username, one account comes of it; nobody sees an error of ours."""
    times = 6  # mails to one address before the next one waits
    emails = ["same@example.org" if field == "email" else f"racer-{number}@example.org" for number in range(times)]
    waiting = [requests.Session() for _email in emails]
    tokens = [CSRF.search(browser.get(f"{house.server.url}/signup", timeout=60).text) for browser in waiting]

    def sign_up(number: int) -> requests.Response:
        token, username = tokens[number], "samename" if field == "username" else ""
        assert token is not None
        form = {"csrf_token": token[1], "password": PASSWORD, "email": emails[number], "username": username}
        return waiting[number].post(f"{house.server.url}/signup", data=form, timeout=60, allow_redirects=False)

    # A sign-up holds its username, so that of those that come late some may be told so.
    statuses = [answer.status_code for answer in at_once(sign_up, times)]
    assert set(statuses) <= ({303} if field == "email" else {303, 400})
    browsers = [browser for browser, status in zip(waiting, statuses, strict=True) if status == 303]
    with house.provider.working():
        links = [f"/verify/link?token={mail.token}" for mail in mails.waiting() if mail.to in emails]
    assert len(links) == len(browsers) > 0
    forms = []
    for browser, link in zip(browsers, links, strict=True):
        token = CSRF.search(browser.get(house.server.url + link, timeout=60).text)
        assert token is not None
        forms.append({"csrf_token": token[1], "password": PASSWORD})

    def confirm(number: int) -> requests.Response:
        url = house.server.url + links[number]
        return browsers[number].post(url, data=forms[number], timeout=60, allow_redirects=False)

    proved = Counter(answer.status_code for answer in at_once(confirm, len(links)))
    # A taken address has an owner, who is not told twice; who finds the username taken has an account without it.
    assert proved[303] == (1 if field == "email" else len(links))
    assert set(proved) <= {303, 400, 429}  # passwords that are typed at once for one address wait for each other
    query = select(func.count(Account.id))
    same = Account.email == "same@example.org" if field == "email" else func.lower(Account.username) == "samename"
    with house.provider.working():
        assert database.session().scalar(query.where(same)) == 1
        assert database.session().scalar(query.where(Account.email.in_(emails))) == (
            1 if field == "email" else len(links)
        )
