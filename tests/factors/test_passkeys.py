"""Passkeys as the service sees them: what is accepted, and everything that is not (Web Authentication Level 3, section 7)."""

import json
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from idp import audit
from idp.base import clock
from idp.base.outcome import Reason, Refused
from idp.factors import passkeys, service
from idp.factors.models import Passkey
from tests.factories import Person
from tests.factors.authenticator import Authenticator, encode
from tests.factors.passkey_house import ELSEWHERE, HERE, House

LIFETIME = timedelta(minutes=5)


def test_a_passkey_signs_in_alone(house: House, ann: Person, key: Authenticator) -> None:
    """A registered passkey makes the account take a second factor, and is two factors in one itself (item 25)."""
    assert house.sign_in(key.get(house.options())) == ann.email
    with house.provider.account(ann) as account:
        assert account.has_second_factor
        (row,) = passkeys.list_all(account.id)
        assert (row.name, row.transports, row.sign_count) == ("Key", ["hybrid", "internal"], 1)
        assert passkeys.amr(row, alone=True) == ["hwk", "user", "mfa"]


def test_a_passkey_is_a_second_factor(house: House, ann: Person, key: Authenticator) -> None:
    """After a password possession is enough: neither user verification nor a user handle is needed."""
    options = house.options(ann)
    assert json.loads(options)["allowCredentials"][0]["id"] == encode(key.credential_id)
    assert house.confirm(ann, key.get(options, verified=False, user_handle=None)) == ["hwk"]


def test_options_ask_for_discoverable_and_verified_passkeys(house: House, ann: Person, key: Authenticator) -> None:
    """Registration asks for a discoverable credential with user verification, and excludes those that are known."""
    with house.provider.account(ann) as account:
        options = json.loads(passkeys.registration_options(account, HERE))
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert options["rp"]["id"] == "localhost"
    assert [known["id"] for known in options["excludeCredentials"]] == [encode(key.credential_id)]
    alone = json.loads(house.options())
    assert (alone["userVerification"], alone["allowCredentials"]) == ("required", [])


WRONG: list[dict[str, Any]] = [
    {"origin": "https://evil.example"},
    {"origin": "http://localhost:5001"},
    {"origin": "https://localhost:5000"},
    {"rp_id": "evil.example"},
    {"type": "webauthn.something"},
    {"challenge": encode(b"a challenge that was never given")},
    {"challenge": ""},
    {"verified": False},
    {"present": False},
    {"cross_origin": True},
]
WRONG_SIGNATURES: list[dict[str, Any]] = [
    {"signature": b"no signature"},
    {"user_handle": b"somebody else"},
    {"user_handle": None},
    {"type": "webauthn.create"},
]


def test_a_wrong_assertion_is_refused(house: House, key: Authenticator) -> None:
    """A wrong origin, relying party, type, challenge, signature or user, or a missing gesture, signs nobody in (item 25)."""
    for changes in WRONG + WRONG_SIGNATURES:
        assert house.sign_in(key.get(house.options(), **changes)) is Reason.PASSKEY_REFUSED, changes
    assert house.events("factor.checked", audit.FAILURE) == [None] * len(WRONG + WRONG_SIGNATURES)
    assert house.sign_in(key.get(house.options())) == "ann@example.org"


def test_a_wrong_registration_is_refused(house: House, ann: Person) -> None:
    """A registration with anything wrong in it adds no passkey, and does not make the account take a second factor."""
    for changes in [*WRONG, {"type": "webauthn.get"}]:
        assert house.register(ann, house.authenticator(), **changes) is Reason.PASSKEY_REFUSED, changes
    assert house.rows() == []
    with house.provider.account(ann) as account:
        assert not account.has_second_factor


def test_a_challenge_belongs_to_its_browser(house: House, ann: Person, key: Authenticator) -> None:
    """A challenge that was given to one browser is worth nothing in another, in every ceremony."""
    assert house.sign_in(key.get(house.options()), ELSEWHERE) is Reason.PASSKEY_REFUSED
    assert house.confirm(ann, key.get(house.options(ann)), ELSEWHERE) is Reason.PASSKEY_REFUSED
    assert house.register(ann, house.authenticator(), browser=ELSEWHERE) is Reason.PASSKEY_REFUSED


