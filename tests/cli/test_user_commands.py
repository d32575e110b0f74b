"""`idp user list`, `show`, `update`, `disable`, `enable` and `delete`: what they print, change and refuse."""

import json
from collections.abc import Callable

import pytest
from sqlalchemy import select

from idp.accounts import lookup, passwords
from idp.accounts.models import Account, Proof
from idp.audit import AuditEvent
from idp.base import database
from idp.sessions import BrowserSession
from tests.core import mails
from tests.factories import Person, Provider

Run = Callable[..., str]


def acts(provider: Provider) -> list[str]:
    """Return the events of the log that name the command line."""
    query = select(AuditEvent.event).where(AuditEvent.actor == "command line").order_by(AuditEvent.id)
    with provider.working():
        return list(database.session().scalars(query))


def test_people_are_listed_and_shown(provider: Provider, ann: Person, command: Run) -> None:
    """One JSON object a line, found by words; one account by address, username or `sub`; no hash is among what is told."""
    bob = provider.person("bob@example.org", username="bob", given_name="Bob")
    listed = [json.loads(line) for line in command("user", "list").splitlines()]
    assert [account["email"] for account in listed] == [ann.email, bob.email]
    assert [json.loads(line)["id"] for line in command("user", "list", "--search", "bob").splitlines()] == [bob.id]
    for who in ("BOB", " bob@Example.org", bob.sub):
        shown = json.loads(command("user", "show", who))
        assert shown == listed[1]
    assert (shown["email_verified"], shown["has_password"], shown["is_admin"]) == (True, True, False)
    assert "argon2" not in json.dumps(listed)
    assert "who: There is no such entry" in command("user", "show", "nobody", fails=True)


def test_an_operator_changes_claims_and_names(provider: Provider, ann: Person, command: Run) -> None:
    """What is named changes, an empty text takes away, the rest stays; reserved usernames are an operator's to give."""
    command("user", "update", ann.sub, "--claim", "birthdate=1990", "--claim", "address.locality=Leeds")
    args = ("--username", "admin", "--claim", "given_name=Ann", "--claim", "birthdate=")
    changed = json.loads(command("user", "update", ann.sub, *args))
    assert (changed["username"], changed["given_name"]) == ("admin", "Ann")
    assert changed["address"]["locality"] == "Leeds"
    assert "birthdate" not in changed
    assert json.loads(command("user", "update", "admin", "--username", ""))["username"] is None
    assert acts(provider) == ["account.profile_changed"] * 3


def test_another_address_is_not_proved_and_ends_what_was_mailed(provider: Provider, ann: Person, command: Run) -> None:
    """The former address is told, links and codes that were under way are void, and `--verified` says that the new one is proved."""
    from idp.accounts import recovery

    with provider.working():
        recovery.request(ann.email, source="192.0.2.1")
    moved = json.loads(command("user", "update", ann.email, "--email", "Ann@new.example"))
    assert (moved["email"], moved["email_verified"]) == ("ann@new.example", False)
    with provider.working():
        told = mails.newest()
        assert (told.to, told.label) == (ann.email, "email_changed_by_admin")
        assert "ann@new.example" in told.text
        assert database.session().scalars(select(Proof).where(Proof.account_id == ann.id)).all() == []
    assert json.loads(command("user", "update", "ann@new.example", "--verified"))["email_verified"] is True
    assert acts(provider) == ["email.changed", "email.verified"]


def test_another_password_ends_every_session(provider: Provider, ann: Person, command: Run) -> None:
    """It comes from standard input, for a closed account too, and the person is told by mail."""
    provider.browser(ann)
    command("user", "disable", ann.sub)
    command("user", "update", ann.sub, "--password-stdin", given="another long pass phrase\n")
    with provider.account(ann) as account:
        assert passwords.verify("another long pass phrase", account.password_hash)
        assert mails.newest().label == "password_changed"
        assert "the administration" in mails.newest().text
    with provider.working():
        session = database.session().scalars(select(BrowserSession)).one()
        assert session.ended_at is not None
    assert acts(provider) == ["session.ended", "account.disabled", "password.changed"]


@pytest.mark.parametrize(
    ("options", "given", "said"),
    [
        ((), "", "name at least one thing to change"),
        (("--email", "bob@example.org", "--verified"), "", "email: That e-mail address belongs to another account"),
        (("--email", "nonsense"), "", "email: Enter an e-mail address"),
        (("--username", "bob"), "", "username: That username is taken"),
        (("--username", "free", "--claim", "shoe=39"), "", "shoe: There is no such claim"),
        (("--username", "free", "--password-stdin"), "short\n", "password: Use at least 8"),
        (("--username", "free", "--unverified"), "", "email_verified"),
    ],
)
def test_a_bad_change_of_a_person_changes_nothing(
    provider: Provider, command: Run, options: tuple[str, ...], given: str, said: str
) -> None:
    """What is wrong is named with its member, and nothing else that was asked for is done; the last administrator stays one."""
    ann = provider.person(is_admin=True)
    provider.person("bob@example.org", username="bob")
    before = command("user", "show", ann.sub)
    assert said in command("user", "update", ann.sub, *options, given=given, fails=True)
    assert command("user", "show", ann.sub) == before
    assert acts(provider) == []


def test_people_are_disabled_enabled_and_erased(provider: Provider, ann: Person, command: Run) -> None:
    """Each prints the account; of an erased one no row is left, and the last administrator is neither disabled nor erased."""
    root = provider.person("root@example.org", is_admin=True)
    assert json.loads(command("user", "disable", ann.sub))["disabled_at"]
    assert json.loads(command("user", "enable", ann.sub))["disabled_at"] is None
    assert json.loads(command("user", "delete", ann.email))["sub"] == ann.sub
    with provider.working():
        assert lookup.find_by_sub(ann.sub) is None
        assert database.session().scalars(select(Account.email)).all() == [root.email]
    for verb in ("disable", "delete"):
        assert command("user", verb, root.sub, fails=True).startswith("idp: ")
        assert "who: There is no such entry" in command("user", verb, ann.sub, fails=True)
    assert acts(provider) == ["account.disabled", "account.enabled", "account.erased"]
