"""What every mail stands in: whom it is for, and how it is rendered, as text and as HTML, into the outbox.

Links are built from the issuer, never from the Host header.
"""

from dataclasses import dataclass
from typing import Any, Protocol

from flask import render_template
from flask_babel import gettext as _

from idp import outbox
from idp.base import clock, letters
from idp.base.extensions import settings

MAIL, NOBODY = "mail", "nobody"


@dataclass(frozen=True)
class Counted:
    """An address that gets a message at somebody's wish, and was counted for it. `accounts.mailing` alone makes these."""

    address: str


class Owner(Protocol):
    """Whom a notice is for: an account, for instance."""

    @property
    def email(self) -> str:
        """The address."""

    @property
    def is_verified(self) -> bool:
        """Whether somebody proved to own the address."""


@dataclass(frozen=True)
class Proved:
    """The owner of an address that an account had, and had proved."""

    email: str
    is_verified: bool = True


def put(to: str, label: str, subject: str, kind: str = MAIL, *, template: str | None = None, **values: Any) -> None:
    """Queue a message: the templates of `template`, else of the label, with these values."""
    template = template or label
    values |= {"issuer": settings().issuer, "subject": subject, "service": letters.SERVICE}
    payload = {
        "subject": f"{letters.SERVICE}: {subject}",
        "message_id": letters.new_id(settings().mail_default_sender),
        "text": render_template(f"mail/{template}.txt", **values),
        "html": render_template(f"mail/{template}.html", **values),
    }
    outbox.put(kind, to, label, payload)


def notify(
    to: Owner,
    label: str,
    subject: str,
    said: str,
    source: str | None,
    *,
    device: str | None = None,
    by: str | None = None,
    advice: str | None = None,
    link: tuple[str, str] | None = None,
) -> None:
    """Send a security notice: what happened, when, from where, and what to do if it was somebody else.

    Where nobody has proved the address it is a stranger's for all we know, and gets none.
    """
    if not to.is_verified:
        return
    facts = [(_("When:"), clock.now().strftime("%d %B %Y, %H:%M UTC"))]
    facts += [(_("From:"), source)] if source else []
    facts += [(_("Browser:"), device)] if device else []
    facts += [(_("By:"), by)] if by else []
    url, url_label = link or (f"{settings().issuer}/reset", _("Choose a new password"))
    advice = advice or _("If it was you, there is nothing to do. If it was not you, choose a new password at once:")
    values: dict[str, Any] = {
        "sentences": [said],
        "facts": facts,
        "advice": advice,
        "link": url,
        "link_label": url_label,
    }
    put(to.email, label, subject, template="notice", **values)
