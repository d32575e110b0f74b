"""The mail catcher of `make run`: shows the mails that wait in the outbox because no mail server is configured."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask, render_template
from markupsafe import Markup, escape

from idp import outbox
from idp.base.crypto import Unsealable
from idp.base.database import reading
from idp.base.extensions import settings
from idp.demo.frame import make_app
from idp.outbox import Delivery

SHOWN = 50
LINK = re.compile(r"https?://[^\s<>\"]+")


def create_mailbox(provider: Flask) -> Flask:
    """Return the catcher's application; it reads the provider's database and writes nothing."""
    app = make_app("mail catcher")
    app.add_url_rule("/", "show_mails", lambda: _show_mails(provider))
    return app


def link_up(text: str) -> Markup:
    """Return a mail's text with its addresses as links."""
    parts: list[str] = []
    end = 0
    for found in LINK.finditer(text):
        address = escape(found[0])
        parts += [escape(text[end : found.start()]), Markup('<a href="{0}">{0}</a>').format(address)]
        end = found.end()
    return Markup("").join([*parts, escape(text[end:])])


def _show_mails(provider: Flask) -> str:
    with _mails(provider) as (server, mails):
        return render_template("mailbox.html", mails=mails, server=server)


@contextmanager
def _mails(provider: Flask) -> Iterator[tuple[str | None, list[dict[str, object]]]]:
    """Read the newest mails inside the provider's context, since they are sealed under its secret."""
    with provider.app_context(), reading() as own:
        rows = own.scalars(outbox.queue().where(Delivery.kind == "mail").limit(SHOWN)).all()
        mails = []
        for row in rows:
            payload = _read(row)
            mails.append(
                {
                    "to": row.recipient,
                    "at": row.created_at,
                    "state": row.state,
                    "subject": payload["subject"] if payload else row.label,
                    "text": link_up(payload["text"]) if payload else None,
                }
            )
        server = settings().mail_server
    yield server, mails


def _read(row: Delivery) -> dict[str, Any] | None:
    try:
        return outbox.read(row)
    except Unsealable:  # it was written under another IDP_SECRET_KEY
        return None
