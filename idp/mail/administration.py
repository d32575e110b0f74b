"""Notices of what administrators and operators do: to the person concerned, and to those who could put it right."""

from flask_babel import gettext as _

from idp.base.extensions import settings
from idp.mail.frame import Owner, notify


def by_administration(to: Owner, label: str, *, subject: str, said: str) -> None:
    """Tell somebody what an administrator or the operator did to the account."""
    advice = _("If you did not expect this, or think that it is wrong, ask an administrator. Your account is here:")
    link = (f"{settings().issuer}/account", _("Open my account"))
    notify(to, label, subject, said, None, advice=advice, link=link)


def to_administrators(to: Owner, *, said: str, by: str, path: str) -> None:
    """Tell an administrator what was done to the rights or the safety of this server, by whom, and where it is looked at."""
    advice = _("If you do not know why, look into it at once:")
    link = (f"{settings().issuer}{path}", _("Open the administration"))
    subject = _("Notice to administrators")
    notify(to, "administrators_told", subject, said, None, by=by, advice=advice, link=link)
