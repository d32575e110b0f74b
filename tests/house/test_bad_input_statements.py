"""What a refused request costs the database: a statement to find it out, one to count it, and one for the audit log, each alone."""

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from flask import Flask

from tests.factories import Browser, Client, Provider
from tests.house.watching import watching

pytestmark = pytest.mark.usefixtures("unhurried", "_still_clock")

OFFLINE = "openid profile email offline_access"
_numbers = count(1)

# By what is wrong, where it comes from a network that has sent nothing of late: its status, and which declared statements are executed, on
# PostgreSQL and on SQLite, and no other. What is recorded often enough of one network costs one `_record` less.
COSTS = {
    "wrong client secret": (401, ["_count_freely", "_record"], ["_count_freely", "_record"]),
    "unknown client": (401, ["_by_id", "_record"], ["_by_id", "_record"]),
    "garbage at userinfo": (401, ["_record"], ["_record"]),
    "garbage at introspection": (200, ["_find"], ["_find"]),
    "garbage at revocation": (200, ["_give_back"], ["_find"]),
    "unknown code": (400, ["_redeem", "_code", "_record"], ["_find_code", "_code", "_record"]),
    "replayed code": (400, ["_redeem", "_code", "_record"], ["_find_code", "_code", "_record"]),
    "unknown refresh token": (400, ["_find_unrotated", "_staying", "_record"], ["_find_unrotated", "_staying", "_record"]),
}  # fmt: skip


@pytest.fixture
def client(provider: Provider) -> Client:
    """A confidential client, and that it is known to the process."""
    client = provider.client(scope=OFFLINE, grant_types=["authorization_code", "refresh_token", "client_credentials"])
    assert provider.token(client, grant_type="client_credentials").status_code == 200
    return client


@pytest.fixture
def code(provider: Provider, client: Client) -> str:
    """A code that was redeemed, and shown once more since: what the first use brought has ended."""
    browser: Browser = provider.browser(provider.person(verified=True))
    code = browser.answer(client, scope=OFFLINE)["code"]
    assert provider.redeem(client, code).status_code == 200
    assert provider.redeem(client, code).status_code == 400
    return code


def move(provider: Provider) -> None:
    """Have what the provider is asked next come from a network that has asked nothing yet."""
    provider.http.environ_base["REMOTE_ADDR"] = f"2001:db8:{next(_numbers):x}::1"


def calls(provider: Provider, client: Client, code: str) -> dict[str, Callable[[], Any]]:
    """Return how each bad request is sent."""
    wrong, unknown = replace(client, secret="wrong"), replace(client, client_id="nobody-knows-me")
    return {
        "wrong client secret": lambda: provider.token(wrong, grant_type="client_credentials"),
        "unknown client": lambda: provider.token(unknown, grant_type="client_credentials"),
        "garbage at userinfo": lambda: provider.userinfo("garbage"),
        "garbage at introspection": lambda: provider.introspect(client, "garbage"),
        "garbage at revocation": lambda: provider.revoke(client, "garbage"),
        "unknown code": lambda: provider.redeem(client, "garbage"),
        "replayed code": lambda: provider.redeem(client, code),
        "unknown refresh token": lambda: provider.refresh(client, "garbage"),
    }


@pytest.mark.parametrize("wrong", COSTS)
def test_bad_input_costs_what_it_is_known_for(
    app: Flask, backend: str, provider: Provider, client: Client, code: str, wrong: str
) -> None:
    """A refused request executes these declared statements, each a transaction of its own, and begins nothing else."""
    call = calls(provider, client, code)[wrong]
    status, on_postgresql, on_sqlite = COSTS[wrong]
    move(provider)
    assert call().status_code == status
    move(provider)
    with watching(app) as work:
        response = call()
    assert response.status_code == status
    assert work.declared == (on_postgresql if backend == "postgresql" else on_sqlite)
    assert work.others == work.compiled == []
    assert work.begun == 0
    if backend == "postgresql":
        assert work.alone == len(work.declared), "each is one round trip"


def test_who_has_to_wait_costs_two_statements(app: Flask, provider: Provider, client: Client) -> None:
    """A guess that comes too early is refused by one statement that does not count it and one that finds out how long; none is recorded."""
    guess = calls(provider, client, "")["wrong client secret"]
    move(provider)
    answers = [guess().status_code for _ in range(12)]
    assert answers == [401] * 5 + [429] * 7
    with watching(app) as work:
        response = guess()
    assert (response.status_code, response.headers["Retry-After"]) == (429, "1")
    assert work.declared == ["_count_freely", "_find_blocked"]
    assert work.others == work.compiled == []
    assert work.begun == 0


def test_a_guess_that_makes_a_delay_is_counted_with_it(app: Flask, provider: Provider, client: Client) -> None:
    """The fifth wrong secret counts, and its delay is set, in one transaction, so that no parallel guess slips through between."""
    guess = calls(provider, client, "")["wrong client secret"]
    move(provider)
    assert [guess().status_code for _ in range(4)] == [401] * 4
    with watching(app) as work:
        assert guess().status_code == 401
    assert work.declared == ["_count_freely", "_find_blocked", "_count", "_delay", "_record"]
    assert work.others == work.compiled == []
    assert work.begun == 0
