"""What holds for every credential of the house: passwords that stay good, hashes, first secrets, and how much chance is in each."""

import json
import math
import re
from base64 import b64decode, urlsafe_b64decode
from datetime import timedelta

from sqlalchemy import func, select

from idp.accounts import founding, passwords, recovery
from idp.accounts.models import Account
from idp.base import clock, crypto
from idp.base.database import session
from idp.base.outcome import Reason, Refused
from idp.factors import passkeys, recovery_codes
from idp.lifetimes import LIFETIMES
from tests.factories import Person, Provider


def bits(secrets: list[str], letters: int) -> float:
    """Return the bits of one of several random texts of equal length, of so many letters."""
    assert len(set(secrets)) == len(secrets)
    assert len({len(secret) for secret in secrets}) == 1
    return len(secrets[0]) * math.log2(letters)


def test_a_password_does_not_expire(provider: Provider, ann: Person) -> None:
    """Five years later the same password signs in, and nobody is asked for another one (item 4)."""
    with clock.moved(timedelta(days=5 * 365)):
        assert provider.browser().sign_in("/signin", ann).location == "/account"


def test_hashes_are_slow_salted_and_say_how_they_were_made(provider: Provider) -> None:
    """A hash names its algorithm and cost, OWASP's least or more, and has 128 bits of salt; a cheaper one is renewed (item 8)."""
    with provider.working():
        stored = passwords.hash_password("a passable phrase")
        found = re.fullmatch(r"\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([^$]+)\$[^$]+", stored)
        assert found is not None
        memory, passes, _lanes = (int(found[number]) for number in (1, 2, 3))
        assert (memory >= 19456, passes >= 2) == (True, True)
        assert len(b64decode(found[4] + "==")) == 16
        assert passwords.needs_rehash(stored.replace(f"m={memory}", "m=8192"))


def test_a_new_house_is_empty(provider: Provider) -> None:
    """A migrated database has no account, whatever the name or password (item 12)."""
    with provider.working():
        assert session().scalar(select(func.count()).select_from(Account)) == 0
        assert founding.bootstrap_link() is not None


def test_first_secrets_are_random_and_end(provider: Provider) -> None:
    """The links for a first password differ, have 128 bits and more, and are dead a day later (item 16)."""
    with provider.working():
        created = [founding.create_administrator(f"root{number}@example.org") for number in range(2)]
        tokens = [made[1].partition("token=")[2] for made in created if not isinstance(made, Refused)]
        assert bits(tokens, 26) >= 128
        assert isinstance(recovery.peek(tokens[0]), Account)
    with clock.moved(LIFETIMES.set_password_link), provider.working():
        answer = recovery.peek(tokens[0])
        assert isinstance(answer, Refused)
        assert answer.reason is Reason.LINK_EXPIRED


def test_nothing_that_is_mailed_lives_too_long(provider: Provider) -> None:
    """Codes that come by mail work for ten minutes at most (item 20), and a half-finished sign-in waits no longer (item 21)."""
    assert LIFETIMES.one_time_code <= timedelta(minutes=10)
    assert LIFETIMES.sign_in_attempt <= timedelta(minutes=10)
    assert LIFETIMES.second_factor_token <= timedelta(minutes=10)


def test_secrets_have_enough_chance_in_them(provider: Provider, ann: Person) -> None:
    """Sessions and what they are known by have 128 bits and more, recovery codes 64 (items 19, 27)."""
    assert bits([crypto.new_secret() for _ in range(50)], 64) >= 256
    assert bits([crypto.new_identifier() for _ in range(50)], 62) >= 128
    with provider.account(ann) as account:
        codes = recovery_codes.renew(account.id)
        assert bits([code.replace("-", "") for code in codes], 32) >= 64
    browser = provider.browser(ann)
    with browser.http.session_transaction() as cookie:
        assert len(urlsafe_b64decode(cookie["_user_id"] + "==")) * 8 >= 128


def test_challenges_are_random(provider: Provider, ann: Person) -> None:
    """Two challenges of one browser for one purpose at one moment share nothing: each has 96 bits of chance (item 26)."""
    with provider.account(ann) as account:
        made = [json.loads(passkeys.request_options("browser", account))["challenge"] for _ in range(2)]
    first, second = (urlsafe_b64decode(challenge + "==") for challenge in made)
    assert len(first) == len(second) >= 12
    assert sum(left == right for left, right in zip(first, second, strict=True)) < 8
