"""Each event of the log becomes news once for each stream, whoever reads it and however often; pollers at once lose nothing."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from flask import Flask
from sqlalchemy import event as sql_event
from sqlalchemy import func, select

from idp import audit, serving
from idp.base import database
from idp.base.database import session
from idp.signals import collecting, streams
from idp.signals.models import SignalEvent
from idp.trail.models import TrailReader
from tests.base.fetch.host import Host
from tests.factories import Browser, Person, Provider
from tests.signals.receiving import Receiver, collect, heard, make_receiver

EVENTS = 40
WORKERS = 4


def happen(provider: Provider, person: Person, number: int = EVENTS) -> None:
    """Let as many things happen to somebody."""
    with provider.working():
        for _event in range(number):
            audit.record("password.changed", subject=person.sub)


def count(provider: Provider) -> int:
    """Return how many news wait."""
    with provider.working():
        return session().scalar(select(func.count()).select_from(SignalEvent)) or 0


def test_couriers_at_once_make_each_news_once(
    app: Flask, provider: Provider, receiver: Receiver, allowing: Browser, ann: Person
) -> None:
    """Four couriers and two streams: each has every event once, with a number of its own."""
    made = [receiver.make(), receiver.make()]
    happen(provider, ann)
    together = Barrier(WORKERS)

    def work(_number: int) -> None:
        with app.app_context():
            database.writing.set(True)
            together.wait()
            for _turn in range(5):
                collecting.catch_up()
            database.rollback()

    with ThreadPoolExecutor(WORKERS) as workers:
        list(workers.map(work, range(WORKERS)))
    collect(provider)
    for stream in made:
        sets = receiver.poll(stream)["sets"]
        claims = [provider.verify(token, receiver.client.client_id) for token in sets.values()]
        assert len(claims) == len({one["txn"] for one in claims}) == EVENTS


def test_pollers_at_once_lose_nothing(provider: Provider, receiver: Receiver, allowing: Browser, ann: Person) -> None:
    """Four pollers that take what they got share out every event, and none comes back once it was taken."""
    made = receiver.make()
    happen(provider, ann)
    collect(provider)
    assert receiver.token
    together = Barrier(WORKERS)

    def work(_number: int) -> set[str]:
        own, seen = Receiver(Provider(provider.app), receiver.client, _token=receiver.token), set()
        together.wait()
        while sets := own.poll(made, maxEvents=7)["sets"]:
            seen |= set(sets)
            own.poll(made, maxEvents=0, ack=list(sets))
        return seen

    with ThreadPoolExecutor(WORKERS) as workers:
        seen = list(workers.map(work, range(WORKERS)))
    assert len(set().union(*seen)) == EVENTS
    assert count(provider) == 0


def test_pushers_at_once_send_each_once(
    app: Flask, provider: Provider, receiver: Receiver, host: Host, allowing: Browser, ann: Person
) -> None:
    """Two deliveries of one stream in two carriers: one carrier has the stream, and every event goes out once, in order."""
    receiver.make_pushed(host)
    for _batch in range(2):
        happen(provider, ann, 10)
        collect(provider)
    together = Barrier(2)

    def work(_number: int) -> None:
        together.wait()
        serving.deliver_once(app, "web", limit=2)

    with ThreadPoolExecutor(2) as workers:
        list(workers.map(work, range(2)))
    told = [provider.verify(token, receiver.client.client_id) for token in heard(host)]
    assert len(told) == len({claims["jti"] for claims in told}) == 20


def test_what_was_before_a_stream_is_no_news(
    provider: Provider, receiver: Receiver, allowing: Browser, ann: Person
) -> None:
    """A new stream begins with what happens next, beside another one that hears of both."""
    first = receiver.make()
    happen(provider, ann, 1)
    second = receiver.make()
    happen(provider, ann, 1)
    assert (len(receiver.news(first)), len(receiver.news(second))) == (2, 1)


def test_without_streams_nothing_is_read(app: Flask, provider: Provider, receiver: Receiver, ann: Person) -> None:
    """Where nobody hears, the courier asks one question, and no row is written by anybody."""
    happen(provider, ann, 3)
    asked: list[str] = []
    with app.app_context():
        engine = database.engine()

        def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
            asked.append(statement)

        sql_event.listen(engine, "before_cursor_execute", note)
        try:
            assert collecting.catch_up() == 0
        finally:
            sql_event.remove(engine, "before_cursor_execute", note)
    assert len([statement for statement in asked if "signal_streams" in statement]) == 1
    assert [statement for statement in asked if "audit_events" in statement] == []
    with provider.working():
        assert session().get(TrailReader, collecting.NAME) is None


def test_a_silent_stream_reads_on(provider: Provider, receiver: Receiver, ann: Person) -> None:
    """Events about people whom nobody may hear of are passed over, and read once."""
    receiver.make()
    other = make_receiver(provider)
    other.make()
    happen(provider, ann, 3)
    collect(provider)
    assert (count(provider), collect(provider)) == (0, 0)
    with provider.working():
        assert len(streams.of_client(receiver.client.client_id)) == 1
