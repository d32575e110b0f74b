"""The standard claims on a person's own page: written, read back, told to apps, downloaded and erased."""

import json
import re
from datetime import timedelta

import pytest

from idp.accounts import erasure, lookup
from idp.base import clock
from idp.base.database import connection
from tests.factories import CSRF, Person, Provider
from tests.me.test_views import value, words

TYPED = {
    "given_name": "Ann", "family_name": "Hill", "username": "ann", "picture": "https://a.example/a.png",
    "middle_name": "Mary", "nickname": "Annie", "birthdate": "1990-12-31", "gender": "female",
    "website": "https://ann.example/", "profile": "https://people.example/ann", "zoneinfo": "europe/london",
    "locale": "en-gb", "phone_number": "+44 20 7946 0000", "street_address": "1 High Street\r\nFlat 2",
    "postal_code": "LS1 1AA", "locality": "Leeds", "region": "Yorkshire", "country": "England",
}  # fmt: skip
KEPT = {
    "middle_name": "Mary", "nickname": "Annie", "birthdate": "1990-12-31", "gender": "female",
    "website": "https://ann.example/", "profile": "https://people.example/ann", "zoneinfo": "Europe/London",
    "locale": "en-GB", "phone_number": "+442079460000",
    "address": {
        "street_address": "1 High Street\nFlat 2", "postal_code": "LS1 1AA", "locality": "Leeds",
        "region": "Yorkshire", "country": "England",
    },
}  # fmt: skip


def test_details_are_saved_and_shown_again(provider: Provider, ann: Person) -> None:
    """Everything is kept in its canonical form, stands in the form again, moves `updated_at`, and is an event of the log."""
    browser = provider.browser(ann)
    with clock.moved(timedelta(minutes=5)):
        assert browser.submit("/account", **TYPED).status_code == 303
    with provider.account(ann) as account:
        assert account.details == KEPT
        assert account.updated_at - account.created_at > timedelta(minutes=4)
    page = browser.get("/account")
    assert value(page, "zoneinfo") == "Europe/London"
    assert value(page, "phone_number") == "+442079460000"
    assert re.search(r'<textarea[^>]*id="street_address"[^>]*>\s*1 High Street\nFlat 2</textarea>', page.text)
    assert "Profile changed" in words(browser.get("/account/activity"))
    assert browser.submit("/account").status_code == 303
    with provider.account(ann) as account:
        assert account.details == {}


def test_a_wrong_detail_saves_nothing(provider: Provider, ann: Person) -> None:
    """Each mistake is told at its field, beside those of the names, what was typed stays, and nothing changes."""
    wrong = TYPED | {"birthdate": "yesterday", "zoneinfo": "Leeds", "locality": "x" * 101, "picture": "no"}
    answer = provider.browser(ann).submit("/account", **wrong)
    assert answer.status_code == 400
    for field in ("birthdate", "zoneinfo", "locality", "picture"):
        assert f'href="#{field}"' in answer.text
        assert f'id="{field}-error"' in answer.text
    assert value(answer, "birthdate") == "yesterday"
    assert value(answer, "nickname") == "Annie"
    with provider.account(ann) as account:
        assert (account.details, account.given_name) == ({}, "")


def test_browsers_know_what_to_fill_in(provider: Provider, ann: Person) -> None:
    """Fields that browsers can fill in say what they are for (WCAG 2.2, 1.3.5); the groups have names; nothing is required."""
    page = provider.browser(ann).get("/account").text
    purposes = {
        "middle_name": "additional-name", "birthdate": "bday", "gender": "sex", "website": "url", "locale": "language",
        "phone_number": "tel", "street_address": "street-address", "postal_code": "postal-code",
        "locality": "address-level2", "region": "address-level1", "country": "country-name",
    }  # fmt: skip
    for name, purpose in purposes.items():
        (tag,) = re.findall(rf'<(?:input|textarea)[^>]*\bid="{name}"[^>]*>', page)
        assert f'autocomplete="{purpose}"' in tag
        assert "required" not in tag
    assert re.findall(r"<legend>\s*<h3>([^<]*)</h3>", page) == ["More about you", "Where you can be reached"]


def test_other_ways_to_change_a_profile_leave_details_alone(provider: Provider, ann: Person) -> None:
    """A new username, chosen elsewhere, takes nothing away."""
    with provider.account(ann) as account:
        account.details = KEPT
    browser = provider.browser(ann)
    token = CSRF.search(browser.get("/auth/username").text)
    assert token
    data = {"csrf_token": token[1], "username": "annie"}
    assert browser.http.post("/auth/username/choose", data=data).status_code == 303
    with provider.account(ann) as account:
        assert (account.username, account.details) == ("annie", KEPT)


def test_details_are_downloaded_and_erased(provider: Provider, ann: Person) -> None:
    """They are in the download of one's data, and in no table once the account is erased."""
    browser = provider.browser(ann)
    browser.submit("/account", **TYPED)
    token = CSRF.search(browser.get("/account/data").text)
    assert token
    answer = browser.http.post("/account/data/download", data={"csrf_token": token[1]})
    (own,) = json.loads(answer.text)["accounts"]
    assert own["details"] == KEPT
    with provider.working():
        account = lookup.find(ann.id)
        assert account is not None
        erasure.remove(account)
    with provider.working():
        assert connection().exec_driver_sql("SELECT details FROM accounts").all() == []


@pytest.mark.parametrize("text", ["<b>x</b>", '"><script>alert(1)</script>'])
def test_details_are_text(provider: Provider, ann: Person, text: str) -> None:
    """Markup in a detail is shown, never obeyed, in inputs and in the text area."""
    browser = provider.browser(ann)
    assert browser.submit("/account", nickname=text, street_address=text).status_code == 303
    page = browser.get("/account")
    assert text not in page.text
    assert value(page, "nickname") == text
