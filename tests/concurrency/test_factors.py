"""Second factors shown and changed at once, at two workers of the real server and in this process, on both databases."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier
from typing import Any

import pytest
import requests
from sqlalchemy import func, select

from idp import sessions
from idp.accounts.models import Account
from idp.audit import AuditEvent
from idp.base.database import session
from idp.base.outcome import Refused
from idp.factors import policy, recovery_codes, service
from idp.factors.policy import Required
from idp.signin import flow
from tests.conftest import sqlite_url
from tests.factories import CSRF, Browser, Person, Provider
from tests.factors.phones import Phone, begin, check, enrol
from tests.support.beside import beside
from tests.support.serving import RunningServer

PARALLEL, ROUNDS = 6, 2


@dataclass
class House:
    """A running server, and a provider in this process on the same database."""

    server: RunningServer
    provider: Provider

    def person(self) -> Person:
        """Add somebody new."""
        with self.provider.working():
            count = session().scalar(select(func.count(Account.id)))
        return self.provider.person(f"person-{count}@example.org")

    def sender(self, browser: Browser, path: str) -> Callable[..., requests.Response]:
        """Return what sends the form at a path to the server, as this browser would."""
        token, cookie = CSRF.search(browser.get(path).text), browser.http.get_cookie("idp_session")
        assert token is not None
        assert cookie is not None
        data, cookies = {"csrf_token": token[1]}, {"idp_session": cookie.value}

        def send(**fields: str) -> requests.Response:
            url = self.server.url + path
            return requests.post(url, data=data | fields, cookies=cookies, timeout=60, allow_redirects=False)

        return send

    def half_signed_in(self, person: Person) -> Browser:
        """Return a browser that has shown the password and waits on the code page."""
        browser = self.provider.browser()
        with self.provider.account(person) as account:
            secret = flow.begin(account, ["pwd"])
        with browser.http.session_transaction() as cookie:
            cookie["attempt"] = secret
        return browser

    def recorded(self, person: Person, event: str) -> int:
        """Return how often something was recorded of somebody."""
        query = select(func.count()).where(AuditEvent.subject == person.sub, AuditEvent.event == event)
        with self.provider.working():
            return session().scalar(query) or 0


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The server of these tests, with two workers."""
    data_dir = tmp_path_factory.mktemp("factors")
    url = sqlite_url(data_dir)
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_server").create_database("factors")
    with beside(data_dir, url) as (server, provider):
        yield House(server, provider)


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Act in parallel, each when all are ready, and return what came of it."""
    ready = Barrier(len(acts))

    def wait_and_act(act: Callable[[], Any]) -> Any:
        ready.wait(30)
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(wait_and_act, acts))


def shown_everywhere(house: House, person: Person, code: str) -> int:
    """Show one code at once to both workers and to the service in this process; return how often it was right."""
    pages = [house.sender(house.half_signed_in(person), "/signin/code") for _ in range(PARALLEL)]
    doors: list[Callable[[], Any]] = [lambda send=send: send(code=code) for send in pages]  # type: ignore[misc]
    doors += [lambda: check(house.provider, person, code)] * PARALLEL
    answers = at_once(*doors)
    refused = {answer.status_code for answer in answers[:PARALLEL] if answer.status_code != 303}
    assert refused <= {400, 429}
    signed_in = [answer for answer in answers[:PARALLEL] if answer.headers.get("Location") == "/account"]
    return len(signed_in) + sum(answer is None for answer in answers[PARALLEL:])


def test_a_time_step_is_accepted_once(house: House) -> None:
    """Of parallel uses of one code, by two processes, threads and two doors, one is right (RFC 6238, 5.2; security.md 18)."""
    for _round in range(ROUNDS):
        person = house.person()
        assert shown_everywhere(house, person, enrol(house.provider, person).code()) == 1


def test_a_recovery_code_is_accepted_once(house: House) -> None:
    """Of parallel uses of one recovery code one is right, and one mail tells of it (security.md 18)."""
    for _round in range(ROUNDS):
        person = house.person()
        enrol(house.provider, person)
        with house.provider.account(person) as account:
            (code, *_others) = service.renew_codes(account, source="192.0.2.1")
        assert shown_everywhere(house, person, code) == 1
        assert house.recorded(person, "recovery_code.used") == 1
        with house.provider.working():
            assert recovery_codes.count_left(person.id) == 9


def test_an_app_is_added_once(house: House) -> None:
    """Of parallel confirmations of one new app one enables it, and makes recovery codes; nobody sees an error of ours."""
    for _round in range(ROUNDS):
        person = house.person()
        browser, phone = house.provider.browser(person), begin(house.provider, person)
        send = house.sender(browser, f"/account/security/authenticator/{phone.id}")
        code = phone.code()
        answers = at_once(*[lambda send=send, code=code: send(code=code, name="Phone")] * PARALLEL)
        assert all(answer.status_code in {303, 400, 429} for answer in answers)
        places = [answer.headers.get("Location") for answer in answers]
        assert places.count("/account/security/recovery-codes") == 1
        assert house.recorded(person, "factor.added") == 1
        with house.provider.working():
            assert len(sessions.list_live(person.id, 0)) == 1


def test_of_two_last_factors_a_required_one_stays(house: House) -> None:
    """Under a policy, parallel removals of all factors leave one; without, none, and then the password alone suffices."""
    for required, expected in ((Required.EVERYBODY, 1), (Required.NOBODY, 0)):
        with house.provider.working():
            policy.put(required, actor="root")
        for _round in range(ROUNDS):
            person = house.person()
            phones = [enrol(house.provider, person) for _ in range(3)]
            at_once(*[remover(house, phone) for phone in phones])
            assert left(house, person) == (expected, bool(expected))


def test_adding_and_removing_at_once_agree(house: House) -> None:
    """However an addition, a removal of the last factor and a reset fall together, the account asks for a factor if it has one."""
    for number in range(ROUNDS * 2):
        person = house.person()
        old, new = enrol(house.provider, person), begin(house.provider, person)
        acts: list[Callable[[], Any]] = [lambda new=new: new.confirm(new.code()), remover(house, old)]  # type: ignore[misc]
        if number % 2:
            acts.append(lambda person=person: reset(house, person))  # type: ignore[misc]
        at_once(*acts)
        count, asks = left(house, person)
        assert asks == (count > 0)
        assert number % 2 or count == 1


def test_parallel_renewals_leave_ten_codes(house: House) -> None:
    """Codes that are made anew several times at once are ten in the end, of one making."""
    person = house.person()
    enrol(house.provider, person)

    def renew() -> list[str]:
        with house.provider.account(person) as account:
            return service.renew_codes(account, source="192.0.2.1")

    made = at_once(*[renew] * PARALLEL)
    with house.provider.working():
        assert recovery_codes.count_left(person.id) == 10
    assert sum(check(house.provider, person, codes[0]) is None for codes in made[: PARALLEL // 2]) <= 1


def remover(house: House, phone: Phone) -> Callable[[], Refused | None]:
    """Return what removes an app."""

    def remove() -> Refused | None:
        with house.provider.account(phone.person) as account:
            return service.remove(account, "authenticator", phone.id, source="192.0.2.1")

    return remove


def reset(house: House, person: Person) -> None:
    """Remove all factors of somebody, as an administrator does."""
    with house.provider.account(person) as account:
        service.reset(account, actor="root")


def left(house: House, person: Person) -> tuple[int, bool]:
    """Return how many factors there are, and whether one is asked for."""
    with house.provider.account(person) as account:
        return service.of(account).count, account.has_second_factor
