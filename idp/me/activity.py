"""A person's security events in plain words. An event without words here shows its own name, so that none is hidden."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _

from idp import audit
from idp.audit import AuditEvent
from idp.clients import service as clients


@dataclass(frozen=True)
class Activity:
    """One line of the list; `is_bad` where something was refused."""

    at: datetime
    what: str
    by: str
    source: str
    is_bad: bool


def recent(sub: str) -> list[Activity]:
    """Return the newest fifty events of a person."""
    events = audit.recent(sub)
    sentences = _sentences()
    names = _client_names(event.client_id for event in events)
    return [_tell(event, sentences, names) for event in events]


def _tell(event: AuditEvent, sentences: dict[tuple[str, str], str], names: dict[str, str]) -> Activity:
    what = sentences.get((event.event, event.outcome), event.event)
    if event.client_id:
        what = _("%(event)s: %(app)s", event=what, app=names[event.client_id])
    by_another = event.actor is not None and event.actor != event.subject
    return Activity(
        at=event.at,
        what=what,
        by=_("An administrator") if by_another else "",
        source=event.source or "",
        is_bad=event.outcome == audit.FAILURE,
    )


def _client_names(client_ids: Iterable[str | None]) -> dict[str, str]:
    names = {}
    for client_id in {client_id for client_id in client_ids if client_id}:
        client = clients.get(client_id)
        names[client_id] = client.client_name if client else client_id
    return names


def _sentences() -> dict[tuple[str, str], str]:
    done = {
        "account.created": _("Your account was created"),
        "account.disabled": _("Your account was disabled"),
        "account.enabled": _("Your account was enabled again"),
        "account.profile_changed": _("Your profile was changed"),
        "account.signed_out": _("Every browser and app was signed out"),
        "account.signed_up": _("You signed up"),
        "account.unlocked": _("The wait after wrong passwords was lifted"),
        "administrator.created": _("You became an administrator"),
        "administrator.withdrawn": _("You are no administrator any more"),
        "consent.given": _("You allowed an app to use your account"),
        "consent.withdrawn": _("You withdrew what you had allowed an app"),
        "email.verified": _("You confirmed your e-mail address"),
        "password.changed": _("Your password was changed"),
        "password.reset": _("You chose a new password by a mailed link or code"),
        "password.reset_requested": _("A message to reset your password was asked for"),
        "password.reset_started": _("A link to choose a password was made for you"),
        "session.ended": _("One browser was signed out"),
        "signin": _("You signed in"),
        "signout": _("You signed out"),
    }
    failed = {
        "password.checked": _("A wrong password was typed"),
        "signin": _("A sign-in was refused, because the account was disabled"),
    }
    return {(event, audit.SUCCESS): text for event, text in done.items()} | {
        (event, audit.FAILURE): text for event, text in failed.items()
    }
