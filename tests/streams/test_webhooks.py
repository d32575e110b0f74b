"""Webhooks: each event once at least, in order, signed so that receivers' libraries believe it, to a real HTTP receiver."""

import base64
import hashlib
import hmac
import json
import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from idp import audit, purging
from idp.audit import AuditEvent
from idp.base import clock, database
from idp.streams import carrying, service, webhook
from tests.base.fetch.host import Host, answer, running
from tests.factories import Provider
from tests.streams.conftest import Making, carry, look


@pytest.fixture
def receiver(host: Host) -> Host:
    """A receiver that takes everything."""
    host.reply = answer(b"", status="204 No Content")
    return host


def record(provider: Provider, *names: str) -> None:
    """Write events, each in a transaction of its own."""
    for name in names:
        with provider.working():
            audit.record(name, subject="ann", source="192.0.2.1", number=1)


def heard(host: Host) -> list[tuple[dict[str, str], dict[str, Any]]]:
    """Return headers and body of each message."""
    found = []
    for asked in host.asked:
        head, _, body = asked.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")[1:]
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        found.append((headers | {"raw": body.decode()}, json.loads(body)))
    return found


def is_signed(headers: dict[str, str], secret: str) -> bool:
    """Verify a message as Standard Webhooks says, without any code of ours."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{headers['raw']}".encode()
    wanted = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return wanted in headers["webhook-signature"].split(" ")


def test_the_signature_is_that_of_the_specification() -> None:
    """The example that the specification's libraries are tested with has the signature that it has there."""
    secret, identifier = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek"
    signature = webhook.sign(secret, identifier, 1614265330, b'{"test": 2432232314}')
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_events_arrive_in_order_and_signed(provider: Provider, receiver: Host, make: Making) -> None:
    """What happens after a stream was made arrives, each event as one message of its type with its time, and nothing twice."""
    record(provider, "before.stream")
    number, secret = make(f"{receiver.url}/events?from=gatehouse")
    assert secret is not None
    assert secret.startswith("whsec_")
    assert 24 <= len(base64.b64decode(secret[6:])) <= 64
    record(provider, "first.event", "second.event", "third.event")
    assert carry(provider) == 4
    assert carry(provider) == 0
    messages = heard(receiver)
    assert [body["type"] for _headers, body in messages] == [
        "stream.created",
        "first.event",
        "second.event",
        "third.event",
    ]
    for headers, body in messages:
        assert is_signed(headers, secret)
        assert headers["webhook-id"] == f"evt_{body['data']['id']}"
        assert abs(int(headers["webhook-timestamp"]) - clock.timestamp()) < 60
        assert body["timestamp"] == body["data"]["at"]
    assert messages[1][1]["data"] | {"id": 0, "at": ""} == {
        "id": 0, "at": "", "event": "first.event", "outcome": "success", "subject": "ann", "actor": None, "client_id": None,
        "source": "192.0.2.1", "detail": {"number": 1}, "changes": None,
    }  # fmt: skip
    assert b"POST /events?from=gatehouse HTTP/1.1" in receiver.asked[0]
    row = look(provider, number)
    assert (row.failures, row.last_error, row.claim) == (0, None, None)
    assert row.delivered_at is not None
    with provider.working():
        assert [run.events for run in database.session().scalars(service.runs(row))] == [4]
        assert service.lag(row).events == 0


def test_a_receiver_that_fails_is_tried_again(provider: Provider, receiver: Host, make: Making) -> None:
    """A failure is noted, tried again after growing delays, and what waits comes in order when the receiver is back."""
    number, _secret = make(receiver.url)
    record(provider, "first.event")
    receiver.reply = answer(b"secret words of the receiver", status="503 Service Unavailable")
    assert carry(provider) == 0
    now, waits = timedelta(), []
    for failures in range(1, 10):
        row = look(provider, number)
        assert row.failures == failures
        assert row.last_error in {"the answer was 503", "the host failed too often and is not asked for a while"}
        with clock.moved(now):
            waits.append(round((row.due_at - clock.now()).total_seconds() / 5) * 5)
        now += timedelta(seconds=waits[-1] + 5)
        with clock.moved(now):
            assert carry(provider) == 0
    assert waits == [5, 15, 60, 300, 900, 1800, 3600, 3600, 3600]
    record(provider, "second.event")
    with provider.working():
        lag = service.lag(look(provider, number))
        assert lag.events == 3
        assert lag.since is not None
    receiver.asked.clear()
    receiver.reply = answer(b"")
    with clock.moved(now + timedelta(hours=2)):
        assert carry(provider) == 3
    assert [body["type"] for _headers, body in heard(receiver)] == ["stream.created", "first.event", "second.event"]
    row = look(provider, number)
    assert (row.failures, row.last_error) == (0, None)
    assert "secret words" not in repr(vars(row))


def test_what_is_tried_again_keeps_its_identifier(provider: Provider, receiver: Host, make: Making) -> None:
    """A message that was not taken comes again under the same identifier, with a new time and signature."""
    number, secret = make(receiver.url)
    receiver.reply = answer(b"", status="500 Oops")
    carry(provider)
    receiver.reply = answer(b"")
    with clock.moved(timedelta(seconds=6)):
        assert carry(provider) == 1
    (first, body), (second, again) = heard(receiver)
    assert secret is not None
    assert body == again
    assert first["webhook-id"] == second["webhook-id"]
    assert first["webhook-timestamp"] != second["webhook-timestamp"]
    assert is_signed(first, secret)
    assert is_signed(second, secret)
    assert look(provider, number).failures == 0


def test_a_dead_receiver_holds_up_no_other(provider: Provider, receiver: Host, make: Making) -> None:
    """While one stream's host is away, another one gets its events."""
    make("http://127.0.0.1:9/events")
    make(receiver.url)
    record(provider, "first.event")
    assert carry(provider) >= 2
    assert "first.event" in [body["type"] for _headers, body in heard(receiver)]


