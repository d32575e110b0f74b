"""Renewing a secret on the page: how long the old one counts, that two do, and the button that ends the old one."""

from datetime import timedelta

from flask import Flask

from idp.audit import AuditEvent
from idp.base import clock
from idp.base.database import session
from tests.admin.conftest import Visitor, hidden_fields, register
from tests.admin.test_clients import shown


def renew(admin: Visitor, client_id: str, **fields: str) -> tuple[str, str]:
    """Renew a secret by the form; return the new one and the page that shows it."""
    path = f"/admin/clients/{client_id}/secret"
    answer = admin.client.post(path, data=hidden_fields(admin.text(path)) | fields)
    assert answer.status_code == 200
    page = answer.get_data(as_text=True)
    return shown(page, "client-secret"), page


def counts(app: Flask, client_id: str, *secrets: str) -> list[bool]:
    """Return which of these secrets count now."""
    from idp.clients import service

    with app.app_context():
        client = service.find(client_id)
        assert client is not None
        return [client.check_client_secret(secret) for secret in secrets]


def test_two_secrets_count_for_a_day(app: Flask, admin: Visitor) -> None:
    """Unless somebody chooses otherwise the old secret counts for 24 hours; the page says so, and until when."""
    client_id = register(admin)
    first, _page = renew(admin, client_id, keep_old="0")
    second, page = renew(admin, client_id)
    assert "The old secret counts beside it until" in page
    assert "Two secrets count" in admin.text(f"/admin/clients/{client_id}")
    assert counts(app, client_id, first, second) == [True, True]
    with clock.moved(timedelta(hours=23, minutes=59)):
        assert counts(app, client_id, first, second) == [True, True]
    with clock.moved(timedelta(hours=24, seconds=1)):
        assert counts(app, client_id, first, second) == [False, True]


def test_the_old_secret_is_ended(app: Flask, admin: Visitor) -> None:
    """One button, which asks first, ends the old secret at once, and twice says that it had ended. It is on record, no secret is."""
    client_id = register(admin)
    first, _page = renew(admin, client_id, keep_old="0")
    second, _page = renew(admin, client_id, keep_old="720")
    page = f"/admin/clients/{client_id}"
    for flash in ("The old secret is void.", "The old secret had ended already."):
        assert "Wherever the app still has the old secret" in admin.text(f"{page}/secret/end-old")
        assert admin.send(f"{page}/secret/end-old").status_code == 303
        assert flash in admin.text(page)
        assert counts(app, client_id, first, second) == [False, True]
    assert "Two secrets count" not in admin.text(page)
    with app.app_context():
        events = session().query(AuditEvent).order_by(AuditEvent.id).all()
    renewed = [event for event in events if event.event == "client.secret_renewed"]
    assert [event.detail["former_ends"] == "now" for event in renewed] == [True, False]
    assert [event.event for event in events].count("client.former_secret_ended") == 1
    assert not any(secret in str(event.detail) for event in events for secret in (first, second))


def test_never_more_than_two(app: Flask, admin: Visitor) -> None:
    """A renewal ends the secret before the last one, and the page says so first; none is kept where that is chosen."""
    client_id = register(admin)
    first, _page = renew(admin, client_id, keep_old="0")
    second, _page = renew(admin, client_id)
    assert "older-secret" in admin.text(f"/admin/clients/{client_id}/secret")
    third, _page = renew(admin, client_id)
    assert counts(app, client_id, first, second, third) == [False, True, True]
    fourth, page = renew(admin, client_id, keep_old="0")
    assert "The old secret is void." in page
    assert counts(app, client_id, second, third, fourth) == [False, False, True]


def test_a_made_up_period_renews_nothing(app: Flask, admin: Visitor) -> None:
    """Only the periods of the page are taken; anything else shows the form again."""
    client_id = register(admin)
    first, _page = renew(admin, client_id, keep_old="0")
    path = f"/admin/clients/{client_id}/secret"
    for period in ("9999", "-1", "x"):
        answer = admin.client.post(path, data=hidden_fields(admin.text(path)) | {"keep_old": period})
        assert answer.status_code == 400
    assert counts(app, client_id, first) == [True]