def test_a_challenge_belongs_to_its_purpose(house: House, ann: Person, key: Authenticator) -> None:
    """A challenge for a second factor signs nobody in alone, nor the other way round, nor for another account."""
    bob = house.provider.person("bob@example.org")
    assert house.sign_in(key.get(house.options(ann))) is Reason.PASSKEY_REFUSED
    assert house.confirm(ann, key.get(house.options())) is Reason.PASSKEY_REFUSED
    assert house.confirm(ann, key.get(house.options(bob))) is Reason.PASSKEY_REFUSED


def test_a_challenge_expires(house: House, ann: Person, key: Authenticator) -> None:
    """A challenge lives five minutes."""
    options = house.options()
    with clock.moved(LIFETIME - timedelta(seconds=5)):
        assert house.sign_in(key.get(options)) == ann.email
    options = house.options()
    with clock.moved(LIFETIME + timedelta(seconds=1)):
        assert house.sign_in(key.get(options)) is Reason.PASSKEY_EXPIRED


def test_a_challenge_is_used_once(house: House, ann: Person, key: Authenticator) -> None:
    """Neither the same assertion nor a new one over a spent challenge is taken (item 26)."""
    options = house.options()
    credential = key.get(options)
    assert house.sign_in(credential) == ann.email
    assert house.sign_in(credential) is Reason.PASSKEY_EXPIRED
    assert house.sign_in(key.get(options)) is Reason.PASSKEY_EXPIRED


def test_a_challenge_of_a_registration_is_used_once(house: House, ann: Person) -> None:
    """A second credential cannot be made over a spent challenge."""
    with house.provider.account(ann) as account:
        options = passkeys.registration_options(account, HERE)
        first = passkeys.register(account, house.authenticator().create(options), "One", browser=HERE)
        second = passkeys.register(account, house.authenticator().create(options), "Two", browser=HERE)
    assert isinstance(first, Passkey)
    assert second == Refused(Reason.PASSKEY_EXPIRED)


def test_a_counter_that_goes_back_is_refused_and_audited(house: House, ann: Person, key: Authenticator) -> None:
    """A lower counter, and an equal one, mean a copy of the key: refused in both ceremonies, and written down."""
    key.count = 9
    assert house.sign_in(key.get(house.options())) == ann.email
    for count in (10, 4, 0):
        assert house.sign_in(key.get(house.options(), count=count)) is Reason.PASSKEY_REFUSED
    assert house.confirm(ann, key.get(house.options(ann), count=10)) is Reason.PASSKEY_REFUSED
    assert house.events("passkey.counter_regressed", audit.FAILURE) == [ann.sub] * 4
    assert [row.sign_count for row in house.rows()] == [10]
    assert house.sign_in(key.get(house.options(), count=11)) == ann.email


def test_an_authenticator_without_a_counter_is_taken(house: House, ann: Person, key: Authenticator) -> None:
    """Synced passkeys have no counter: it stays zero, and zero after zero is right (section 6.1.1)."""
    key.step = 0
    assert [house.sign_in(key.get(house.options())) for _ in range(2)] == [ann.email] * 2


def test_a_synced_passkey_counts_as_software(house: House, ann: Person, key: Authenticator) -> None:
    """A passkey that says it is backed up is a software key from then on (RFC 8176)."""
    assert house.confirm(ann, key.get(house.options(ann), backed_up=True)) == ["swk"]


def test_a_passkey_of_somebody_else_is_no_second_factor(house: House, ann: Person, key: Authenticator) -> None:
    """Bob's passkey does not confirm Ann, also over her challenge and with her user handle."""
    bob, bobs_key = house.provider.person("bob@example.org"), house.authenticator()
    assert house.register(bob, bobs_key) is None
    credential = bobs_key.get(house.options(ann), user_handle=ann.sub.encode())
    assert house.confirm(ann, credential) is Reason.PASSKEY_REFUSED
    assert house.confirm(bob, bobs_key.get(house.options(bob))) == ["hwk"]


