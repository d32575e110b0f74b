"""Streams of news over HTTP: seen, held back, let go on and deleted, as by `idp signals` and at the client's page."""

import pytest

from idp.accounts.authority import granting
from idp.base import clock
from idp.base.database import session
from idp.signals import queue
from idp.signals.models import SignalEvent
from tests.api.calling import Program, lent_by, machine
from tests.factories import Provider
from tests.signals.receiving import HEADER, PUSH, Receiver, make_receiver


@pytest.fixture
def receiver(provider: Provider) -> Receiver:
    """An application that hears news."""
    return make_receiver(provider)


def test_streams_are_seen_in_parts(provider: Provider, robot: Program, receiver: Receiver) -> None:
    """Every stream is listed once, with how it goes and without the receiver's header; those of one client are found."""
    other = make_receiver(provider)
    delivery = {"method": PUSH, "endpoint_url": "https://shop.example/events", "authorization_header": HEADER}
    made = [receiver.make(delivery=delivery), receiver.make(description="Ours"), other.make()]
    ids = sorted(each["stream_id"] for each in made)
    first = robot.ask("GET", "/signals", limit=2)
    last = robot.ask("GET", "/signals", limit=2, after=first["next"])
    assert sorted(row["stream_id"] for row in first["items"] + last["items"]) == ids
    assert last["next"] is None
    (theirs,) = robot.ask("GET", "/signals", client_id=other.client.client_id)["items"]
    assert (theirs["stream_id"], theirs["aud"], theirs["status"], theirs["waiting"], theirs["refused"]) == (
        made[2]["stream_id"], other.client.client_id, "enabled", 0, 0,
    )  # fmt: skip
    assert HEADER not in robot.send("GET", "/signals").text
    assert robot.ask("GET", "/signals", client_id="nobody") == {"items": [], "next": None}


def test_what_was_refused_is_told(provider: Provider, robot: Program, receiver: Receiver) -> None:
    """One stream is told with the events that its receiver has refused, and why."""
    made = receiver.make()
    assert receiver.ask("POST", "/ssf/verification", {"stream_id": made["stream_id"]}).status_code == 204
    with provider.working():
        (event,) = session().query(SignalEvent).all()
        assert queue.note_refusal(made["stream_id"], event.jti, "invalid_key")
    told = robot.ask("GET", f"/signals/{made['stream_id']}")
    (refused,) = told["refused_events"]
    assert (told["refused"], refused["error"], refused["event"]) == (1, "invalid_key", event.event_type)
    assert refused["refused_at"][:4] == str(clock.now().year)


def test_a_stream_is_held_and_let_go_on(robot: Program, receiver: Receiver) -> None:
    """A paused stream is held, its receiver is told why and cannot go on; enabled here it goes on; each act is in the audit log."""
    made = receiver.make()
    path = f"/signals/{made['stream_id']}"
    paused = robot.ask("POST", f"{path}/pause", {"reason": "maintenance"})
    assert (paused["status"], paused["reason"], paused["held"], paused["waiting"]) == ("paused", "maintenance", True, 1)
    undone = receiver.ask("POST", "/ssf/status", {"stream_id": made["stream_id"], "status": "enabled"})
    assert undone.status_code != 200
    assert robot.ask("POST", f"{path}/pause")["status"] == "paused"
    enabled = robot.ask("POST", f"{path}/enable")
    assert (enabled["status"], enabled["held"], "reason" in enabled) == ("enabled", False, False)
    assert robot.ask("DELETE", path, status=204) is None
    robot.refused("GET", path, status=404)
    events = [e for e in robot.ask("GET", "/events", who="client robot")["items"] if e["event"].startswith("signals.")]
    assert [e["event"] for e in events[::-1]][:1] == ["signals.paused"]
    assert {"signals.paused", "signals.enabled", "signals.deleted"} <= {e["event"] for e in events}


def test_what_is_wrong_is_named(robot: Program, receiver: Receiver) -> None:
    """Members and parameters that cannot be taken are named, and change nothing; a stream that is not there is none."""
    path = f"/signals/{receiver.make()['stream_id']}"
    assert "printable" in robot.refused("POST", f"{path}/pause", {"reason": "a\x07"}, status=400)["reason"]
    assert "reason" in robot.refused("POST", f"{path}/pause", {"reason": 7}, status=400)
    assert "status" in robot.refused("POST", f"{path}/pause", {"status": "paused"}, status=400)
    for name in ("after", "client_id"):
        for value in ("\x07", "é", "x" * 300, ""):
            assert name in robot.refused("GET", "/signals", status=400, **{name: value})
    assert robot.ask("GET", path)["status"] == "enabled"
    for verb in ("pause", "enable"):
        robot.refused("POST", f"/signals/nothing/{verb}", status=404)
    robot.refused("DELETE", "/signals/%C3%A9", status=404)


def test_who_may_see_clients_changes_none(provider: Provider, receiver: Receiver) -> None:
    """The permissions are those of the page: whoever sees clients sees streams, and whoever changes clients steers them."""
    path = f"/signals/{receiver.make()['stream_id']}"
    reader = machine(provider, "admin.read", "reader")
    assert reader.ask("GET", path)["status"] == "enabled"
    desk = provider.person("desk@example.org")
    with provider.account(desk) as account:
        granting.give(account, "help-desk", by="the tests")
    helper = lent_by(provider, desk)
    for program, verbs in ((reader, ("POST",)), (helper, ("GET", "POST"))):
        for verb in verbs:
            program.refused(verb, path + ("/pause" if verb == "POST" else ""), status=403)
        program.refused("DELETE", path, status=403)
