"""Erasing accounts: nothing of the person is left, once, whoever purges; the audit log keeps its events."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import JSON, Boolean, Column, Integer, LargeBinary, String, Table, func, select, update

from idp import audit, outbox, purging
from idp.accounts import erasure, lookup
from idp.accounts.models import Account
from idp.audit import AuditEvent
from idp.base import clock, database
from idp.base.database import Instant, Model, connection, session
from idp.sessions import BrowserSession
from tests.factories import PASSWORD, Person, Provider
from tests.me.test_data import furnish
from tests.me.test_email_change import sent

MOVED = "moved-zoe@zebra.example"
NAMES = ("zebra", "zoëlla", "zimmer", "zozo")
AFTER = timedelta(days=14, minutes=1)


def leave(provider: Provider, *people: Person) -> None:
    """Close accounts, to be erased."""
    for person in people:
        with provider.working():
            account = lookup.find(person.id)
            assert account is not None
            assert erasure.schedule(account, source="192.0.2.1") is None


PARENT = "a parent"


def own_tables() -> list[Table]:
    """Return the tables whose rows belong to accounts."""
    return [table for table in Model.metadata.sorted_tables if "account_id" in table.columns]


def count(column: Column[Any], value: int | str) -> int:
    """Return how many rows a column's table has with this value in it: its account's number, as a rule."""
    query = select(func.count()).select_from(column.table).where(column == value)
    return connection().execute(query).scalar_one()


def fill(table: Table, account_id: int, text: str = "Zebra") -> None:
    """Add a row of an account that says "Zebra" wherever a text fits, for tables that the services filled in no other way.

    The rows to which it leads are added before it, and say that they are parents.
    """
    led: dict[str, Any] = {}
    for key in table.foreign_keys:
        if key.column.table is table:
            continue
        value = account_id if isinstance(key.column.type, Integer) else PARENT
        if not count(key.column, value):
            fill(key.column.table, account_id, PARENT)
        led[key.parent.name] = value
    own = {"account_id": account_id} if "account_id" in table.columns else {}
    connection().execute(table.insert().values(sample_row(table, account_id, text) | led | own))


def sample_row(table: Table, number: int, text: str) -> dict[str, Any]:
    """Return a row with a value of its type in each column but those that lead to a row of the same table."""
    samples = {
        Boolean: True, Integer: number, String: text, LargeBinary: bytes(32), Instant: clock.now() + 2 * AFTER, JSON: [text]
    }  # fmt: skip
    return {
        column.name: next(sample for kind, sample in samples.items() if isinstance(column.type, kind))
        for column in table.columns
        if not any(key.column.table is table for key in column.foreign_keys)
    }


def everything(provider: Provider) -> str:
    """Return every row of every table as text."""
    with provider.working():
        rows = [
            f"{table.name}: {row}"
            for table in Model.metadata.sorted_tables
            for row in connection().execute(table.select())
        ]
    return "\n".join(rows).lower()


@pytest.fixture
def zoe(provider: Provider) -> Person:
    """Somebody with something in every table, and names that occur nowhere else."""
    person = provider.person("zoe@zebra.example", given_name="Zoëlla", family_name="Zimmer", username="zozo")
    furnish(provider, person)
    return person


def test_nothing_of_the_person_is_left(provider: Provider, zoe: Person) -> None:
    """After fourteen days no column of any table holds addresses, names or username; only audit events keep the subject."""
    stays = provider.person("bob@example.org")
    furnish(provider, stays)
    provider.browser().submit("/reset", email=MOVED)
    leave(provider, zoe)
    provider.browser().submit("/reset", email=MOVED)
    other = provider.browser()
    other.submit("/signup", email=MOVED, password="some other password", username="other")
    with provider.working():
        for table in own_tables():
            if not count(table.columns["account_id"], zoe.id):
                fill(table, zoe.id)
        # Sessions end after a day; this one is to be there still.
        session().execute(update(BrowserSession).values(expires_at=clock.now() + 2 * AFTER))
    before = everything(provider)
    assert all(word in before for word in NAMES)
    with clock.moved(AFTER - timedelta(minutes=2)), provider.working():
        assert erasure.purge(10) == 0
    with provider.working():
        done = {"delivered_at": clock.now(), "next_attempt_at": None, "sealed_payload": None}
        session().execute(update(outbox.Delivery).where(outbox.Delivery.recipient != MOVED).values(**done))
    with clock.moved(AFTER), provider.working():
        purging.run()
    after = everything(provider)
    # What an application calls its copy of somebody is kept until it has been told to delete that.
    stays_until_told = "scim_removals: "
    named = [line for line in after.splitlines() if any(word in line for word in NAMES)]
    assert [line for line in named if not line.startswith(stays_until_told)] == []
    assert {line.partition(":")[0] for line in after.splitlines() if zoe.sub.lower() in line} == {"audit_events"}
    assert "recipient" not in after
    with provider.working():
        assert lookup.find(stays.id) is not None
        assert [event.event for event in audit.recent(zoe.sub)][0] == "account.erased"
        assert lookup.find(zoe.id) is None
        assert [table.name for table in own_tables() if count(table.columns["account_id"], zoe.id)] == []
        assert count(Model.metadata.tables["browser_sessions"].columns["account_id"], stays.id) == 1


def test_mail_to_an_erased_person_is_not_sent(provider: Provider, zoe: Person) -> None:
    """What waits in the outbox is not delivered any more, and its text is gone."""
    leave(provider, zoe)
    with clock.moved(AFTER), provider.working():
        erasure.purge(10)
        rows = list(session().scalars(outbox.queue()))
        assert {row.recipient for row in rows} == {outbox.ERASED}
        assert {row.state for row in rows} == {"failed"}
        assert {(row.sealed_payload, row.next_attempt_at, row.last_error) for row in rows} == {(None, None, None)}
        assert outbox.deliver_due(outbox.MAIL) == 0
        assert not outbox.retry(rows[0].id)


def test_every_child_of_an_account_s_rows_goes_with_them() -> None:
    """What hangs on a row with `account_id` is deleted by the database itself."""
    owned = {table.name for table in Model.metadata.tables.values() if "account_id" in table.columns}
    loose = [
        str(key.parent)
        for table in Model.metadata.tables.values()
        for key in table.foreign_keys
        if key.column.table.name in owned and table.name not in owned and key.ondelete != "CASCADE"
    ]
    assert loose == []


def test_tokens_of_an_erased_account_are_refused(provider: Provider) -> None:
    """Neither access nor refresh token works after the erasure, nor for whoever signs up with the address next."""
    ann = provider.person("ann@example.org")
    client = provider.client()
    tokens = provider.grant(client, provider.browser(ann), scope="openid offline_access")
    leave(provider, ann)
    with provider.account(ann) as account:
        account.erase_at = clock.now()
    with provider.working():
        assert erasure.purge(10) == 1
    again = provider.person("ann@example.org")
    assert again.id > ann.id
    provider.grant(client, provider.browser(again), scope="openid offline_access")
    assert provider.userinfo(tokens["access_token"]).status_code == 401
    assert provider.refresh(client, tokens["refresh_token"]).status_code == 400
    assert provider.introspect(client, tokens["access_token"]).json == {"active": False}


def test_a_number_is_never_used_again(provider: Provider) -> None:
    """The account after an erased one, even after the newest, gets a number of its own."""
    ann = provider.person("ann@example.org")
    leave(provider, ann)
    with clock.moved(AFTER), provider.working():
        erasure.purge(10)
    assert provider.person("ann@example.org").id > ann.id


def test_other_rooms_hear_of_it_before(provider: Provider) -> None:
    """The signal comes while the account is still there."""
    heard: list[int] = []

    def listen(account_id: int) -> None:
        assert lookup.find(account_id) is not None
        heard.append(account_id)

    ann = provider.person("ann@example.org")
    leave(provider, ann)
    with erasure.erased.connected_to(listen), clock.moved(AFTER), provider.working():
        erasure.purge(10)
    assert heard == [ann.id]


def test_a_purge_keeps_to_its_limit(provider: Provider) -> None:
    """No more accounts than asked for are erased, and each of them is committed by itself."""
    people = [provider.person(f"p{number}@example.org") for number in range(3)]
    leave(provider, *people)
    with clock.moved(AFTER), provider.working():
        assert [erasure.purge(2), erasure.purge(2), erasure.purge(2)] == [2, 1, 0]


def test_two_processes_erase_each_account_once(provider: Provider) -> None:
    """Purges in parallel share the work without an error, and every account is erased once."""
    people = [provider.person(f"p{number}@example.org", password_hash=None) for number in range(8)]
    leave(provider, *people)
    barrier = Barrier(4)

    def purge() -> int:
        with provider.working():
            barrier.wait()
            return erasure.purge(100)

    with clock.moved(AFTER), ThreadPoolExecutor(4) as pool:
        counts = [future.result() for future in [pool.submit(purge) for _ in range(4)]]
    assert sum(counts) == 8
    with provider.working():
        erased = select(func.count()).where(AuditEvent.event == "account.erased")
        assert session().scalar(erased) == 8
        assert session().scalar(select(func.count()).select_from(Account)) == 0


def test_an_account_kept_at_the_last_moment_stays(provider: Provider) -> None:
    """Keeping the account wins over a purge that comes after, and a link after the erasure is dead."""
    ann, bob = provider.person("ann@example.org", password_hash=None), provider.person("bob@example.org")
    leave(provider, ann, bob)
    links = {mail.to: mail.token for mail in sent(provider, "deletion_scheduled")}
    with clock.moved(timedelta(days=13)):
        assert provider.browser().submit(f"/account/keep?token={links[ann.email]}").status_code == 303
    with clock.moved(AFTER):
        with provider.working():
            assert erasure.purge(10) == 1
        assert provider.browser().get(f"/account/keep?token={links[bob.email]}").status_code == 400
        with provider.account(ann) as account:
            assert account.erase_at is None


def test_a_closed_account_cannot_reset_its_password(provider: Provider) -> None:
    """Neither a reset asked for before nor one after the closing leads back in: only the link of the mail does."""
    ann = provider.person("ann@example.org")
    provider.browser().submit("/reset", email=ann.email)
    earlier = sent(provider, "reset_password")[0].token
    leave(provider, ann)
    assert provider.browser().get(f"/reset/password?token={earlier}").status_code == 400
    provider.browser().submit("/reset", email=ann.email)
    assert len(sent(provider, "reset_password")) == 1
    assert provider.browser().sign_in("/signin", ann, password=PASSWORD).status_code == 400
    assert database.writing.get() is True
