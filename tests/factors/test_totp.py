"""Authenticator apps (RFC 6238): enrolled by a right code, each time-step accepted once, one step of skew."""

from base64 import b32decode
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from sqlalchemy import select

from idp.base import clock
from idp.base.database import Model, session
from idp.base.outcome import Reason, Refused
from idp.factors import service, totp
from idp.factors.models import Authenticator
from tests.factories import Person, Provider
from tests.factors.phones import STEP, begin, check, enrol, mid_step


@pytest.fixture(autouse=True)
def _mid_step() -> Iterator[None]:
    with mid_step():
        yield


def factors(provider: Provider, person: Person) -> tuple[int, bool]:
    """Return how many factors an account has, and whether its password alone is too little."""
    with provider.account(person) as account:
        return service.of(account).count, account.has_second_factor


def test_an_app_counts_once_a_right_code_confirmed_it(provider: Provider, ann: Person) -> None:
    """Neither a begun enrolment nor a wrong code changes how somebody signs in; the right code does."""
    phone = begin(provider, ann)
    assert factors(provider, ann) == (0, False)
    assert phone.confirm("000000") is Reason.WRONG_FACTOR
    assert factors(provider, ann) == (0, False)
    assert check(provider, ann, phone.code()) is Reason.WRONG_FACTOR
    assert phone.confirm(phone.code()) is None
    assert factors(provider, ann) == (1, True)


def test_a_name_is_needed_and_costs_no_try(provider: Provider, ann: Person) -> None:
    """An empty, endless or unprintable name is refused without comparing the code, however often."""
    phone = begin(provider, ann)
    for name in ("", "  ", "x" * 65) * 3:
        assert phone.confirm(phone.code(), name) is Reason.FACTOR_NAME
    unreadable = {"a\u202eb": Reason.TEXT_TURNING, "\ud800": Reason.TEXT_CONTROL, "\u3164": Reason.TEXT_INVISIBLE}
    for name, reason in [*unreadable.items()] * 3:
        assert phone.confirm(phone.code(), name) is reason
    assert phone.confirm(phone.code(), "  My   phone ") is None
    with provider.working():
        assert session().scalars(select(Authenticator.name)).all() == ["My phone"]


def test_one_step_of_skew_either_way(provider: Provider) -> None:
    """A code counts in its half minute, the one before and the one after (RFC 6238, 5.2; security.md 20), no further."""
    for steps in range(-3, 4):
        person = provider.person(f"skew{steps}@example.org")
        phone = enrol(provider, person)
        assert (check(provider, person, phone.code(steps)) is None) == (abs(steps) <= 1), steps


def test_a_step_is_accepted_once(provider: Provider, ann: Person) -> None:
    """A code works once (RFC 6238, 5.2; security.md 18), also the one that confirmed the enrolment; the next one works."""
    phone = begin(provider, ann)
    first = phone.code()
    assert phone.confirm(first) is None
    assert check(provider, ann, first) is Reason.WRONG_FACTOR
    assert check(provider, ann, phone.code(-1)) is Reason.WRONG_FACTOR
    assert check(provider, ann, phone.code(1)) is None
    assert check(provider, ann, phone.code(1), source="198.51.100.9") is Reason.WRONG_FACTOR
    with clock.moved(2 * STEP):
        assert check(provider, ann, phone.code()) is None


def test_an_older_step_after_a_newer_one_is_refused(provider: Provider, ann: Person) -> None:
    """Once a step was taken, the unused ones before it are spent too."""
    phone = enrol(provider, ann)
    assert check(provider, ann, phone.code(1)) is None
    assert [check(provider, ann, phone.code(steps)) for steps in (-1, 0)] == [Reason.WRONG_FACTOR] * 2


def test_codes_are_read_kindly(provider: Provider, ann: Person) -> None:
    """Spaces and hyphens in a code do not matter (ux.md 9), and digits are those of the keyboard at hand."""
    phone = enrol(provider, ann)
    for steps, shape in enumerate(["{0} {1}", " {0}-{1} ", "{0}\t{1}"], -1):
        code = phone.code(steps)
        assert check(provider, ann, shape.format(code[:3], code[3:])) is None
    with clock.moved(timedelta(hours=1)):
        for steps, zero in enumerate([0xFF10, 0x0660, 0x0966], -1):  # fullwidth, Arabic, Devanagari
            typed = phone.code(steps).translate({ord("0") + digit: zero + digit for digit in range(10)})
            assert check(provider, ann, typed) is None


@pytest.mark.usefixtures("_still_clock")
def test_what_cannot_be_a_code_costs_no_try(provider: Provider, ann: Person) -> None:
    """However often something else than a code is typed, at a sign-in or an enrolment, the right one is still taken."""
    phone = enrol(provider, ann)
    second = begin(provider, ann)
    for text in ("", "12345", "1234567", "abcdef", "ann@example.org", "u" * 16) * 4:
        assert check(provider, ann, text) is Reason.WRONG_FACTOR
        assert second.confirm(text) is Reason.WRONG_FACTOR
    assert check(provider, ann, phone.code()) is None
    assert second.confirm(second.code()) is None


