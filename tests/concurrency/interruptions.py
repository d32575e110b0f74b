"""What comes in between: a seam at each place where a request lets go of the database or has not locked yet, and what is done there.

A seam is a function that the request calls there anyway: it is called as ever, only that before it something else is done, to the end,
in a thread and a transaction of its own. Nothing depends on who is faster.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import select

from idp import sessions
from idp.accounts import argon2id, credentials, email_change, erasure, lookup, passwords, proofs, recovery, service
from idp.accounts.models import Account
from idp.base.database import Model, connection
from idp.factors import service as factors
from idp.federation import exchange
from idp.lifetimes import LIFETIMES
from idp.oauth import issuing
from tests.factories import Person, Provider

COUNTS = {"tries", "last_used_at", "sign_count"}
NEW_PASSWORD = "the newest pass phrase of all"
SEAMS: dict[str, list[tuple[Any, str]]] = {
    "lock": [(lookup, "lock"), (issuing, "issue_code")],
    "pause": [(passwords, "verify"), (passwords, "hash_password"), (exchange, "identify")],
}


@dataclass
class Seams:
    """The seams of one test. What is armed happens once, at the next seam of its kind that this thread comes to."""

    monkeypatch: pytest.MonkeyPatch
    armed: dict[str, Callable[[], None]] = field(default_factory=dict)
    thread: threading.Thread = field(default_factory=threading.current_thread)

    def __post_init__(self) -> None:
        self.monkeypatch.setattr(passwords, "_argon2", argon2id.Hasher(time_cost=1, memory_cost=64, parallelism=1))
        for kind, places in SEAMS.items():
            for module, name in places:
                self.monkeypatch.setattr(module, name, self._wrap(kind, getattr(module, name)))

    def during(self, kind: str, act: Callable[[], Any], interrupt: Callable[[], None]) -> Any:
        """Act, and let `interrupt` happen at the first seam; return what came of the act."""
        failed: list[BaseException] = []

        def run() -> None:
            try:
                interrupt()
            except BaseException as error:
                failed.append(error)

        def wait() -> None:
            between = threading.Thread(target=run)
            between.start()
            between.join(60)

        self.armed[kind] = wait
        came_of_it = act()
        assert not failed, failed
        assert kind not in self.armed, f"the request came to no seam of the kind {kind}"
        return came_of_it

    def _wrap(self, kind: str, original: Callable[..., Any]) -> Callable[..., Any]:
        def seam(*args: Any, **values: Any) -> Any:
            if threading.current_thread() is self.thread and (happens := self.armed.pop(kind, None)) is not None:
                happens()
            return original(*args, **values)

        return seam


def belongings(provider: Provider, person: Person) -> dict[str, Any]:
    """Return everything that belongs to an account, by table, but for tries and uses, which are counted whatever comes of them."""
    found: dict[str, Any] = {}
    with provider.working():
        for table in Model.metadata.sorted_tables:
            key = table.columns.get("account_id") if table.name != "accounts" else table.columns["id"]
            if key is not None:
                rows = connection().execute(select(table).where(key == person.id)).mappings()
                found[table.name] = sorted(
                    str({name: value for name, value in row.items() if name not in COUNTS}) for row in rows
                )
    return found


def reset(provider: Provider, person: Person) -> None:
    """The owner chooses a new password by a mailed link."""
    with provider.account(person) as account:
        token = recovery.make_link(account).partition("token=")[2]
    with provider.working():
        assert isinstance(recovery.finish(token, NEW_PASSWORD, source="192.0.2.9"), Account)


def undo_token(provider: Provider, person: Person) -> str:
    """Return the secret of a link that undoes a change of address which was made now."""
    with provider.account(person) as account:
        token, _code = proofs.make(
            proofs.UNDO_EMAIL,
            f"undo/{account.id}",
            email=f"former-{account.id}@example.org",
            account_id=account.id,
            link_life=LIFETIMES.undo_email_link,
            with_code=False,
        )
    return token


def press_undo(provider: Provider, token: str) -> None:
    """Take an account back by the link."""
    with provider.working():
        assert isinstance(email_change.undo(token, source="192.0.2.9"), Account)


def undo(provider: Provider, person: Person) -> None:
    """The owner of the former address takes the account back."""
    press_undo(provider, undo_token(provider, person))


def disable(provider: Provider, person: Person) -> None:
    """An administrator disables the account."""
    with provider.account(person) as account:
        assert service.set_disabled(account, True, actor="root") is None


def close(provider: Provider, person: Person) -> None:
    """The owner has the account deleted: it is closed at once."""
    with provider.account(person) as account:
        assert erasure.schedule(account, source="192.0.2.9") is None


def erase(provider: Provider, person: Person) -> None:
    """The account goes, with all that belongs to it."""
    with provider.account(person) as account:
        erasure.remove(account)


def change_password(provider: Provider, person: Person) -> None:
    """The owner changes the password at another browser."""
    with provider.account(person) as account:
        credentials.replace_password(account, passwords.hash_password(NEW_PASSWORD), source="192.0.2.9")


def sign_out_by_an_administrator(provider: Provider, person: Person) -> None:
    """An administrator ends every session and token."""
    with provider.account(person) as account:
        credentials.void_credentials(account, cause="test")


def sign_out_everywhere(provider: Provider, person: Person) -> None:
    """The owner ends every session at another browser."""
    with provider.working():
        sessions.end_all(person.id, why=sessions.Ending(person.sub, "test"))


def remove_factors(provider: Provider, person: Person) -> None:
    """Every second factor is removed."""
    with provider.account(person) as account:
        factors.reset(account, actor="root")


Interruption = Callable[[Provider, Person], None]
# What ends the right of whoever was signed in, or knew the password.
NEW_EPOCH: list[Interruption] = [reset, undo, disable, close, erase, change_password, sign_out_by_an_administrator]
ENDING: list[Interruption] = [*NEW_EPOCH, sign_out_everywhere]
CLOSING: list[Interruption] = [disable, close, erase]
