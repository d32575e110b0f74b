"""The outbox: through a real SMTP server, with bad recipients, silent servers and restarts."""

import email
import email.policy
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from idp import create_app, mail, outbox, serving
from idp.base import clock, letters
from idp.base.database import commit, rollback, session
from idp.outbox import Delivery
from tests.conftest import dispose
from tests.support.smtp import SmtpServer


@pytest.fixture
def mailing_app(app: Flask, smtp_server: SmtpServer) -> Iterator[Flask]:
    """An application that delivers to the SMTP server of the tests."""
    settings = app.extensions["idp.settings"].model_copy(
        update={"mail_server": smtp_server.host, "mail_port": smtp_server.port}
    )
    application = create_app(settings)
    with application.test_request_context():
        yield application
    dispose(application)


def put(to: str) -> None:
    """Queue a mail and commit."""
    mail.verify_email(mail.Counted(to), link="https://id.example.com/verify/link?token=abc", code="123456")
    commit()


def states() -> dict[str, str]:
    """Return the state of each delivery by recipient."""
    return {row.recipient: row.state for row in session().scalars(outbox.queue())}


def test_a_mail_arrives_and_its_content_is_wiped(mailing_app: Flask, smtp_server: SmtpServer) -> None:
    """A queued mail arrives with text and HTML, from the sender of the settings; afterwards its content is gone here."""
    put("ann@example.com")
    assert serving.deliver_once(mailing_app) == 1
    (caught,) = smtp_server.wait_for(1)
    assert "123456" in caught.text
    assert "token=abc" in caught.html
    row = session().scalars(outbox.queue()).one()
    session().refresh(row)
    assert (row.state, row.sealed_payload) == ("delivered", None)
    commit()
    assert serving.deliver_once(mailing_app) == 0


def test_a_mail_says_who_sent_it_and_that_a_program_did(mailing_app: Flask, smtp_server: SmtpServer) -> None:
    """The service is named in sender and subject, receivers that answer by themselves are told not to, and identifier and date are good."""
    put("ann@example.com")
    serving.deliver_once(mailing_app)
    (caught,) = smtp_server.wait_for(1)
    message = caught.message
    assert str(message["From"]) == "Gatehouse <no-reply@localhost.localdomain>"
    assert caught.sender == "no-reply@localhost.localdomain"
    assert caught.subject == "Gatehouse: Confirm your e-mail address"
    assert str(message["To"]) == "ann@example.com"
    assert (message["Auto-Submitted"], message["X-Auto-Response-Suppress"]) == ("auto-generated", "All")
    assert re.fullmatch(r"<\S+@localhost\.localdomain>", str(message["Message-ID"]))
    assert abs(message["Date"].datetime - clock.now()) < timedelta(minutes=2)
    assert [message[name] for name in ("In-Reply-To", "Reply-To", "List-Unsubscribe", "Precedence")] == [None] * 4
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert "Gatehouse" in caught.text.splitlines()
    assert "Gatehouse" in caught.html


def test_a_mail_is_ascii_on_the_wire_whatever_it_says() -> None:
    """Names, subjects and sentences of any script come out whole, and nothing but ASCII in short lines goes to the server."""
    payload = {"subject": "Größe\r\nBcc: eve@example.com " + "ж" * 90, "text": "Ж" * 2000, "html": "<p>é</p>" * 500}
    letter = letters.write("ann@example.com", payload, "Пример Ünï, GmbH <no-reply@id.example.com>")
    raw = letter.as_bytes()
    assert raw.isascii()
    assert max(len(line) for line in raw.split(b"\r\n")) <= 78
    message = email.message_from_bytes(raw, policy=email.policy.SMTP)
    assert message["From"].addresses[0].display_name == "Пример Ünï, GmbH"
    assert message["From"].addresses[0].addr_spec == "no-reply@id.example.com"
    assert str(message["Subject"]).startswith("Größe Bcc: eve@example.com ж")
    assert message["Bcc"] is None
    assert str(message["Message-ID"]).endswith("@id.example.com>")
    body = message.get_body(("plain",))
    assert body is not None
    assert body.get_content().strip() == "Ж" * 2000


