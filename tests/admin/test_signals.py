"""The page of an app's streams: what is there, how it goes, and what administrators do with it."""

from sqlalchemy import select

from idp.audit import AuditEvent
from idp.base.database import session
from idp.signals import queue, streams
from tests.admin.conftest import Visitor
from tests.factories import Provider
from tests.signals.receiving import HEADER, PUSH, make_receiver


def test_a_stream_is_seen_paused_let_go_and_deleted(admin: Visitor, provider: Provider) -> None:
    """Each state and failure is shown, the receiver's header never; each act is recorded with who did it."""
    receiver = make_receiver(provider, client_id="shop")
    page = "/admin/clients/shop/signals"
    assert page in admin.text("/admin/clients/shop")
    assert "The app has made no stream." in admin.text(page)
    delivery = {"method": PUSH, "endpoint_url": "https://shop.example/events", "authorization_header": HEADER}
    number = receiver.make(description="For the till", delivery=delivery)["stream_id"]
    with provider.working():
        row = streams.find(number)
        assert row is not None
        streams.ask_verification(row, None)
        queue.note_refusal(number, session().scalars(queue.waiting(row)).one().jti, "the receiver answered 400: gone")
    shown = admin.text(page)
    assert all(text in shown for text in ("For the till", "https://shop.example/events", "answered 400: gone", "Runs"))
    assert HEADER not in shown
    assert admin.send(page, f"{page}/{number}/pause").location == page
    assert "Paused by an administrator" in admin.text(page)
    assert receiver.ask("POST", "/ssf/status", {"stream_id": number, "status": "enabled"}).status_code == 403
    assert admin.send(page, f"{page}/{number}/enable").location == page
    assert "Runs" in admin.text(page)
    question = admin.text(f"{page}/{number}/delete")
    assert "2 events that wait are lost" in question
    assert admin.send(f"{page}/{number}/delete").location == page
    assert receiver.ask("GET", "/ssf/streams").json == []
    with provider.working():
        made = session().scalars(select(AuditEvent).where(AuditEvent.event.startswith("signals."))).all()
        assert [event.event for event in made][1:] == ["signals.paused", "signals.enabled", "signals.deleted"]
        assert len({event.actor for event in made}) == 2


def test_a_stream_of_another_app_is_not_there(admin: Visitor, provider: Provider) -> None:
    """The page of one app does nothing to the stream of another."""
    provider.client(client_id="wiki")
    number = make_receiver(provider, client_id="shop").make()["stream_id"]
    page = "/admin/clients/wiki/signals"
    assert "not registered for the scope ssf.manage" in admin.text(page)
    assert admin.get(f"{page}/{number}/delete").status_code == 404
