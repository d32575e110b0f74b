"""Accounts whose address nobody has proved: they lock no owner out, and go by themselves."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask

from idp import purging, sessions
from idp.accounts import (
    claiming,
    confirmation,
    email_change,
    erasure,
    lookup,
    mailing,
    pending,
    recovery,
    service,
    signup,
    unproved,
)
from idp.accounts.models import Account
from idp.accounts.service import Profile
from idp.base import clock, database
from idp.base.outcome import Reason, Refused
from idp.sessions import Device
from tests.accounts.guessing import PASSWORD
from tests.core import mails
from tests.factories import Provider
from tests.house.watching import watching

OWN = "owner@example.com"
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture(autouse=True)
def _in_app(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def squat() -> Account:
    """Make an account with somebody's address, as an older interface does."""
    account = signup.register(signup.Application(OWN, "somebody else's own"), source="192.0.2.66")
    assert isinstance(account, Account), account
    return account


def use(account: Account) -> None:
    """Sign in by an older interface, whose session lives for a month."""
    account.last_sign_in_at = clock.now()
    sessions.open_session(account.id, 0, ["pwd"], Device("192.0.2.66", ""), door="contract-1", life=30 * DAY)


def test_a_deleted_one_locks_nobody_out() -> None:
    """Deleted by its maker it is gone at once, with nothing told to the address: its owner signs up there right away."""
    account = squat()
    number = account.id
    told = len(mails.waiting())
    assert erasure.schedule(account, source="192.0.2.66") is None
    assert lookup.find(number) is None
    assert len(mails.waiting()) == told
    assert isinstance(signup.register(signup.Application(OWN, PASSWORD), source="192.0.2.1"), Account)


def test_deleting_it_takes_nobody_s_mail_back() -> None:
    """What waits for the owner of the address, such as the way back to an account that a thief moved, is still delivered."""
    owner = service.create(OWN, password_hash=None, verified=True)
    assert isinstance(owner, Account)
    email_change.ask(owner, "thief@example.com", source="192.0.2.66")
    assert email_change.confirm_code(owner, by_label("confirm_new_email").code, source="192.0.2.66") is None
    erasure.schedule(squat(), source="192.0.2.66")
    undo = by_label("email_changed")
    assert undo.to == OWN
    assert email_change.undo(undo.token, source="192.0.2.1") is owner


def by_label(label: str) -> mails.WaitingMail:
    """Return the newest mail of a kind."""
    return [mail for mail in mails.waiting() if mail.label == label][-1]


def test_the_owner_signs_up_and_proves_it() -> None:
    """A sign-up on the pages takes the address at its proof, under a new subject, however much the maker uses the account."""
    maker = squat()
    sub = maker.sub
    with clock.moved(2 * DAY):
        use(maker)
        row = pending.find(str(pending.start(signup.Application(OWN, PASSWORD), next_path=None, source="192.0.2.1")))
        assert row is not None
        assert lookup.find_by_email(OWN) is maker
        account = confirmation.confirm_code(mails.newest().code, sign_up=row)
        assert isinstance(account, Account)
        assert account.is_verified
        assert account.sub != sub
        assert lookup.find_by_sub(sub) is None


def test_an_older_interface_s_sign_up_is_not_refused_for_good() -> None:
    """One that nobody has used since the hour in which it was made makes room after a day; before, the owner gets in by a reset."""
    first = squat()
    refused = [Refused(Reason.EMAIL_TAKEN, "email")]
    with clock.moved(HOUR / 2):
        use(first)
    with clock.moved(23 * HOUR):
        assert signup.register(signup.Application(OWN, PASSWORD), source="192.0.2.1") == refused
    with clock.moved(25 * HOUR):
        second = squat()
        assert second.sub != first.sub
        with clock.moved(3 * HOUR):
            use(second)
    with clock.moved(60 * HOUR):
        assert signup.register(signup.Application(OWN, PASSWORD), source="192.0.2.1") == refused
        recovery.request(OWN, source="192.0.2.1")
        owner = recovery.finish(mails.newest().token, "a new one for the owner", source="192.0.2.1")
        assert isinstance(owner, Account)
        assert owner.is_verified


def test_making_room_is_counted_like_mail() -> None:
    """Nobody can push an account away more often than its owner can be told."""
    squat()
    with clock.moved(2 * DAY):
        for _ in range(6):
            mailing.to_stranger(OWN)
        taken = [Refused(Reason.EMAIL_TAKEN, "email")]
        assert signup.register(signup.Application(OWN, PASSWORD), source="192.0.2.9") == taken