def test_a_mail_that_is_sent_again_keeps_its_identifier(mailing_app: Flask, smtp_server: SmtpServer) -> None:
    """After a failure the same message goes out, which mail programs recognise by its Message-ID."""
    put("ann@example.com")
    (row,) = session().scalars(outbox.queue())
    payload = outbox.read(row)
    commit()
    assert payload is not None
    smtp_server.drop_connections()
    serving.deliver_once(mailing_app)
    smtp_server.drop_connections(False)
    with clock.moved(timedelta(minutes=2)):
        serving.deliver_once(mailing_app)
        (caught,) = smtp_server.wait_for(1)
    assert str(caught.message["Message-ID"]) == payload["message_id"]


def test_one_bad_address_never_blocks_the_rest(mailing_app: Flask, smtp_server: SmtpServer) -> None:
    """A recipient that the server refuses for good fails at once; the others are delivered in the same round."""
    smtp_server.refuse("bad@example.com")
    for address in ("bad@example.com", "good@example.com"):
        put(address)
    serving.deliver_once(mailing_app)
    session().expire_all()
    assert states() == {"bad@example.com": "failed", "good@example.com": "delivered"}


def test_a_broken_server_is_tried_again_later(mailing_app: Flask, smtp_server: SmtpServer) -> None:
    """While the server hangs up the mail waits with backoff; when it is back the mail arrives."""
    smtp_server.drop_connections()
    put("ann@example.com")
    assert serving.deliver_once(mailing_app) == 1
    assert serving.deliver_once(mailing_app) == 0
    smtp_server.drop_connections(False)
    with clock.moved(timedelta(seconds=11)):
        assert serving.deliver_once(mailing_app) == 1
    smtp_server.wait_for(1)


def test_a_worker_that_dies_loses_nothing(mailing_app: Flask, smtp_server: SmtpServer) -> None:
    """A delivery claimed by a worker that died is taken up again after its claim has run out."""
    put("ann@example.com")
    assert outbox._claim() is not None
    commit()
    assert serving.deliver_once(mailing_app) == 0
    with clock.moved(timedelta(minutes=3)):
        assert serving.deliver_once(mailing_app) == 1
    smtp_server.wait_for(1)


def test_a_mail_belongs_to_its_transaction(mailing_app: Flask) -> None:
    """A rolled-back transaction sends nothing."""
    mail.verify_email(mail.Counted("ann@example.com"), link="https://id.example.com/", code="123456")
    rollback()
    assert states() == {}


def test_what_goes_to_nobody_is_not_sent(mailing_app: Flask, smtp_server: SmtpServer) -> None:
    """The work done for an unknown address ends in the queue, not at the mail server."""
    mail.reset_password(mail.Counted("nobody@example.com"), link="https://id.example.com/", code="123456", really=False)
    commit()
    serving.deliver_once(mailing_app)
    assert smtp_server.messages == []


def test_without_a_mail_server_everything_waits(app: Flask) -> None:
    """Without IDP_MAIL_SERVER messages wait, sealed: the database holds no readable code."""
    with app.test_request_context():
        put("ann@example.com")
        assert serving.deliver_once(app) == 0
        row = session().get_one(Delivery, session().scalars(outbox.queue()).one().id)
        assert row.state == "waiting"
        assert row.sealed_payload is not None
        assert b"123456" not in row.sealed_payload


def test_an_administrator_retries_a_failed_mail(mailing_app: Flask, smtp_server: SmtpServer, tmp_path: Path) -> None:
    """A failed delivery can be made due again."""
    smtp_server.refuse("ann@example.com", "451 4.3.0 Try later")
    put("ann@example.com")
    serving.deliver_once(mailing_app)
    smtp_server.clear()
    (row,) = session().scalars(outbox.queue())
    assert outbox.retry(row.id)
    commit()
    assert serving.deliver_once(mailing_app) == 1
    smtp_server.wait_for(1)