def test_anything_else_is_a_wrong_code(provider: Provider, ann: Person) -> None:
    """Whatever is no run of six digits is refused as a wrong code, without an error of ours."""
    enrol(provider, ann)
    digits = ["\u0661\u0662\u0663\u0664\u0665\u0666", "\uff11\uff12\uff13\uff14\uff15\uff16", "12345\u2460\u2461"]
    for hours, text in enumerate(["", "12345", "1234567", "abcdef", *digits, "\ud800" * 6]):
        with clock.moved(timedelta(hours=hours)):
            assert check(provider, ann, text) is Reason.WRONG_FACTOR


@pytest.mark.usefixtures("_still_clock")
def test_wrong_codes_count_as_tries(provider: Provider, ann: Person) -> None:
    """After five wrong codes the right one has to wait, at a sign-in and at an enrolment alike (security.md 9, 21)."""
    phone, second = enrol(provider, ann), begin(provider, ann)
    for number in range(5):
        assert (check(provider, ann, "000000") if number % 2 else second.confirm("000000")) is Reason.WRONG_FACTOR
    assert check(provider, ann, phone.code()) is Reason.TOO_MANY_TRIES
    assert second.confirm(second.code()) is Reason.TOO_MANY_TRIES
    with clock.moved(timedelta(minutes=20)):
        assert check(provider, ann, phone.code()) is None


def test_each_of_several_apps_signs_in(provider: Provider, ann: Person) -> None:
    """An account has several apps, each with a name and times of its own; using one spends nothing of another."""
    phone, tablet = enrol(provider, ann), enrol(provider, ann, "Tablet")
    assert check(provider, ann, tablet.code()) is None
    assert check(provider, ann, phone.code()) is None
    assert check(provider, ann, tablet.code()) is Reason.WRONG_FACTOR
    with provider.working():
        first, second = totp.list_confirmed(ann.id)
        assert [first.name, second.name] == ["Phone", "Tablet"]
        for row in (first, second):
            assert row.last_used_at is not None
            assert row.last_used_at - row.created_at > timedelta(minutes=9)


def test_there_is_a_most_of_apps(provider: Provider, ann: Person) -> None:
    """An account has at most ten apps."""
    for number in range(totp.MOST):
        enrol(provider, ann, f"Phone {number}")
    with provider.account(ann) as account:
        refused = totp.start(account)
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.FACTOR_LIMIT


def test_an_enrolment_is_its_account_s_and_ends(provider: Provider, ann: Person) -> None:
    """An enrolment is found by its account only, for half an hour, until a newer one or its own confirmation (security.md 21)."""
    bob = provider.person("bob@example.org")

    def is_alive(phone: object, person: Person) -> bool:
        with provider.working():
            return totp.find_started(person.id, getattr(phone, "id", "")) is not None

    first = begin(provider, ann)
    assert is_alive(first, ann)
    assert not is_alive(first, bob)
    with clock.moved(timedelta(minutes=31)):
        assert not is_alive(first, ann)
    second = begin(provider, ann)
    assert [is_alive(first, ann), is_alive(second, ann)] == [False, True]
    assert second.confirm(second.code()) is None
    assert not is_alive(second, ann)


def test_unfinished_enrolments_are_purged(provider: Provider, ann: Person) -> None:
    """What nobody confirmed is deleted in time; what was confirmed stays."""
    phone = enrol(provider, ann)
    begin(provider, ann)
    with clock.moved(timedelta(hours=2)), provider.working():
        assert totp.purge(100) == 1
        assert [row.id for row in totp.list_confirmed(ann.id)] == [phone.id]


def test_secrets_are_sealed(provider: Provider, ann: Person) -> None:
    """No column of any table holds the secret as text or bytes; a sealed secret opens in its own row only."""
    phone, other = enrol(provider, ann), enrol(provider, ann)
    raw = b32decode(phone.secret)
    assert len(raw) == 20
    with provider.working():
        for table in Model.metadata.sorted_tables:
            for row in session().execute(select(table)):
                for value in row:
                    told = value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")
                    assert raw not in told, table.name
                    assert phone.secret.encode() not in told, table.name
        one, two = session().get(Authenticator, phone.id), session().get(Authenticator, other.id)
        assert one is not None
        assert two is not None
        one.sealed_secret, two.sealed_secret = two.sealed_secret, one.sealed_secret
        with pytest.raises(Exception, match=f"authenticator/{phone.id}"):
            totp.typed_secret(one)
        session().rollback()


def test_the_address_for_apps(provider: Provider, ann: Person) -> None:
    """Apps read issuer, account and secret; the label has one colon, between the two; the picture is plain SVG."""
    with provider.account(ann) as account:
        row = totp.start(account)
        assert isinstance(row, Authenticator)
        uri = totp.provisioning_uri(row, account)
        secret = totp.typed_secret(row).replace(" ", "")
    parts = urlsplit(uri)
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    issuer, _, name = unquote(parts.path.lstrip("/")).partition(":")
    assert (issuer, name) == (f"Gatehouse {urlsplit(provider.issuer).hostname}", ann.email)
    query = parse_qs(parts.query)
    assert (query["secret"], query["issuer"]) == ([secret], [issuer])
    assert {key: query[key] for key in ("algorithm", "digits", "period") if key in query} == {}
    picture = totp.qr_svg(uri)
    assert picture.startswith("<svg")
    assert picture.endswith("</svg>")
    assert "style" not in picture
    assert "script" not in picture