@pytest.mark.parametrize("is_used", [False, True])
def test_the_owner_is_not_called_what_the_maker_wrote(is_used: bool) -> None:
    """Whether or not the maker ever signed in, no name, picture or detail of theirs is in the account of who proves the address."""
    profile = Profile(given_name="Rude", family_name="Word", picture="https://maker.example/face.png")
    made = signup.register(signup.Application(OWN, "somebody else's own", profile), source="192.0.2.66")
    assert isinstance(made, Account), made
    made.details = {"nickname": "Rudest"}
    if is_used:
        use(made)
    owners = claiming.claim(made)
    assert (owners.given_name, owners.family_name, owners.picture, owners.details) == ("", "", None, {})
    assert lookup.search("rude", 100).rows() == []


def test_what_an_operator_wrote_stays() -> None:
    """Whoever proves the address of an account that an operator made is called as the operator has it."""
    made = service.add(OWN, username=None, password=None, verified=False, claims={"given_name": "Ann"})
    assert isinstance(made, Account), made
    assert claiming.claim(made).given_name == "Ann"


def test_another_account_moves_to_an_address_that_it_proves() -> None:
    """A change of address to one that somebody else holds without proof goes through with the mailed code."""
    squat()
    account = service.create("here@example.com", password_hash=None, verified=True)
    assert isinstance(account, Account)
    email_change.ask(account, OWN, source="192.0.2.1")
    assert email_change.confirm_code(account, by_label("confirm_new_email").code, source="192.0.2.1") is None
    assert lookup.find_by_email(OWN) is account


def test_one_that_an_operator_made_stays() -> None:
    """It is vouched for: it is neither taken by a sign-up nor purged, and its owner gets in by a reset."""
    account = service.add(OWN, username=None, password=PASSWORD, verified=False)
    assert isinstance(account, Account)
    assert isinstance(signup.register(signup.Application(OWN, PASSWORD), source="192.0.2.9"), list)
    pending.start(signup.Application(OWN, PASSWORD), next_path=None, source="192.0.2.9")
    assert mails.newest().label == "already_registered"
    with clock.moved(100 * DAY):
        purging.run()
        assert lookup.find_by_email(OWN) is account


def test_a_week_without_use_ends_it() -> None:
    """`idp purge` deletes it a week after its last use; a proved one, and one in use, stay."""
    number = squat().id
    used = signup.register(signup.Application("used@example.com", PASSWORD), source="192.0.2.1")
    proved = service.create("proved@example.com", password_hash=None, verified=True)
    assert isinstance(used, Account)
    assert isinstance(proved, Account)
    with clock.moved(5 * DAY):
        use(used)
    with clock.moved(6 * DAY):
        purging.run()
        assert lookup.find(number) is not None
    with clock.moved(7 * DAY + HOUR):
        purging.run()
        assert [lookup.find(row) is not None for row in (number, used.id, proved.id)] == [False, True, True]
    with clock.moved(13 * DAY):
        assert unproved.purge(1) == 1
        assert lookup.find(used.id) is None


def test_a_session_that_goes_on_is_use(provider: Provider) -> None:
    """Getting a new access token by a refresh token counts as use, though nobody signs in."""
    http = provider.http
    http.post("/user/signup/", json={"username": "ann", "email": OWN, "password": "Validpass42*"})
    token = http.post("/user/signin/", json={"username": "ann", "password": "Validpass42*"}).json["refresh_token"]
    with clock.moved(6 * DAY):
        assert http.post("/user/refresh-access-jwt/", json={"refresh_token": token}).status_code == 200
    with clock.moved(7 * DAY + HOUR):
        purging.run()
        assert lookup.find_by_email(OWN) is not None


def test_those_that_are_used_are_not_walked_again(app: Flask) -> None:
    """However many unproved accounts are in use, the ones that are due are found among them by one statement, and all of them go."""
    counts = []
    for turn in range(2):
        with clock.moved(-8 * DAY):
            for number in range(turn * 20):
                account = signup.register(
                    signup.Application(f"used-{number}@example.com", PASSWORD), source="192.0.2.1"
                )
                assert isinstance(account, Account)
                account.last_sign_in_at = clock.now() + 8 * DAY
            due = [f"due-{turn}-{number}@example.com" for number in range(3)]
            for email in due:
                assert isinstance(signup.register(signup.Application(email, PASSWORD), source="192.0.2.1"), Account)
        database.commit()
        with watching(app) as work:
            assert unproved.purge(10) == len(due)
        counts.append(len(work.all))
        assert [lookup.find_by_email(email) for email in due] == [None] * len(due)
    assert counts[0] == counts[1]


def test_a_purge_stops_where_the_process_is_to_end() -> None:
    """Between two batches a purge looks whether it has to stop, and leaves the rest to the next run."""
    number = squat().id
    database.commit()
    with clock.moved(8 * DAY):
        assert purging.run(lambda: True) == 0
        assert lookup.find(number) is not None
        assert purging.run() > 0
        assert lookup.find(number) is None
