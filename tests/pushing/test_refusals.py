"""What an application refuses, or answers amiss, holds up nobody else, is tried again, and gives nobody away."""

import json
from datetime import timedelta

import pytest
from werkzeug.wrappers import Request, Response

from idp.base import clock
from idp.pushing import carrying, targets
from tests.factories import Provider
from tests.pushing.acting import failing, rename
from tests.pushing.conftest import Pushing
from tests.pushing.stand_in import StandIn


def test_one_who_is_not_taken_holds_up_nobody(
    pushing: Pushing, provider: Provider, app_there: StandIn, address: str
) -> None:
    """The application refuses one person: all others are brought, it is tried again later, and given up until something changes."""
    ann, _ben = provider.person("ann@example.org"), provider.person("ben@example.org")

    def refuse(request: Request) -> Response | None:
        is_ann = request.method == "POST" and "ann@example.org" in request.get_data(as_text=True)
        return Response(status=400) if is_ann else None

    app_there.instead = refuse
    pushing.aim(address)
    pushing.carry()
    assert set(app_there.people()) == {"ben@example.org"}
    copy = pushing.copies()[ann.id]
    assert (copy.failures, copy.last_error) == (1, "the answer was 400")
    assert copy.due_at is not None
    with provider.working():
        row = targets.get("chat")
        assert row is not None
        assert targets.progress(row).failed == 1
    for hours in range(1, carrying.MOST_TRIES):
        with clock.moved(timedelta(hours=2 * hours)):
            pushing.carry()
    assert pushing.copies()[ann.id].due_at is None
    app_there.instead = lambda _request: None
    rename(provider, ann, "Anna")
    with clock.moved(timedelta(hours=17)):
        pushing.carry()
    assert set(app_there.people()) == {"ann@example.org", "ben@example.org"}
    assert pushing.copies()[ann.id].last_error is None


@pytest.mark.parametrize(
    ("status", "headers", "said"),
    [(401, {}, "does not take the token (401)"), (429, {"Retry_After": "120"}, "asks for a pause (429)")],
)
def test_where_nobody_is_taken_the_target_waits(
    pushing: Pushing,
    provider: Provider,
    app_there: StandIn,
    address: str,
    status: int,
    headers: dict[str, str],
    said: str,
) -> None:
    """A token that is not good, and a wish for a pause: one request, then a wait as long as was asked for, then everybody."""
    for name in ("ann", "ben", "cai"):
        provider.person(f"{name}@example.org")
    app_there.instead = failing(status, **headers)
    pushing.aim(address)
    pushing.carry()
    assert len(app_there.asked) == 1
    row = pushing.row()
    assert said in (row.last_error or "")
    assert pushing.carry() == 0
    app_there.instead = lambda _request: None
    waits = (row.due_at - clock.now()).total_seconds()
    assert (110 < waits <= 120) if status == 429 else (0 < waits <= 10)
    with clock.moved(timedelta(seconds=121)):
        pushing.carry()
    assert len(app_there.people()) == 3
    assert pushing.row().last_error is None


def test_a_name_that_somebody_else_took_meanwhile_is_adopted(
    pushing: Pushing, provider: Provider, app_there: StandIn, address: str
) -> None:
    """A 409 for a person who was not found: the application is asked again, and whom it names then is changed."""
    ann = provider.person("ann@example.org")

    def race(request: Request) -> Response | None:
        if request.method == "POST":
            app_there.instead = lambda _request: None
            app_there.resources["Users"]["9"] = {"id": "9", "userName": "ann@example.org"}
        return None

    app_there.instead = race
    pushing.aim(address)
    pushing.carry()
    assert app_there.people()["ann@example.org"]["externalId"] == ann.sub
    assert pushing.copies()[ann.id].remote_id == "9"


def test_a_filter_that_is_not_heeded_gives_nobody_away(
    pushing: Pushing, provider: Provider, app_there: StandIn, address: str
) -> None:
    """An application that answers a filter with everybody: nobody is taken for somebody else."""
    provider.person("ann@example.org")
    boss = {"id": "1", "userName": "boss@example.org", "externalId": "boss"}
    app_there.resources["Users"]["1"] = dict(boss)

    def ignore(request: Request) -> Response | None:
        if request.method != "GET":
            return None
        found = {"schemas": ["x"], "Resources": list(app_there.resources["Users"].values())}
        return Response(json.dumps(found), content_type="application/scim+json")

    app_there.instead = ignore
    pushing.aim(address)
    pushing.carry()
    assert app_there.resources["Users"]["1"] == boss
    assert set(app_there.people()) == {"ann@example.org", "boss@example.org"}
