"""Browser sessions: limits, ending, renewal, and what hangs on them."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask

from idp import sessions
from idp.base import clock
from idp.base.database import commit, session
from idp.sessions import Device, Proof
from idp.sessions.ending import BY_OWNER

DEVICE = Device("192.0.2.1", "Browser")
WHY = sessions.Ending("somebody", BY_OWNER)


@pytest.fixture(autouse=True)
def _in_app(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def test_a_session_is_found_by_its_token_alone() -> None:
    """The row keeps a digest; only the token finds the session."""
    row, token = sessions.open_session(1, 0, ["pwd"], DEVICE)
    assert sessions.find(token) is row
    assert sessions.find(row.id) is None
    assert token.encode() not in row.token_digest


def test_idle_and_absolute_limits_end_a_session() -> None:
    """A session ends after an hour without use, and after a day in any case (item 28)."""
    _row, token = sessions.open_session(1, 0, ["pwd"], DEVICE)
    commit()
    with clock.moved(timedelta(minutes=61)):
        assert sessions.find(token) is None
    session().expire_all()
    for minutes in range(0, 24 * 60, 50):
        with clock.moved(timedelta(minutes=minutes)):
            assert sessions.find(token) is not None
            session().expire_all()
    with clock.moved(timedelta(hours=24, minutes=1)):
        assert sessions.find(token) is None


def test_ending_a_session_is_told_once() -> None:
    """Whoever listens hears of each ended session once."""
    heard: list[str] = []
    row, token = sessions.open_session(1, 0, ["pwd"], DEVICE)

    def listen(ids: list[str]) -> None:
        heard.extend(ids)

    with sessions.ended.connected_to(listen):
        sessions.end(row.id, why=WHY)
        sessions.end(row.id, why=WHY)
    assert heard == [row.id]
    session().expire_all()
    assert sessions.find(token) is None


def test_ending_all_but_one_keeps_that_one() -> None:
    """All other sessions of the account end, those of other accounts stay."""
    kept, kept_token = sessions.open_session(1, 0, ["pwd"], DEVICE)
    _other, other_token = sessions.open_session(1, 0, ["pwd"], DEVICE)
    _stranger, stranger_token = sessions.open_session(2, 0, ["pwd"], DEVICE)
    sessions.end_all(1, why=WHY, but=kept.id)
    session().expire_all()
    assert sessions.find(kept_token) is not None
    assert sessions.find(other_token) is None
    assert sessions.find(stranger_token) is not None


def test_a_new_proof_brings_a_new_token() -> None:
    """Signing in again in the same browser keeps the session's id and voids its old token."""
    row, old = sessions.open_session(1, 0, ["pwd"], DEVICE)
    before = row.id
    new = sessions.renew(row, sessions.Proof(["pwd"], first_at=clock.now()))
    assert sessions.find(old) is None
    found = sessions.find(new)
    assert found is not None
    assert found.id == before


def test_a_session_whose_factor_is_gone_says_mfa_no_more() -> None:
    """With the last factor removed a session stands for one factor, in `amr` as in `acr`; sessions of others stay what they are."""
    proof = Proof(["pwd", "otp", "mfa"], first_at=clock.now(), second_at=clock.now())
    own, other = (sessions.open_session(account_id, 0, proof, DEVICE)[0] for account_id in (1, 2))
    sessions.forget_second_factor(1)
    assert (own.amr, own.second_factor_at) == (["pwd", "otp"], None)
    assert (other.amr, other.second_factor_at) == (proof.amr, proof.second_at)
