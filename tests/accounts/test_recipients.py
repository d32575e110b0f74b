"""Mail to people who asked for none: counted by who gets it, and no notice goes to an address that nobody has proved."""

import ast
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from idp.accounts import credentials, email_change, mailing, pending, recovery, service, signup
from idp.accounts.models import Account
from idp.audit import AuditEvent
from idp.base import clock
from idp.base.database import session
from idp.factors import service as factors
from idp.throttle import in_redis
from tests.accounts.guessing import PASSWORD
from tests.core import mails
from tests.support.redis import RedisServer

ROOT = Path(__file__).parents[2]
STRANGER = "stranger@example.net"
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _in_app(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def member(number: int = 0, *, verified: bool = True) -> Account:
    """Add an account."""
    account = service.create(f"member{number}@example.com", password_hash=None, verified=verified)
    assert isinstance(account, Account)
    return account


def to(address: str = STRANGER) -> list[str]:
    """Return the labels of what was sent to an address."""
    return [mail.label for mail in mails.waiting() if mail.to == address]


def ask_in_every_way(number: int, address: str = STRANGER) -> None:
    """Have mail sent to an address in each way in which somebody who does not own it can."""
    account = member(number)
    for _ in range(3):
        assert email_change.ask(account, address, source=f"192.0.2.{number}") == address
    application = signup.Application(address, PASSWORD)
    row = pending.find(str(pending.start(application, next_path=None, source="192.0.2.9")))
    assert row is not None
    pending.resend(row)
    assert pending.change_address(row, address) is None
    signup.register(application, source="192.0.2.9")
    assert signup.request_verification(address, source="192.0.2.9") == address


def test_a_stranger_gets_six_messages_whoever_asks_for_whichever() -> None:
    """Sign-ups, resends, corrections and changes of address by four accounts put six messages into a mailbox, and no more."""
    for number in range(4):
        ask_in_every_way(number)
    assert len(to()) == 6
    withheld = session().scalars(select(AuditEvent).where(AuditEvent.event == "mail.withheld")).all()
    assert len(withheld) > 10
    assert all(STRANGER not in str(event.detail) and event.subject is None for event in withheld)


def test_a_day_has_eleven_messages_at_most() -> None:
    """Whoever asks every ten minutes for a whole day has eleven messages sent."""
    passed = 0
    for minute in range(0, 24 * 60, 10):
        with clock.moved(timedelta(minutes=minute)):
            passed += mailing.to_stranger(STRANGER) is not None
    assert passed == 11


def test_one_mailbox_is_one_count_however_it_is_spelled() -> None:
    """Case, tags after a plus sign, and dots at a provider that ignores them make no other mailbox."""
    assert mailing.mailbox_of("J.Doe+news@GoogleMail.com") == mailing.mailbox_of("jdoe@gmail.com") == "jdoe@gmail.com"
    assert mailing.mailbox_of("j.doe+x@example.com") == "j.doe@example.com"
    assert mailing.mailbox_of("+x@example.com") == "+x@example.com"
    for number in range(12):
        signup.register(signup.Application(f"stranger+{number}@example.net", PASSWORD), source="192.0.2.9")
    assert len(mails.waiting()) == 6


def test_nodes_count_together(app: Flask, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """What one node counts in Redis the others see."""
    monkeypatch.setattr(in_redis, "TIMEOUT", 20.0)
    app.extensions["idp.settings"].redis_url = redis_server.url
    assert [mailing.to_stranger(STRANGER) is not None for _ in range(8)] == [True] * 6 + [False] * 2
    assert mailing.is_full(STRANGER)


def test_who_asks_for_others_keeps_no_owner_from_a_reset() -> None:
    """Sign-ups with somebody's address use up none of its resets; and of these the newest link lives longer than any wait."""
    owner = member()
    for _ in range(20):
        pending.start(signup.Application(owner.email, PASSWORD), next_path=None, source="192.0.2.9")
    assert to(owner.email) == ["already_registered"] * 6
    with clock.moved(timedelta(minutes=1)):
        for _ in range(10):
            recovery.request(owner.email, source="192.0.2.9")
        newest = mails.newest()
        assert newest.label == "reset_password"
        recovery.request(owner.email, source="192.0.2.1")
        assert mails.newest() == newest
    assert mailing._resets(owner.email).longest < HOUR
    with clock.moved(timedelta(minutes=31)):
        assert recovery.peek(newest.token) is owner


def test_an_owner_s_notices_cannot_be_used_up() -> None:
    """After every count is used up a new password and an asked change of address are told as before."""
    owner = member()
    for _ in range(20):
        mailing.to_stranger(owner.email)
        mailing.to_reset(owner.email)
    credentials.replace_password(owner, "hash", source="192.0.2.1")
    email_change.ask(owner, "new@example.com", source="192.0.2.1")
    assert to(owner.email) == ["password_changed", "email_change_asked"]


def test_an_unproved_address_gets_no_notices() -> None:
    """However often something happens to an account whose address nobody has proved, nothing is told there."""
    account = member(verified=False)
    for _ in range(26):
        credentials.replace_password(account, "hash", source="192.0.2.1")
    factors.renew_codes(account, source="192.0.2.1")
    factors.reset(account, actor="an administrator")
    email_change.ask(account, "new@example.com", source="192.0.2.1")
    assert to(account.email) == []


def test_over_the_count_the_answer_is_the_same_and_the_newest_message_good() -> None:
    """A change that is asked for again stays pending, and the code of the last message that was sent still works."""
    account = member()
    email_change.ask(account, STRANGER, source="192.0.2.1")
    for _ in range(6):
        mailing.to_stranger(STRANGER)
    assert email_change.ask(account, STRANGER, source="192.0.2.1") == STRANGER
    assert email_change.find_asked(account) == STRANGER
    mailed = [mail for mail in mails.waiting() if mail.to == STRANGER]
    assert len(mailed) == 1
    assert email_change.confirm_code(account, mailed[0].code, source="192.0.2.1") is None
    other = member(1)
    for _ in range(6):
        mailing.to_stranger("full@example.net")
    assert email_change.ask(other, "full@example.net", source="192.0.2.1") == "full@example.net"
    assert email_change.find_asked(other) == "full@example.net"
    assert to("full@example.net") == []


def test_asking_for_nobody_takes_nothing_from_anybody() -> None:
    """Messages that go to nobody, since no account waits for them, use up none that somebody could get."""
    for _ in range(20):
        signup.request_verification(STRANGER, source="192.0.2.9")
    assert not mailing.is_full(STRANGER)


def test_no_mail_goes_round_the_count() -> None:
    """Only `mailing` makes a counted address, and only `mail` queues mail: every kind takes a counted address or an owner."""
    makers, queues = set(), set()
    for path in (ROOT / "idp").rglob("*.py"):
        name = path.relative_to(ROOT / "idp").as_posix()
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                called = ast.unparse(node.func)
                makers |= {name} if called in {"mail.Counted", "Counted"} else set()
                queues |= {name} if called == "outbox.put" and "mail.NOBODY" not in ast.unparse(node) else set()
    assert makers == {"accounts/mailing.py"}
    assert queues <= {"mail/frame.py", "oauth/backchannel.py", "signals/queue.py"}
    tree = [node for path in (ROOT / "idp/mail").glob("*.py") for node in ast.parse(path.read_text()).body]
    kinds = {
        node.name: ast.unparse(node.args.args[0].annotation or ast.Constant(""))
        for node in tree
        if isinstance(node, ast.FunctionDef) and node.args.args and node.args.args[0].arg == "to"
    }
    trusted = {"put", "reset_by_admin"}  # an administrator's order
    assert {name for name, taken in kinds.items() if taken not in {"Counted", "Owner"}} == trusted
