"""Second factors as a whole: adding, removing and resetting them, what follows for the account, and what is told of it."""

import pytest
from sqlalchemy import select

from idp import audit
from idp.accounts import claiming, lookup
from idp.audit import AuditEvent
from idp.base.database import session
from idp.base.outcome import Reason
from idp.factors import policy, service
from idp.factors.policy import Required
from tests.core import mails
from tests.factories import Person, Provider
from tests.factors.authenticator import Authenticator
from tests.factors.passkey_house import House
from tests.factors.phones import begin, check, enrol


def state(provider: Provider, person: Person) -> tuple[int, int, bool]:
    """Return how many factors and codes there are, and whether the password alone is too little."""
    with provider.account(person) as account:
        factors = service.of(account)
        return factors.count, factors.codes_left, account.has_second_factor


def remove(provider: Provider, person: Person, kind: str, factor_id: str) -> Reason | None:
    """Remove a factor; return the reason of a refusal."""
    with provider.account(person) as account:
        refused = service.remove(account, kind, factor_id, source="192.0.2.1")
        return refused.reason if refused is not None else None


def set_policy(provider: Provider, required: Required) -> None:
    """Set the rule for the whole server."""
    with provider.working():
        policy.put(required, actor="root")


def test_the_last_factor_takes_the_codes_along(provider: Provider, ann: Person) -> None:
    """While one factor is left everything stays; with the last one go the recovery codes and the need for a second factor."""
    phone, tablet = enrol(provider, ann), enrol(provider, ann, "Tablet")
    with provider.account(ann) as account:
        codes = service.renew_codes(account, source="192.0.2.1")
        since = account.second_factor_since
    assert remove(provider, ann, "authenticator", phone.id) is None
    assert state(provider, ann) == (1, 10, True)
    with provider.account(ann) as account:
        assert account.second_factor_since == since
    assert check(provider, ann, phone.code()) is Reason.WRONG_FACTOR
    assert remove(provider, ann, "authenticator", tablet.id) is None
    assert state(provider, ann) == (0, 0, False)
    assert check(provider, ann, codes[0]) is Reason.WRONG_FACTOR


@pytest.mark.usefixtures("key")
def test_an_app_and_a_passkey_stand_in_for_each_other(provider: Provider, ann: Person) -> None:
    """A passkey that is left keeps the codes and the second factor when the last app goes."""
    set_policy(provider, Required.EVERYBODY)
    phone = enrol(provider, ann)
    with provider.account(ann) as account:
        service.renew_codes(account, source="192.0.2.1")
    assert remove(provider, ann, "authenticator", phone.id) is None
    assert state(provider, ann) == (1, 10, True)


@pytest.mark.parametrize("required", Required)
def test_the_last_factor_under_each_policy(provider: Provider, required: Required) -> None:
    """Who must have a second factor keeps the last one, and is told so; others may remove it."""
    set_policy(provider, required)
    for is_admin in (False, True):
        person = provider.person(f"admin-{is_admin}@example.org".lower(), is_admin=is_admin)
        phone = enrol(provider, person)
        must = required is Required.EVERYBODY or (required is Required.ADMINISTRATORS and is_admin)
        spare = enrol(provider, person)
        assert remove(provider, person, "authenticator", spare.id) is None
        assert remove(provider, person, "authenticator", phone.id) is (Reason.FACTOR_REQUIRED if must else None)
        assert state(provider, person) == (int(must), 0, must)
        with provider.working():
            (event,) = session().scalars(select(AuditEvent).where(AuditEvent.subject == person.sub).order_by(
                AuditEvent.id.desc()).limit(1))  # fmt: skip
            assert (event.event, event.outcome == audit.FAILURE) == ("factor.removed", must)


def test_a_factor_is_its_account_s(provider: Provider, ann: Person, house: House, key: Authenticator) -> None:
    """Nobody finds, renames or removes somebody else's factor, or one of another kind (security.md 22)."""
    bob = provider.person("bob@example.org")
    phone = enrol(provider, ann)
    with provider.account(ann) as account:
        (passkey,) = service.of(account).passkeys
    for person, kind, factor_id in [
        (bob, "authenticator", phone.id),
        (bob, "passkey", passkey.id),
        (ann, "passkey", phone.id),
        (ann, "authenticator", passkey.id),
        (ann, "authenticator", begin(provider, ann).id),
        (ann, "accounts", phone.id),
    ]:
        assert remove(provider, person, kind, factor_id) is Reason.UNKNOWN
        with provider.account(person) as account:
            refused = service.rename(account, kind, factor_id, "Mine")
            assert refused is not None
            assert refused.reason is Reason.UNKNOWN
    assert state(provider, ann) == (2, 0, True)


