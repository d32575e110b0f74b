"""RFC 8935 and RFC 8936: how events are brought, what receivers answer, and what becomes of it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from idp import purging
from idp.accounts import service
from idp.base import clock
from idp.base.database import session
from idp.outbox import Delivery
from idp.signals import queue, streams
from idp.signals.models import SignalEvent, SignalStream
from tests.base.fetch.host import Host, answer
from tests.factories import Browser, Person, Provider
from tests.signals.receiving import POLL, TAKEN, Receiver, collect, deliver, heard, short


def row_of(provider: Provider, made: dict[str, Any]) -> SignalStream:
    """Return a stream as it is now."""
    with provider.working():
        row = streams.find(made["stream_id"])
        assert row is not None
        return row


def deliveries(provider: Provider) -> list[tuple[str, str | None]]:
    """Return state and last error of each delivery to receivers."""
    with provider.working():
        rows = session().scalars(select(Delivery).where(Delivery.kind == queue.KIND).order_by(Delivery.id))
        return [(row.state, row.last_error) for row in rows]


def switch(provider: Provider, person: Person, *states: bool) -> None:
    """Disable and enable an account."""
    for disabled in states:
        with provider.account(person) as account:
            service.set_disabled(account, disabled, actor="root")


def test_events_are_posted_in_order(
    provider: Provider, receiver: Receiver, host: Host, allowing: Browser, ann: Person
) -> None:
    """Each in a request of its own with the receiver's header (8935, 2.1), the oldest first, and once."""
    made = receiver.make_pushed(host)
    switch(provider, ann, True, False)
    deliver(provider)
    told = [provider.verify(token, receiver.client.client_id) for token in heard(host)]
    assert [short(claims) for claims in told] == ["session-revoked", "account-disabled", "account-enabled"]
    deliver(provider)
    assert len(heard(host)) == 3
    row = row_of(provider, made)
    assert (row.failures, row.last_error, row.delivered_at is not None) == (0, None, True)
    assert {state for state, _error in deliveries(provider)} == {"delivered"}


@pytest.mark.parametrize(
    ("body", "is_refused"),
    [
        (b'{"err": "invalid_request", "description": "no\\u0007 thanks"}', True),
        (b'{"err": "invalid_audience"}', True),
        (b"not JSON", True),
        (b'{"err": "invalid_key"}', False),
        (b'{"err": "authentication_failed"}', False),
        (b'{"err": "access_denied", "description": 7}', False),
    ],
)
def test_what_a_receiver_says_of_an_event(
    provider: Provider, receiver: Receiver, host: Host, allowing: Browser, ann: Person, body: bytes, is_refused: bool
) -> None:
    """What is refused for good holds up nothing else; what can be cured is tried again, before anything else goes out (8935, 2.4)."""
    made = receiver.make_pushed(host)
    switch(provider, ann, True)
    host.reply = answer(body, "Content-Type: application/json", status="400 Bad Request")
    deliver(provider)
    sent = [short(provider.verify(token, receiver.client.client_id)) for token in heard(host)]
    assert sent == (["session-revoked", "account-disabled"] if is_refused else ["session-revoked"])
    with provider.working():
        row = streams.find(made["stream_id"])
        assert row is not None
        assert (queue.count(queue.refused(row)), queue.count(queue.waiting(row))) == ((2, 0) if is_refused else (0, 2))
        assert "400" in (row.last_error or "")
    host.reply = TAKEN
    with clock.moved(timedelta(minutes=1)):
        deliver(provider)
        again = [short(provider.verify(token, receiver.client.client_id)) for token in heard(host)][len(sent) :]
    assert again == ([] if is_refused else ["session-revoked", "account-disabled"])


def test_a_receiver_that_is_away_misses_nothing(
    provider: Provider, receiver: Receiver, host: Host, allowing: Browser, ann: Person
) -> None:
    """Errors of the server are tried again; administrators see the delivery fail, and the stream's error (8935, 2.3)."""
    made = receiver.make_pushed(host)
    host.reply = answer(b"", status="503 Service Unavailable")
    switch(provider, ann, True)
    deliver(provider)
    assert deliveries(provider) == [("waiting", "the answer was 503")]
    assert row_of(provider, made).failures == 1
    host.reply = TAKEN
    with clock.moved(timedelta(minutes=5)):
        switch(provider, ann, False)
        deliver(provider)
        unread = {"options": {"verify_iat": False}}  # the reader's clock was not moved
        kinds = [short(provider.verify(token, receiver.client.client_id, **unread)) for token in heard(host)]
    assert kinds == ["session-revoked", "session-revoked", "account-disabled", "account-enabled"]


