"""Each condition under which a code or a refresh token is good is looked at by the claim and named by the diagnosis."""

from itertools import product
from random import Random
from typing import Any

import pytest
from sqlalchemy import true

from idp.base import clock, database
from idp.clients import service as clients
from idp.factors import policy
from idp.oauth import demands, diagnosis, tokens, validity
from idp.oauth.refusals import Cause
from tests.factories import Provider
from tests.oauth.showing import KINDS, Kind, Shown, restore, show

pytestmark = pytest.mark.usefixtures("_still_clock")


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> Kind:
    """Each of what a client may show."""
    return KINDS[request.param]


def claim(kind: Kind, shown: Shown) -> Any:
    """Claim what is shown, in a request's time."""
    with shown.provider.working():
        return kind.claim(shown)


def name(kind: Kind, shown: Shown) -> Cause | None:
    """Return what the diagnosis says of it."""
    with shown.provider.working():
        fault = kind.diagnose(shown)
        return fault.cause if fault is not None else None


def without(monkeypatch: pytest.MonkeyPatch, kind: Kind, cause: Cause) -> None:
    """Forget a condition, as somebody might who changes the rule."""
    monkeypatch.setitem(kind.conditions, cause, true())  # type: ignore[arg-type] # a dictionary, which is read elsewhere
    for declared in kind.statements:
        monkeypatch.setattr(declared, "_forms", {})


def test_each_condition_alone_refuses(provider: Provider, kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where one condition does not hold, nothing is claimed or written, and its cause is named; without it nobody would notice."""
    assert kind.scenes.keys() == kind.conditions.keys(), "each condition has its scene"
    client = provider.client(public=kind.is_public, first_party=True)
    for cause, spoil in kind.scenes.items():
        shown = kind.show(provider, client, cause.value)
        assert name(kind, shown) is None, cause
        spoil(shown)
        before = shown.written()
        assert claim(kind, shown) is None, cause
        assert shown.written() == before, cause
        assert name(kind, shown) is cause
        with monkeypatch.context() as forgetful:
            without(forgetful, kind, cause)
            assert name(kind, shown) is None, f"{cause} is not alone"
            assert claim(kind, shown) is not None, cause
        restore(shown)


def test_several_faults_are_named_by_the_first(provider: Provider, kind: Kind) -> None:
    """Of several faults the first in order is named, nothing is claimed, and only what was good is known for a replay."""
    client, chance = provider.client(public=kind.is_public, first_party=True), Random(7)  # noqa: S311 - the same in each run
    order = list(kind.conditions)
    for number in range(8):
        shown = kind.show(provider, client, f"p{number}")
        faults = sorted(chance.sample(order, chance.randint(2, 4)), key=order.index)
        for cause in faults:
            kind.scenes[cause](shown)
        before = shown.written()
        assert claim(kind, shown) is None, faults
        assert shown.written() == before, faults
        assert name(kind, shown) is faults[0]
        restore(shown)


def test_what_is_good_is_claimed_once(provider: Provider, kind: Kind) -> None:
    """With all conditions it is claimed, brings its person along, and a code is not claimed again."""
    shown = kind.show(provider, provider.client(public=kind.is_public, first_party=True), "ann")
    granted = claim(kind, shown)
    assert granted.person.email == "ann@example.org"
    assert (granted.successor is not None) is (kind.scenes is not KINDS["staying"].scenes)
    assert (claim(kind, shown) is None) is (kind.scenes is KINDS["code"].scenes)


@pytest.mark.parametrize("cause", validity.OPEN)
def test_a_replay_ends_only_what_is_valid(provider: Provider, cause: Cause) -> None:
    """A used code of a valid grant is a replay, of this client alone; of one that has ended it is not."""
    kind, client = KINDS["code"], provider.client()
    shown = show(provider, client, "ann")
    assert claim(kind, shown) is not None
    with provider.working():
        fault = kind.diagnose(shown)
        assert fault is not None
        assert fault.replayed == shown.grant_id
    kind.scenes[cause](shown)
    with provider.working():
        fault = kind.diagnose(shown)
        assert fault is not None
        assert (fault.cause, fault.replayed) == (Cause.CODE_USED, None)
    again = show(provider, client, "bob")
    assert claim(kind, again) is not None
    kind.scenes[Cause.CODE_OF_ANOTHER_CLIENT](again)
    with provider.working():
        fault = kind.diagnose(again)
        assert fault is not None
        assert (fault.cause, fault.replayed) == (Cause.CODE_OF_ANOTHER_CLIENT, None)


def test_demands_in_both_languages(provider: Provider) -> None:
    """What is demanded today is the same in SQL and in Python, whatever was shown, whoever the person is, and whoever demands it."""
    clients_by_demand = {demanded: provider.client(require_second_factor=demanded) for demanded in (False, True)}
    shown = show(provider, clients_by_demand[False], "ann")
    every = product((["pwd"], ["pwd", "otp", "mfa"]), (False, True), policy.Required, (False, True), (False, True))
    for amr, demanded, required, is_admin, is_verified in every:
        shown.grant(amr=amr)
        shown.account(is_admin=is_admin, email_verified_at=clock.now() if is_verified else None)
        with provider.working():
            policy.put(required, actor="test")
        with provider.working():
            granted = tokens.get(shown.grant_id)
            assert granted is not None
            told = diagnosis._behind.first(id=shown.grant_id, now=clock.now(), demanded=demanded, restricted=False)
            in_sql = Cause.SECOND_FACTOR_MISSING not in validity.failed(told, validity.ENOUGH)
            registered = clients.find(clients_by_demand[demanded].client_id)
            in_python = demands.are_met(granted, registered)
            assert in_sql is in_python, (amr, demanded, required, is_admin, is_verified)
            database.session().expire_all()