def test_names_can_be_changed(provider: Provider, ann: Person) -> None:
    """A factor takes another name, without stray spaces; an unfit one changes nothing."""
    phone = enrol(provider, ann)
    for name, expected in [
        ("  New \n phone ", "New phone"),
        ("", "New phone"),
        ("x" * 65, "New phone"),
        ("x" * 64, "x" * 64),
    ]:
        with provider.account(ann) as account:
            service.rename(account, "authenticator", phone.id, name)
        with provider.account(ann) as account:
            assert service.of(account).authenticators[0].name == expected


def test_every_change_is_told_and_recorded(provider: Provider, ann: Person) -> None:
    """A mail tells of each addition and removal by its name (security.md 17); the audit log has it, without secrets (73)."""
    phone = enrol(provider, ann, "Ann's phone")
    assert remove(provider, ann, "authenticator", phone.id) is None
    with provider.working():
        told = [mail for mail in mails.waiting() if mail.label == "factors_changed"]
        assert all(mail.to == ann.email for mail in told)
        assert "An authenticator app was added: “Ann's phone”." in told[0].text
        assert "An authenticator app was removed: “Ann's phone”." in told[1].text
        events = session().scalars(select(AuditEvent).where(AuditEvent.event.like("factor%"))).all()
        assert [event.event for event in events] == ["factor.added", "factor.removed"]
        assert phone.secret not in repr([vars(event) for event in events])


def test_an_administrator_s_reset_removes_everything(provider: Provider, ann: Person, key: Authenticator) -> None:
    """Apps, passkeys, begun enrolments and codes are gone, the password alone signs in, and a mail tells of it."""
    phone, begun = enrol(provider, ann), begin(provider, ann)
    with provider.account(ann) as account:
        service.renew_codes(account, source="192.0.2.1")
        service.reset(account, actor="root")
    assert state(provider, ann) == (0, 0, False)
    assert check(provider, ann, phone.code()) is Reason.WRONG_FACTOR
    with provider.account(ann) as account:
        assert service.totp.find_started(account.id, begun.id) is None
        assert "An administrator removed every authenticator app" in mails.newest().text


def test_a_maker_who_did_not_own_the_address_leaves_no_factor(provider: Provider) -> None:
    """When a mailed link proves an address, what the unproved maker set up goes, so that no factor of theirs opens or locks."""
    person = provider.person("victim@example.org", verified=False)
    phone = enrol(provider, person)
    with provider.account(person) as account:
        codes = service.renew_codes(account, source="192.0.2.1")
    with provider.account(person) as account:
        owner = claiming.claim(account)
        owner = Person(owner.id, owner.sub, owner.email)
    assert owner.sub != person.sub
    assert state(provider, owner) == (0, 0, False)
    assert check(provider, owner, codes[0]) is Reason.WRONG_FACTOR
    assert check(provider, owner, phone.code()) is Reason.WRONG_FACTOR


def test_a_policy_is_one_row_and_holds_at_once(provider: Provider, ann: Person) -> None:
    """The rule is nobody at first, the newest one set afterwards, and every change of it is recorded."""
    root = provider.person("root@example.org", is_admin=True)

    def required() -> list[bool]:
        with provider.working():
            accounts = [lookup.find(ann.id), lookup.find(root.id)]
            return [policy.is_required(account) for account in accounts if account is not None]

    assert required() == [False, False]
    for rule, expected in [
        (Required.EVERYBODY, [True, True]),
        (Required.ADMINISTRATORS, [False, True]),
        (Required.NOBODY, [False, False]),
    ]:
        set_policy(provider, rule)
        assert required() == expected
    with provider.working():
        assert len(session().scalars(select(AuditEvent).where(AuditEvent.event == "policy.changed")).all()) == 3