def test_a_key_of_another_credential_is_refused(house: House, ann: Person, key: Authenticator) -> None:
    """A signature by another key under the identifier of a known passkey is refused."""
    forged = house.authenticator(credential_id=key.credential_id)
    forged.user_handle = ann.sub.encode()
    assert house.sign_in(forged.get(house.options())) is Reason.PASSKEY_REFUSED


def test_a_known_credential_is_not_registered_again(house: House, ann: Person, key: Authenticator) -> None:
    """One credential belongs to one account, and is there once; the request goes on after the refusal."""
    bob = house.provider.person("bob@example.org")
    for person in (ann, bob):
        assert house.register(person, house.authenticator(credential_id=key.credential_id)) is Reason.PASSKEY_KNOWN
    with house.provider.account(bob) as account:
        assert not account.has_second_factor
    assert len(house.rows()) == 1


def test_a_name_is_one_line_of_text(house: House, ann: Person) -> None:
    """A name is 1 to 64 printable characters."""
    unreadable = {"a\x00b": Reason.TEXT_CONTROL, "\u202eevil": Reason.TEXT_TURNING}
    for name, reason in (
        {"": Reason.FACTOR_NAME, "  ": Reason.FACTOR_NAME, "x" * 65: Reason.FACTOR_NAME} | unreadable
    ).items():
        assert house.register(ann, house.authenticator(), name=name) is reason, name
    assert house.register(ann, house.authenticator(), name=" Ann's  phone\n") is None
    assert [row.name for row in house.rows()] == ["Ann's phone"]


def test_what_browsers_add_is_bounded(house: House, ann: Person) -> None:
    """Transports are kept once each and only if known; an identifier longer than 1023 bytes is refused (section 7.1)."""
    assert house.register(ann, house.authenticator(), transports=["usb", "usb", "smoke signals"]) is None
    assert [row.transports for row in house.rows()] == [["usb"]]
    assert house.register(ann, house.authenticator(credential_id=bytes(1024))) is Reason.PASSKEY_REFUSED
    assert house.register(ann, house.authenticator(credential_id=bytes(1023))) is None


def test_a_removed_passkey_signs_nobody_in(house: House, ann: Person, key: Authenticator) -> None:
    """After its removal a passkey is unknown; the password alone suffices again."""
    options = house.options()
    with house.provider.account(ann) as account:
        assert service.remove(account, "passkey", passkeys.list_all(account.id)[0].id, source="s") is None
        assert not account.has_second_factor
    assert house.sign_in(key.get(options)) is Reason.PASSKEY_REFUSED


def test_a_closed_account_stays_closed(house: House, ann: Person, key: Authenticator) -> None:
    """A passkey of a disabled account signs nobody in."""
    with house.provider.account(ann) as account:
        account.disabled_at = clock.now()
    assert house.sign_in(key.get(house.options())) is Reason.ACCOUNT_DISABLED


@pytest.mark.parametrize(
    ("issuer", "available", "origin"),
    [
        ("https://id.example", True, "https://id.example"),
        ("https://ID.Example:443", True, "https://id.example"),
        ("https://id.example:8443", True, "https://id.example:8443"),
        ("http://localhost:5000", True, "http://localhost:5000"),
        ("http://127.0.0.1:5000", False, ""),
        ("http://[::1]:5000", False, ""),
    ],
)
def test_where_passkeys_work(house: House, ann: Person, app: Flask, issuer: str, available: bool, origin: str) -> None:
    """They work at host names, however the issuer is written, and not at addresses (section 5.1.2)."""
    app.extensions["idp.settings"].issuer = issuer
    with app.app_context():
        assert passkeys.is_available() is available
    if available:
        key = Authenticator(origin)
        assert house.register(ann, key) is None
        assert house.sign_in(key.get(house.options())) == ann.email
