"""Document 3's sign-ins as sessions, and what happens when two requests come at once."""

from concurrent.futures import ThreadPoolExecutor

from idp import sessions
from idp.accounts import credentials, lookup
from idp.accounts.models import Account
from tests.contracts.cookie_auth.front_end import (
    ACCESS,
    REFRESH,
    account_of,
    cookies_of,
    is_accepted,
    log_in,
    new_address,
    refreshes,
    sign_up,
)
from tests.contracts.house import Caller, House
from tests.factories import PASSWORD
from tests.two_factors import give_app


def test_a_sign_in_is_one_session(house: House, http: Caller) -> None:
    """Each sign-in is one entry of the person's list of sessions; ending one ends its tokens and no other's."""
    member = house.member()
    callers = [http, house.caller()]
    tokens = [cookies_of(log_in(caller, member.email)) for caller in callers]
    http.post("/auth/refresh")
    with house.provider.working():
        account = lookup.find(member.id)
        assert account is not None
        live = sessions.list_live(account.id, account.token_epoch)
        assert [row.door for row in live] == ["contract-3"] * 2
        own = next(row.id for row in live if row.source == http.http.headers["X-Forwarded-For"])
        sessions.end(own, why=sessions.Ending(account.sub, "test"))
    assert [refreshes(caller) for caller in callers] == [False, True]
    assert [is_accepted(http, found[ACCESS].value) for found in tokens] == [False, True]


def test_tokens_end_with_the_password_and_the_account(house: House, http: Caller) -> None:
    """A new password, and a disabled account, end both tokens at once."""
    for change in (_void, _disable):
        member = house.member()
        tokens = cookies_of(log_in(http, member.email))
        assert is_accepted(http, tokens[ACCESS].value)
        with house.provider.account(member) as account:
            change(account)
        assert not is_accepted(http, tokens[ACCESS].value)
        assert not refreshes(http, tokens[REFRESH].value)


def _void(account: Account) -> None:
    credentials.void_credentials(account, cause="test")


def test_disabled_accounts(house: House, http: Caller) -> None:
    """A disabled account is told only to who has the password; its codes do nothing."""
    email = new_address()
    sign_up(http, email)
    code = house.letter(email).digits
    with house.provider.working():
        account = lookup.find_by_email(email)
        assert account is not None
        account.disabled_at = account.created_at
    right, wrong = log_in(http, email), log_in(http, email, "not the password")
    assert (right.status_code, wrong.status_code) == (401, 401)
    assert right.json() != wrong.json()
    assert http.post("/auth/verify-email", {"email": email, "code": code}).status_code == 400


def test_two_sign_ups_at_once(house: House) -> None:
    """Of two sign-ups with one address at once one makes the account, and the other is told that it is taken."""
    email = new_address()
    body = {"fullName": "John Doe", "email": email, "password": PASSWORD}
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda caller: caller.post("/auth/signup", body), [house.caller(), house.caller()]))
    assert sorted(answer.status_code for answer in answers) == [201, 400]


def test_one_code_at_once(house: House, http: Caller) -> None:
    """Of several requests with one mailed code, or one code of an authenticator app, one is answered with success."""
    email = new_address()
    sign_up(http, email)
    code = house.letter(email).digits
    member = house.member()
    second = give_app(house.provider, member).code()
    callers = [house.caller() for _each in range(4)]
    with ThreadPoolExecutor(4) as pool:
        verified = list(
            pool.map(lambda caller: caller.post("/auth/verify-email", {"email": email, "code": code}), callers)
        )
        signed_in = list(pool.map(lambda caller: log_in(caller, member.email, code=second), callers))
    assert sorted(answer.status_code for answer in verified) == [200, 400, 400, 400]
    assert sorted(answer.status_code for answer in signed_in) == [200, 401, 401, 401]
    assert account_of(house, email).is_verified


def _disable(account: Account) -> None:
    account.disabled_at = account.created_at