def test_nothing_is_sent_to_a_private_address(
    provider: Provider, receiver: Receiver, host: Host, allowing: Browser
) -> None:
    """The guarded fetcher looks at every address where it leads, whenever it is used."""
    receiver.make_pushed(host)
    allowing.sign_out()
    provider.app.extensions["idp.settings"].allow_private_fetch = False
    deliver(provider)
    assert host.asked == []
    assert [state for state, _error in deliveries(provider)] == ["waiting"]


def test_what_was_acknowledged_is_gone_and_the_rest_comes_again(
    provider: Provider, receiver: Receiver, allowing: Browser, ann: Person
) -> None:
    """Poll, acknowledge, poll again: at least once until it is taken, the oldest first (8936, 2.2 to 2.4)."""
    made = receiver.make()
    switch(provider, ann, True, False)
    collect(provider)
    first = receiver.poll(made, maxEvents=1)
    assert (len(first["sets"]), first["moreAvailable"]) == (1, True)
    assert receiver.poll(made, maxEvents=1)["sets"].keys() == first["sets"].keys()
    rest = receiver.poll(made, ack=list(first["sets"]))
    assert len(rest["sets"]) == 2
    assert first["sets"].keys().isdisjoint(rest["sets"])
    assert "moreAvailable" not in rest
    assert receiver.poll(made, maxEvents=0)["sets"] == {}
    taken, refused = list(rest["sets"])
    error = {refused: {"err": "invalid_request", "description": "what\n is this?"}}
    assert receiver.poll(made, ack=[taken, "unknown"], setErrs=error) == {"sets": {}}
    row = row_of(provider, made)
    assert row.last_error == "the receiver refused it: invalid_request (what is this?)"
    with provider.working():
        assert [event.jti for event in session().scalars(queue.refused(row))] == [refused]


@pytest.mark.parametrize(
    ("document", "member"),
    [
        ({"maxEvents": -1}, "maxEvents"),
        ({"maxEvents": True}, "maxEvents"),
        ({"returnImmediately": "yes"}, "returnImmediately"),
        ({"ack": "x"}, "ack"),
        ({"ack": [1]}, "ack"),
        ({"setErrs": []}, "setErrs"),
        ({"setErrs": {"x": "y"}}, "setErrs"),
    ],
)
def test_a_poll_of_another_form_is_refused(receiver: Receiver, document: dict[str, Any], member: str) -> None:
    """400 names the member, and nothing was taken (8936, 2.5)."""
    made = receiver.make()
    receiver.ask("POST", "/ssf/verification", {"stream_id": made["stream_id"]})
    refused = receiver.ask("POST", f"/ssf/poll?stream_id={made['stream_id']}", document)
    assert (refused.status_code, refused.json["error_description"].partition(":")[0]) == (400, member)
    assert len(receiver.poll(made)["sets"]) == 1


def test_a_stream_may_change_its_method(
    provider: Provider, receiver: Receiver, host: Host, allowing: Browser, ann: Person
) -> None:
    """What waits for a push is polled then, and the other way round; a push stream has nothing to poll."""
    made = receiver.make()
    switch(provider, ann, True)
    collect(provider)
    delivery = {
        "method": "urn:ietf:rfc:8935",
        "endpoint_url": f"{host.url}/events",
        "authorization_header": "Bearer the-receivers-own",
    }
    changed = receiver.ask("PATCH", "/ssf/streams", {"stream_id": made["stream_id"], "delivery": delivery})
    assert changed.status_code == 200
    assert receiver.ask("POST", f"/ssf/poll?stream_id={made['stream_id']}", {}).status_code == 400
    deliver(provider)
    assert len(heard(host)) == 2
    host.reply = answer(b"", status="503 Service Unavailable")
    switch(provider, ann, False)
    deliver(provider)
    back = receiver.ask("PATCH", "/ssf/streams", {"stream_id": made["stream_id"], "delivery": {"method": POLL}}).json
    assert receiver.kinds(back) == ["account-enabled"]
    with clock.moved(timedelta(minutes=5)):
        deliver(provider)
    assert deliveries(provider)[-1][0] == "failed"


def test_too_many_and_too_old_are_lost_and_told(
    provider: Provider, receiver: Receiver, allowing: Browser, ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The oldest give way, a week is the longest, and the status says how many were lost (SSF, 8.1.2)."""
    monkeypatch.setattr(queue, "MOST_WAITING", 2)
    made = receiver.make()
    switch(provider, ann, True, False, True)
    collect(provider)
    path = f"/ssf/status?stream_id={made['stream_id']}"
    assert receiver.ask("GET", path).json["reason"].startswith("2 events were lost")
    with clock.moved(timedelta(days=8)), provider.working():
        purging.run()
        assert session().scalars(select(SignalEvent)).all() == []
    assert receiver.ask("GET", path).json["reason"].startswith("4 events were lost")
    receiver.ask("POST", "/ssf/status", {"stream_id": made["stream_id"], "status": "enabled"})
    assert "reason" not in receiver.ask("GET", path).json
