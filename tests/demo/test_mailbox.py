"""The mail catcher shows what waits in the outbox, and nothing else."""

import pytest
from flask import Flask

from idp import mail, outbox
from idp.base import database
from idp.base.crypto import Vault
from idp.demo.mailbox import create_mailbox


def put(app: Flask, recipient: str, text: str, kind: str = mail.MAIL) -> None:
    """Queue a mail."""
    with app.test_request_context():
        outbox.put(kind, recipient, "a_label", {"subject": f"For {recipient}", "text": text, "html": ""})
        database.commit()


def test_mails_are_shown_newest_first_with_their_links(app: Flask) -> None:
    """Recipient, subject and text are shown, addresses in the text as links, markup as text; what goes to nobody is not."""
    put(app, "ann@example.com", "Open <b>this</b>: http://127.0.0.1:5000/verify/link?token=abc&x=1\n")
    put(app, "bob@example.com", "Code 123456")
    put(app, "nobody@example.com", "a secret", kind=mail.NOBODY)
    page = create_mailbox(app).test_client().get("/").text
    assert page.index("For bob@example.com") < page.index("For ann@example.com")
    assert '<a href="http://127.0.0.1:5000/verify/link?token=abc&amp;x=1">' in page
    assert "&lt;b&gt;this" in page
    assert "a secret" not in page


def test_the_page_says_where_mails_go(app: Flask) -> None:
    """Without a mail server the page says that nothing was sent; with one it names the server."""
    browser = create_mailbox(app).test_client()
    assert "not sent" in browser.get("/").text
    app.extensions["idp.settings"].mail_server = "mail.example.com"
    assert "mail.example.com" in browser.get("/").text


def test_a_mail_of_another_secret_does_no_harm(app: Flask) -> None:
    """A mail that was sealed under another IDP_SECRET_KEY is listed without its text."""
    put(app, "ann@example.com", "Code 123456")
    app.extensions["idp.vault"] = Vault("another secret of the tests, just as long as the first")
    page = create_mailbox(app).test_client().get("/")
    assert page.status_code == 200
    assert "ann@example.com" in page.text
    assert "123456" not in page.text


@pytest.mark.parametrize("host", ["evil.example", "evil.example:5002"])
def test_a_foreign_name_is_refused(app: Flask, host: str) -> None:
    """No web page reads mails by rebinding its own name to loopback."""
    browser = create_mailbox(app).test_client()
    assert browser.get("/", headers={"Host": host}).status_code == 400
    assert browser.get("/", headers={"Host": "127.0.0.1:5002"}).status_code == 200