def test_several_workers_send_nothing_twice(provider: Provider, receiver: Host, make: Making) -> None:
    """Of four threads at once one has a stream: every event comes once, in order."""
    make(receiver.url)
    record(provider, *(f"event.number_{letter}" for letter in "abcdefgh"))
    threads = [threading.Thread(target=carry, args=(provider,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    numbers = [body["data"]["id"] for _headers, body in heard(receiver)]
    assert numbers == sorted(set(numbers))
    assert len(numbers) == 9


def test_a_worker_that_dies_loses_nothing(provider: Provider, receiver: Host, make: Making) -> None:
    """A claim that nobody gives back ends after a minute; then another worker goes on behind what was delivered."""
    number, _secret = make(receiver.url)
    record(provider, "first.event")
    with provider.working():
        assert carrying._take(number) is not None
    assert carry(provider) == 0
    with clock.moved(timedelta(seconds=61)):
        assert carry(provider) == 2


def test_both_secrets_sign_for_a_day(provider: Provider, receiver: Host, make: Making) -> None:
    """A renewed secret signs beside the old one for a day, or until the old one is ended; both are sealed in the database."""
    number, old = make(receiver.url)
    with provider.working():
        row = service.get(number, for_change=True)
        assert row is not None
        new = service.renew_secret(row, actor="root")
        assert isinstance(new, str)
        assert new.encode() not in (row.sealed_secret or b"")
    carry(provider)
    assert old is not None
    for headers, _body in heard(receiver):
        assert is_signed(headers, old)
        assert is_signed(headers, new)
    receiver.asked.clear()
    with clock.moved(timedelta(hours=25)):
        record(provider, "later.event")
        carry(provider)
    assert [(is_signed(headers, old), is_signed(headers, new)) for headers, _body in heard(receiver)] == [(False, True)]
    with provider.working():
        row = service.get(number, for_change=True)
        assert row is not None
        assert service.end_former_secret(row, actor="root") is True
        assert service.end_former_secret(row, actor="root") is False


def test_only_what_is_asked_for_is_sent(provider: Provider, receiver: Host, make: Making) -> None:
    """A stream of some events passes those on alone; names are whole, or beginnings that end in a dot and a star."""
    make(receiver.url, events=["signin", "account.*"])
    record(provider, "signin", "signin.odd", "account.created", "accounts.created", "signout")
    assert carry(provider) == 6
    assert [body["type"] for _headers, body in heard(receiver)] == ["signin", "account.created"]


def test_a_paused_stream_waits_and_goes_on(provider: Provider, receiver: Host, make: Making) -> None:
    """Nothing is sent while a stream is paused, and all of it when it goes on; a receiver that is gone (410) pauses its stream."""
    number, _secret = make(receiver.url, from_start=True)
    with provider.working():
        service.pause(service.get(number, for_change=True), actor="root")  # type: ignore[arg-type]
    record(provider, "first.event")
    assert carry(provider) == 0
    with provider.working():
        service.resume(service.get(number, for_change=True), actor="root")  # type: ignore[arg-type]
    receiver.reply = answer(b"", status="410 Gone")
    assert carry(provider) == 0
    row = look(provider, number)
    assert row.paused_at is not None
    assert row.last_error == "the answer was 410"


def test_private_hosts_are_refused(provider: Provider, make: Making) -> None:
    """A stream reaches a private address only in a network that the operator has named."""
    with running() as host:
        host.reply = answer(b"")
        number, _secret = make("https://127.0.0.1:1/events")
        carry(provider)
        assert look(provider, number).last_error == "the host has a private address"
        settings = provider.app.extensions["idp.settings"]
        settings.stream_networks = "10.0.0.0/8, 127.0.0.0/8"
        with clock.moved(timedelta(seconds=6)):
            carry(provider)
            assert look(provider, number).last_error == "the host refuses the connection: nobody listens there"
        assert host.asked == []


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_what_commits_late_is_sent_in_its_place(provider: Provider, receiver: Host, make: Making) -> None:
    """An event whose transaction ends after that of a later one is not left out, and both arrive in the order of their numbers."""
    make(receiver.url)
    carry(provider)
    receiver.asked.clear()
    with provider.app.app_context():
        engine = database.engine()
    values = {"at": clock.now(), "outcome": "success", "detail": {}}
    with engine.connect() as first, engine.connect() as second:
        first.execute(insert(AuditEvent).values(event="first.event", **values))
        second.execute(insert(AuditEvent).values(event="second.event", **values))
        second.commit()
        assert carry(provider) == 0
        assert heard(receiver) == []
        first.commit()
    assert carry(provider) == 2
    assert [body["type"] for _headers, body in heard(receiver)] == ["first.event", "second.event"]


def test_a_test_event_tells_at_once(provider: Provider, receiver: Host, make: Making) -> None:
    """A test is sent beside the log's order and says what came of it; old notes of deliveries are purged."""
    number, secret = make(receiver.url)
    carry(provider)
    receiver.asked.clear()
    with provider.working():
        row = service.get(number)
        assert row is not None
        assert service.test(row, actor="root") is None
    ((headers, body),) = heard(receiver)
    assert body["type"] == "stream.tested"
    assert secret is not None
    assert is_signed(headers, secret)
    receiver.reply = answer(b"", status="403 Forbidden")
    with provider.working():
        assert service.test(look(provider, number), actor="root") == "the answer was 403"
    with provider.working(), clock.moved(timedelta(days=15)):
        assert len(database.session().scalars(service.runs(row)).all()) == 1
        purging.run()
        assert database.session().scalars(service.runs(row)).all() == []
