"""The overview, the audit log and the queue of deliveries."""

import re
from pathlib import Path

import pytest
from flask import Flask

from tests.admin.conftest import Making, Visitor, register


@pytest.fixture
def queue(app: Flask) -> None:
    """A waiting, a failed and a delivered mail, and one to nobody."""
    from idp import outbox
    from idp.base import clock
    from idp.base.database import commit, session

    with app.app_context():
        for name in ("waiting", "failed", "delivered"):
            outbox.put("mail", f"{name}@example.com", "verify_email", {"text": "secret code 123456"})
        outbox.put("nobody", "ghost@example.com", "reset_password", {})
        for row in session().scalars(outbox.queue()):
            if row.recipient.startswith("failed"):
                row.failed_at, row.next_attempt_at, row.attempts = clock.now(), None, 10
                row.last_error = "the mail server refused the recipient (550)"
            if row.recipient.startswith("delivered"):
                row.delivered_at, row.next_attempt_at, row.sealed_payload = clock.now(), None, None
        commit()


def number_of(page: str, what: str) -> int:
    """Return the number in the overview's row of this name."""
    match = re.search(rf"scope=\"row\"[^<]*<div>\s*<a[^>]*>{what}</a>.*?<td[^>]*>\s*<div>(\d+)</div>", page, re.DOTALL)
    assert match, what
    return int(match[1])


@pytest.mark.usefixtures("queue")
def test_the_overview_counts(app: Flask, admin: Visitor, add_account: Making) -> None:
    """The numbers are those of the database; what goes to nobody is not counted."""
    from idp import keys

    with app.app_context():
        keys.ensure()
    add_account("eve@example.com")
    page = admin.text("/admin")
    assert number_of(page, "Accounts") == 2
    assert number_of(page, "Clients") == 0
    assert number_of(page, "Waiting deliveries") == 1
    assert number_of(page, "Failed deliveries") == 1
    assert number_of(page, "Signing keys in use") == 8


@pytest.mark.usefixtures("queue")
def test_the_mail_queue_hides_what_goes_to_nobody(admin: Visitor) -> None:
    """The queue shows state and last error, but neither the text of a mail nor deliveries to nobody."""
    page = admin.text("/admin/mail")
    assert "3 deliveries" in page
    assert "refused the recipient (550)" in page
    assert "ghost@example.com" not in page
    assert "123456" not in page


@pytest.mark.usefixtures("queue")
@pytest.mark.parametrize("state", ["waiting", "failed", "delivered"])
def test_the_mail_queue_is_narrowed(admin: Visitor, state: str) -> None:
    """One state at a time, and a search by recipient."""
    page = admin.text(f"/admin/mail?state={state}")
    assert "1 delivery" in page
    assert f"{state}@example.com" in page
    assert f"{state}@example.com" in admin.text(f"/admin/mail?q={state.upper()}")


@pytest.mark.usefixtures("queue")
def test_a_failed_mail_is_tried_again(app: Flask, admin: Visitor) -> None:
    """A failed message is due at once; a delivered or unknown one cannot be retried."""
    from idp import outbox
    from idp.base.database import session

    with app.app_context():
        ids = {row.recipient.partition("@")[0]: row.id for row in session().scalars(outbox.queue())}
    answer = admin.send("/admin/mail", f"/admin/mail/{ids['failed']}/retry")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/mail")
    with app.app_context():
        row = session().get(outbox.Delivery, ids["failed"])
        assert row is not None
        assert (row.state, row.attempts) == ("waiting", 0)
        assert row.next_attempt_at is not None
    assert admin.send("/admin/mail", f"/admin/mail/{ids['delivered']}/retry").status_code == 404
    assert admin.send("/admin/mail", f"/admin/mail/{2**63 - 1}/retry").status_code == 404
    assert admin.send("/admin/mail", f"/admin/mail/{2**70}/retry").status_code == 404


@pytest.mark.usefixtures("queue")
def test_what_was_struck_out_is_not_tried_again(app: Flask, admin: Visitor) -> None:
    """A failed mail whose text is gone, since its recipient was erased, is listed without a button."""
    from idp import outbox
    from idp.base.database import commit

    assert "/retry" in admin.text("/admin/mail?state=failed")
    with app.app_context():
        outbox.forget(["failed@example.com"])
        commit()
    page = admin.text("/admin/mail?state=failed")
    assert "1 delivery" in page
    assert "/retry" not in page


def test_sign_out_notices_name_their_app(app: Flask, admin: Visitor) -> None:
    """A notice shows its app's name, leads to it, and is found by it; of an app that was deleted its identifier is left."""
    from idp import outbox
    from idp.base.database import commit

    client_id = register(admin, client_name="Tea House")
    with app.app_context():
        for recipient in (client_id, "gone"):
            outbox.put("logout_token", recipient, "logout_token", {"sub": "ann", "sid": "secret session"})
        commit()
    page = admin.text("/admin/mail")
    assert "2 deliveries" in page
    assert re.search(rf'<a href="/admin/clients/{client_id}">Tea House</a>.*?Sign-out notice', page, re.DOTALL)
    assert "gone" in page
    assert "secret session" not in page
    found = admin.text("/admin/mail?q=tea+h&state=waiting")
    assert "1 delivery" in found
    assert "Tea House" in found


def test_every_mail_has_words(app: Flask) -> None:
    """Each message that the house can send has a name in the queue's list."""
    from idp import mail
    from idp.admin import system

    source = "".join(path.read_text() for path in Path(mail.__file__).parent.glob("*.py"))
    labels = set(re.findall(r'\b(?:put|notify)\(\s*to, "(\w+)"', source))
    assert "app_withdrawn" in labels
    with app.test_request_context():
        assert labels - system._labels().keys() == set()
