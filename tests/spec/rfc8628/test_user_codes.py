"""RFC 8628, sections 3.3, 5.1 and 6.1: the code that a person types, and how often."""

from datetime import timedelta
from io import BytesIO

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import settings as tries
from hypothesis import strategies as st

from idp.base import clock
from idp.oauth.device import user_codes
from idp.oauth.device.user_codes import LETTERS
from tests.factories import Client, Person, Provider
from tests.spec.rfc8628.devices import begin, lead, television, type_code

CODES = st.text(LETTERS, min_size=8, max_size=8)
BETWEEN = st.text(" -\u2010\u2011\u00a0\t", max_size=3)


@pytest.fixture
def tv(provider: Provider) -> Client:
    """A television."""
    return television(provider)


@tries(max_examples=200, deadline=None)
@given(CODES, st.lists(BETWEEN, min_size=9, max_size=9), st.data())
def test_a_code_is_read_however_it_is_typed(code: str, between: list[str], data: st.DataObject) -> None:
    """Case, spaces and hyphens do not matter, wherever they stand (6.1)."""
    letters = [data.draw(st.sampled_from((letter, letter.lower()))) for letter in code]
    typed = between[0] + "".join(letter + gap for letter, gap in zip(letters, between[1:], strict=True))
    assert user_codes.read(typed) == code
    assert user_codes.read(user_codes.show(code)) == code


@tries(max_examples=300, deadline=None)
@given(st.text(max_size=80))
def test_nothing_else_is_a_code(typed: str) -> None:
    """Whatever is typed, what is read of it is eight of the twenty letters, or nothing."""
    code = user_codes.read(typed)
    assert code is None or (len(code) == 8 and set(code) <= set(LETTERS))


def test_codes_have_no_vowels_and_differ() -> None:
    """A new code is eight consonants, so that no word comes of them (6.1)."""
    made = {user_codes.make() for _ in range(500)}
    assert len(made) == 500
    assert all(len(code) == 8 and not set(code) & set("AEIOUY0123456789") for code in made)


def test_a_code_is_kept_as_a_keyed_digest(app: Flask) -> None:
    """What is kept of a code depends on the server's secret, so that a stolen database does not tell it."""
    with app.app_context():
        kept = user_codes.digest("WDJBMJHT")
        assert kept == user_codes.digest("WDJBMJHT") != user_codes.digest("WDJBMJHV")
        import hashlib

        assert kept != hashlib.sha256(b"WDJBMJHT").digest()


def test_the_link_fills_the_code_in_and_has_it_compared(provider: Provider, tv: Client) -> None:
    """The page behind `verification_uri_complete` shows the code to be compared, and does nothing by itself (3.3.1)."""
    device = begin(provider, tv)
    page = provider.browser().get(device.told["verification_uri_complete"].removeprefix(provider.issuer))
    assert page.status_code == 200
    assert f'value="{device.user_code}"' in page.text
    assert "Compare this code with the one on your device" in page.text
    garbage = provider.browser().get("/device?user_code=%3Cscript%3E")
    assert (garbage.status_code, "script&gt;" in garbage.text) == (200, False)


def test_wrong_spent_and_foreign_codes_are_told_apart_by_nobody(provider: Provider, ann: Person, tv: Client) -> None:
    """A code that nobody has, that is no code, or whose client is disabled gets one and the same answer (5.1)."""
    bedroom = television(provider, client_name="Bedroom")
    disabled = begin(provider, bedroom)
    provider.disable(bedroom)
    browser = provider.browser(ann)
    pages = [type_code(browser, code) for code in (disabled.user_code, "BBBB-BBBB", "no code")]
    told = {page.text.partition('<p class="field-error"')[2].partition("</p>")[0] for page in pages}
    assert {page.status_code for page in pages} == {400}
    assert len(told) == 1
    assert "No device waits with this code." in told.pop()


@pytest.mark.usefixtures("_still_clock")
def test_after_five_wrong_codes_the_next_has_to_wait(provider: Provider, tv: Client) -> None:
    """Five wrong codes from a network, and the sixth is not looked at for a minute, right or not (5.1)."""
    device, browser = begin(provider, tv), provider.browser()
    for _try in range(5):
        assert type_code(browser, "BBBB-BBBB").status_code == 400
    held = type_code(provider.browser(), device.user_code)
    assert (held.status_code, held.headers["Retry-After"]) == (429, "60")
    with clock.moved(timedelta(seconds=61)):
        assert type_code(provider.browser(), device.user_code).status_code == 303


@pytest.mark.usefixtures("_still_clock")
def test_right_codes_between_do_not_help_a_guesser(provider: Provider, ann: Person, tv: Client) -> None:
    """A right code takes back only its own count: whoever has a client could have right ones at will."""
    browser = provider.browser(ann)
    for _try in range(4):
        assert type_code(browser, "BBBB-BBBB").status_code == 400
        assert type_code(browser, begin(provider, tv).user_code).status_code == 303
    assert type_code(browser, "BBBB-BBBB").status_code == 400
    assert type_code(browser, begin(provider, tv).user_code).status_code == 429


def test_a_code_that_was_answered_is_over_in_every_tab(provider: Provider, ann: Person, tv: Client) -> None:
    """Of two pages that ask about one device the second is told that it is over, whatever it answers."""
    device, browser = begin(provider, tv), provider.browser(ann)
    first, second = lead(browser, device), lead(browser, device)
    page = browser.get(second)
    assert page.status_code == 200
    assert browser.submit(first, decision="allow").location == "/device/connected"
    late = browser.get(second)
    assert late.status_code == 400
    assert "has been answered already, or has expired" in late.text
    assert device.poll().status_code == 200


@pytest.mark.parametrize(("kind", "begins"), [("svg", b"<svg"), ("png", b"\x89PNG")])
def test_the_link_is_drawn_for_devices_that_cannot(provider: Provider, tv: Client, kind: str, begins: bytes) -> None:
    """The QR code of a code is a picture that nobody stores; of no code there is none."""
    device = begin(provider, tv)
    picture = provider.http.get(f"/device/qr.{kind}?user_code={device.user_code}")
    assert picture.status_code == 200
    assert BytesIO(picture.data).read(len(begins)) == begins
    assert picture.headers["Cache-Control"] == "no-store"
    assert provider.http.get(f"/device/qr.{kind}?user_code=nothing").status_code == 404
    assert provider.http.get(f"/device/qr.gif?user_code={device.user_code}").status_code == 404
