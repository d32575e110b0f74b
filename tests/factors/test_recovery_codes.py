"""Recovery codes: ten of 80 bits, kept as digests, each good once, read kindly, told of by mail."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from idp.base import clock
from idp.base.database import Model, session
from idp.base.outcome import Reason
from idp.factors import recovery_codes, service
from idp.factors.models import RecoveryCode
from tests.core import mails
from tests.factories import Person, Provider
from tests.factors.phones import check, enrol


def renew(provider: Provider, person: Person) -> list[str]:
    """Make new codes for somebody."""
    with provider.account(person) as account:
        return service.renew_codes(account, source="192.0.2.1")


def left(provider: Provider, person: Person) -> int:
    """Return how many codes work."""
    with provider.working():
        return recovery_codes.count_left(person.id)


def test_ten_codes_of_eighty_bits(provider: Provider, ann: Person) -> None:
    """There are ten codes of sixteen characters of an alphabet of 32, all different (security.md 19: 64 bits and more)."""
    codes = renew(provider, ann)
    assert len(set(codes)) == 10
    assert all(re.fullmatch(r"[0-9a-hjkmnp-tv-z]{4}(-[0-9a-hjkmnp-tv-z]{4}){3}", code) for code in codes)
    assert len(set(recovery_codes.ALPHABET)) == 32
    assert left(provider, ann) == 10


def test_only_digests_are_kept(provider: Provider, ann: Person) -> None:
    """No column of any table holds a code, in any form, and no two accounts would keep one code alike (security.md 19)."""
    plain = [code.replace("-", "") for code in renew(provider, ann)]
    with provider.working():
        for table in Model.metadata.sorted_tables:
            for row in session().execute(select(table)):
                told = repr(tuple(row)).lower().replace("-", "")
                assert not any(code in told for code in plain), table.name
        rows = session().scalars(select(RecoveryCode)).all()
        assert {len(row.digest) for row in rows} == {32}
        assert recovery_codes._digest(1, plain[0]) != recovery_codes._digest(2, plain[0])


def test_a_code_works_once(provider: Provider, ann: Person) -> None:
    """A used code is refused like a wrong one (security.md 18); the others work on."""
    enrol(provider, ann)
    codes = renew(provider, ann)
    assert check(provider, ann, codes[0]) is None
    assert check(provider, ann, codes[0]) is Reason.WRONG_FACTOR
    assert check(provider, ann, codes[1]) is None
    assert left(provider, ann) == 8


def test_codes_are_read_kindly(provider: Provider, ann: Person) -> None:
    """Spaces, hyphens, capitals, and letters that look like digits do not matter (ux.md 9)."""
    codes = renew(provider, ann)
    shapes = [
        str.upper,
        lambda code: code.replace("-", " "),
        lambda code: code.replace("-", ""),
        lambda code: f" {code}\n",
    ]
    shapes += [
        lambda code: code.replace("0", "O").replace("1", "I"),
        lambda code: code.replace("0", "o").replace("1", "l"),
    ]
    for code, shape in zip(codes, shapes, strict=False):
        assert check(provider, ann, shape(code)) is None, shape(code)
    assert recovery_codes._read("OIL-oil 01") == "01101101"


def test_anything_else_is_a_wrong_code(provider: Provider, ann: Person) -> None:
    """Texts of the length of a code, in characters that no code has, are refused without an error of ours."""
    renew(provider, ann)
    for hours, text in enumerate(["u" * 16, "\ud800" * 16, "\xe9" * 16, "0" * 16, "0" * 15, "0" * 17]):
        with clock.moved(timedelta(hours=hours)):
            assert check(provider, ann, text) is Reason.WRONG_FACTOR
    assert left(provider, ann) == 10


@pytest.mark.usefixtures("_still_clock")
def test_a_code_is_its_account_s(provider: Provider, ann: Person) -> None:
    """Somebody else's code is refused, counts as a try, and is not used up by it (security.md 21)."""
    bob = provider.person("bob@example.org")
    codes = renew(provider, ann)
    for _ in range(5):
        assert check(provider, bob, codes[0]) is Reason.WRONG_FACTOR
    assert check(provider, bob, codes[0]) is Reason.TOO_MANY_TRIES
    assert left(provider, ann) == 10
    assert check(provider, ann, codes[0]) is None


def test_new_codes_void_the_earlier_ones(provider: Provider, ann: Person) -> None:
    """Of two sets only the newer works, all ten of it, and a mail tells that there is a new one (security.md 17, 22)."""
    before = renew(provider, ann)
    assert check(provider, ann, before[0]) is None
    after = renew(provider, ann)
    with provider.working():
        assert mails.newest().label == "factors_changed"
        assert "New recovery codes were made" in mails.newest().text
    assert check(provider, ann, before[1]) is Reason.WRONG_FACTOR
    assert left(provider, ann) == 10
    assert check(provider, ann, after[1]) is None


def test_the_use_of_a_code_is_told_by_mail(provider: Provider, ann: Person) -> None:
    """A mail says that a code was used, from where, and how many are left; it holds no code (security.md 17)."""
    codes = renew(provider, ann)
    assert check(provider, ann, codes[3], source="198.51.100.9") is None
    with provider.working():
        mail = mails.newest()
    assert (mail.to, mail.label) == (ann.email, "recovery_code_used")
    assert "Codes left: 9" in mail.text
    assert "198.51.100.9" in mail.text
    assert not any(code in mail.text for code in codes)
