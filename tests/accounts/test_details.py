"""The other standard claims: what is kept of what people type, and what is refused."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from idp.accounts import details, lookup, service
from idp.accounts.models import Account
from idp.base import clock
from idp.base.outcome import Reason, Refused
from idp.oauth.claims_request import CLAIMS_BY_SCOPE
from tests.factories import Provider

ELSEWHERE = {
    "name",
    "given_name",
    "family_name",
    "preferred_username",
    "picture",
    "updated_at",
    "phone_number_verified",
}


def read(name: str, text: str) -> Any:
    """Return what is kept of one text, or the reason of its refusal."""
    found = details.read({name: text})
    if isinstance(found, list):
        (refused,) = found
        assert refused.field == name.rpartition(".")[2]
        return refused.reason
    member = name.removeprefix("address.")
    return found.get("address", {}).get(member) if member != name else found.get(name)


@pytest.mark.parametrize(
    ("name", "text", "kept"),
    [
        ("middle_name", " Mary  Jo ", "Mary  Jo"),
        ("nickname", "   ", None),
        ("gender", "non-binary", "non-binary"),
        ("website", "https://ann.example/?a=b#c", "https://ann.example/?a=b#c"),
        ("profile", "http://[2001:db8::1]/~ann", "http://[2001:db8::1]/~ann"),
        ("birthdate", "1990-12-31", "1990-12-31"),
        ("birthdate", "0000-02-29", "0000-02-29"),
        ("birthdate", "1990", "1990"),
        ("zoneinfo", "europe/london", "Europe/London"),
        ("zoneinfo", "America/new york", "America/New_York"),
        ("zoneinfo", "utc", "UTC"),
        ("locale", "en", "en"),
        ("locale", "PT_br", "pt-BR"),
        ("locale", "zh-hant-tw", "zh-Hant-TW"),
        ("locale", "es-419", "es-419"),
        ("locale", "de-ch-1996", "de-CH-1996"),
        ("phone_number", "+44 (0)20 7946-0000", "+442079460000"),
        ("phone_number", "0049.30/1234567", "+49301234567"),
        ("address.street_address", " Flat 2 \r\n\r\n 1 High Street ", "Flat 2\n1 High Street"),
        ("address.postal_code", "LS1 1AA", "LS1 1AA"),
        ("address.country", "Österreich", "Österreich"),
        ("nickname", "می\u200cخواهم", "می\u200cخواهم"),
        ("middle_name", "Ann\u00a0Lee", "Ann Lee"),
        ("address.street_address", "ශ්\u200dරී\u00a01\n2", "ශ්\u200dරී 1\n2"),
        ("birthdate", "١٩٩٠-１２-३१", "1990-12-31"),
        ("phone_number", "＋٤٩ 30 1234567", "+49301234567"),
    ],
)
def test_what_is_kept(app: Flask, name: str, text: str, kept: str | None) -> None:
    """Each claim is tidied into the form of OpenID Connect Core, section 5.1; nothing is kept of an empty one."""
    with app.app_context():
        assert read(name, text) == kept


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("middle_name", "x" * 101, Reason.DETAIL_TOO_LONG),
        ("nickname", "a\nb", Reason.TEXT_CONTROL),
        ("gender", "a\u202eb", Reason.TEXT_TURNING),
        ("website", "ann.example", Reason.PAGE_INVALID),
        ("website", "javascript:alert(1)", Reason.PAGE_INVALID),
        ("website", "https://ann@example.org/", Reason.PAGE_INVALID),
        ("website", "https://", Reason.PAGE_INVALID),
        ("profile", "https://[half", Reason.PAGE_INVALID),
        ("profile", "https://a.example/ b", Reason.PAGE_INVALID),
        ("profile", f"https://a.example/{'x' * 2000}", Reason.PAGE_INVALID),
        ("birthdate", "31.12.1990", Reason.BIRTHDATE_INVALID),
        ("birthdate", "1990-02-30", Reason.BIRTHDATE_INVALID),
        ("birthdate", "1990-2-3", Reason.BIRTHDATE_INVALID),
        ("birthdate", "0000", Reason.BIRTHDATE_INVALID),
        ("birthdate", "0000-13-01", Reason.BIRTHDATE_INVALID),
        ("birthdate", "9999-01-01", Reason.BIRTHDATE_INVALID),
        ("zoneinfo", "London", Reason.ZONE_INVALID),
        ("zoneinfo", "Europe/Atlantis", Reason.ZONE_INVALID),
        ("zoneinfo", "../../etc/passwd", Reason.ZONE_INVALID),
        ("locale", "English", Reason.LOCALE_INVALID),
        ("locale", "en--GB", Reason.LOCALE_INVALID),
        ("locale", f"en{'-abcde' * 40}", Reason.LOCALE_INVALID),
        ("phone_number", "020 7946 0000", Reason.PHONE_INVALID),
        ("phone_number", "+0 123 456", Reason.PHONE_INVALID),
        ("phone_number", "+1234567890123456", Reason.PHONE_INVALID),
        ("phone_number", "+44 20 7946 000O", Reason.PHONE_INVALID),
        ("address.street_address", "\n".join("abcdef"), Reason.STREET_INVALID),
        ("address.street_address", "x" * 301, Reason.STREET_INVALID),
        ("address.street_address", "a\u2066b", Reason.TEXT_TURNING),
        ("address.locality", "x" * 101, Reason.DETAIL_TOO_LONG),
        ("address.region", "\u3164\u200b", Reason.TEXT_INVISIBLE),
    ],
)
def test_what_is_refused(app: Flask, name: str, text: str, reason: Reason) -> None:
    """Each claim that no relying party could read is refused, at its own field."""
    with app.app_context():
        assert read(name, text) == reason


def test_nobody_is_born_tomorrow(app: Flask) -> None:
    """A date of birth lies in the past, as the clock says."""
    with app.app_context():
        today, tomorrow = (str((clock.now() + timedelta(days=days)).date()) for days in (0, 1))
        assert read("birthdate", today) == today
        assert read("birthdate", tomorrow) == Reason.BIRTHDATE_INVALID


def test_everything_wrong_is_told_at_once(app: Flask) -> None:
    """Several refusals come together, an unknown name among them, and nothing is half read."""
    with app.app_context():
        found = details.read({"birthdate": "soon", "phone_number": "1", "shoe_size": "39", "nickname": "Ann"})
    assert isinstance(found, list)
    assert {refused.field for refused in found} == {"birthdate", "phone_number", "shoe_size"}


def test_an_address_is_told_whole(app: Flask) -> None:
    """`formatted` is made of the members (5.1.1); a form reads back what was typed into it."""
    typed = {
        "address.street_address": "1 High Street\nFlat 2",
        "address.locality": "Leeds",
        "address.postal_code": "LS1 1AA",
    }
    with app.app_context():
        kept = details.read(typed | {"address.country": "England", "nickname": "Ann"})
    assert isinstance(kept, dict)
    told = details.tell(kept)
    assert told["address"]["formatted"] == "1 High Street\nFlat 2\nLS1 1AA Leeds\nEngland"
    assert "formatted" not in kept["address"]
    assert details.texts(kept)["locality"] == "Leeds"
    assert details.texts({}) == {rule.field: "" for rule in details.RULES}
    assert details.tell({"nickname": "Ann"}) == {"nickname": "Ann"}


def test_every_standard_claim_has_its_place() -> None:
    """What the scopes profile, address and phone tell is in the table, or a column of the account; no field's name is there twice."""
    told = {claim for scope in ("profile", "address", "phone") for claim in CLAIMS_BY_SCOPE[scope]}
    assert {rule.name.partition(".")[0] for rule in details.RULES} == told - ELSEWHERE
    assert len({rule.field for rule in details.RULES}) == len(details.RULES)


def test_an_operator_seeds_claims(provider: Provider) -> None:
    """`idp user create --claim` takes every claim by name; one that is wrong or unknown makes no account."""
    given = {
        "given_name": "Ann",
        "family_name": "Hill",
        "picture": "https://a.example/a.png",
        "address.locality": "Leeds",
    }
    with provider.working():
        made = service.add("ann@example.org", username="ann", password=None, verified=True, claims=given)
        assert isinstance(made, Account)
        assert (made.name, made.picture, made.details) == (
            "Ann Hill",
            given["picture"],
            {"address": {"locality": "Leeds"}},
        )
        for claim, reason in [
            ({"birthdate": "soon"}, Reason.BIRTHDATE_INVALID),
            ({"picture": "http://a.example/"}, Reason.PICTURE_INVALID),
            ({"locality": "Leeds"}, Reason.UNKNOWN),
            ({"": ""}, Reason.UNKNOWN),
        ]:
            refused = service.add("bea@example.org", username=None, password=None, verified=True, claims=claim)
            assert isinstance(refused, Refused)
            assert refused.reason is reason
        assert lookup.find_by_email("bea@example.org") is None
