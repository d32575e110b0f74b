"""Passkeys under attack: everything at once, and garbage of all sorts."""

import json
from typing import Any

from idp.base.database import session
from idp.base.outcome import Reason, Refused
from idp.factors import passkeys, service
from idp.factors.models import Passkey
from tests.factories import Person
from tests.factors.authenticator import Authenticator, encode
from tests.factors.passkey_house import HERE, House, at_once


def test_an_account_has_twenty_passkeys_at_most(house: House, ann: Person) -> None:
    """A registration that begins before the twentieth passkey is committed waits for it, and is refused."""
    for _ in range(19):
        assert house.register(ann, house.authenticator()) is None
    assert house.register_while(ann, lambda: house.register(ann, house.authenticator())) is Reason.FACTOR_LIMIT


def test_one_assertion_signs_in_once(house: House, ann: Person, key: Authenticator) -> None:
    """Of several uses of one assertion at once one succeeds, as a sign-in and as a second factor."""
    credential = key.get(house.options())
    assert at_once(5, lambda _: house.sign_in(credential)).count(ann.email) == 1
    second = key.get(house.options(ann))
    assert at_once(5, lambda _: house.confirm(ann, second)).count(["hwk"]) == 1


def test_two_copies_of_a_key_do_not_race(house: House, ann: Person, key: Authenticator) -> None:
    """Of assertions with one counter value over different challenges at once one succeeds."""
    credentials = [key.get(house.options(), count=7) for _ in range(4)]
    assert at_once(4, lambda number: house.sign_in(credentials[number])).count(ann.email) == 1


def test_a_removal_sees_the_passkey_that_comes_meanwhile(house: House, ann: Person, key: Authenticator) -> None:
    """When the only passkey goes while another comes, the account still takes a second factor."""

    def remove() -> Any:
        with house.provider.account(ann) as account:
            return service.remove(account, "passkey", passkeys.list_all(account.id)[0].id, source="s")

    assert house.register_while(ann, remove) is None
    with house.provider.account(ann) as account:
        assert (account.has_second_factor, len(passkeys.list_all(account.id))) == (True, 1)


def deep(text: str, times: int = 60_000) -> str:
    """Return JSON that nests as deeply as a form can carry."""
    return text[0] * times + text[1] * times


GARBAGE = [
    "", "null", "[]", "{}", "0", '"text"', "NaN", "{", "\ufffd\x00", '"\\ud800"', "9" * 5000, deep("[]"), "x" * 70_000,
    '{"response": null}', '{"response": []}', '{"response": {"clientDataJSON": 5}}', '{"rawId": "AA", "response": "x"}',
]  # fmt: skip


def test_garbage_is_refused(house: House, ann: Person) -> None:
    """Whatever a form carries in place of a credential is refused, and never raises."""
    with house.provider.account(ann) as account:
        for text in GARBAGE:
            assert passkeys.verify(text, browser=HERE, source="s") == Refused(Reason.PASSKEY_REFUSED), text[:80]
            assert passkeys.register(account, text, "Key", browser=HERE) == Refused(Reason.PASSKEY_REFUSED), text[:80]


WRONG_VALUES = [None, 5, True, [], {}, [[]], "", "!", "A", "\u00fc", "\ud800", encode(b"[]"), encode(b"\xff" * 40)]


def spoilt(credential: str) -> list[str]:
    """Return the credential with each member, and each member of its response, missing or wrong in every way."""
    whole = json.loads(credential)
    found = []
    for part in ("id", "rawId", "type", "response", *(f"response/{name}" for name in whole["response"])):
        for value in [..., *WRONG_VALUES]:
            copy = json.loads(credential)
            holder = copy["response"] if part.startswith("response/") else copy
            holder[part.rpartition("/")[2]] = value
            if value is ...:
                del holder[part.rpartition("/")[2]]
            found.append(json.dumps(copy))
    return found


def test_spoilt_credentials_never_raise(house: House, ann: Person, key: Authenticator) -> None:
    """A credential with a member missing or of a wrong kind is refused, but for a registration's transports, and never raises."""
    with house.provider.account(ann) as account:
        for number in range(len(spoilt(key.get(house.options())))):
            credential = spoilt(key.get(passkeys.request_options(HERE)))[number]
            assert passkeys.verify(credential, browser=HERE, source="s") == Refused(Reason.PASSKEY_REFUSED), credential
        for number in range(len(spoilt(key.create(passkeys.registration_options(account, HERE))))):
            made = house.authenticator().create(passkeys.registration_options(account, HERE))
            done = passkeys.register(account, spoilt(made)[number], "Key", browser=HERE)
            if isinstance(done, Passkey):
                assert json.loads(spoilt(made)[number]) | {"response": None} == json.loads(made) | {"response": None}
                assert done.transports == []
                session().delete(done)
                session().flush()


def test_hostile_cbor_is_refused(house: House, ann: Person) -> None:
    """Attestations that nest without end or promise more bytes than there are do no harm."""
    for hostile in (b"", b"\x9f" * 40_000, b"\x81" * 40_000, b"\xbf" * 9, b"\xfb\x7f\xf8", b"\x5b" + b"\xff" * 8):
        with house.provider.account(ann) as account:
            made = house.authenticator().create(passkeys.registration_options(account, HERE))
            credential = json.loads(made)
            credential["response"]["attestationObject"] = encode(hostile)
            done = passkeys.register(account, json.dumps(credential), "Key", browser=HERE)
            assert done == Refused(Reason.PASSKEY_REFUSED), hostile[:9]
