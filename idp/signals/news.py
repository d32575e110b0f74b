"""What an event of the audit log means to receivers: which kind of news it is, of whom, and with which members. Pure.

The log tells who acted, so `initiating_entity` and the reason (CAEP 1.0, section 2) come from there. What a receiver may be told of it,
and whether it may know the person at all, is decided elsewhere.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from idp import audit
from idp.clients.mapping.rules import FIELDS
from idp.sessions import ending
from idp.signals import kinds

EMAIL = frozenset({"email", "email_verified"})
# Of a profile: everything that a person says, but for the address, and for the time that says no more than that something has changed.
PROFILE = frozenset({*FIELDS, "phone_number_verified"}) - EMAIL - {"updated_at"}


@dataclass(frozen=True)
class Changed:
    """Which claims may have new values: standard ones, those from custom attributes (None: from any), and where somebody stands."""

    standard: frozenset[str] = frozenset()
    attributes: frozenset[str] | None = frozenset()
    standing: bool = False


@dataclass(frozen=True)
class News:
    """One piece of news. With `sid` it is about that session alone; with `client_id` it is for that client alone."""

    kind: str
    members: Mapping[str, Any] = field(default_factory=dict)
    sid: str | None = None
    client_id: str | None = None
    changed: Changed | None = None
    number: int = 0
    sub: str = ""
    at: datetime | None = None


def read(event: Any) -> list[News]:
    """Return the news in an event of the log: none, one, or several."""
    reader = _READERS.get(event.event)
    if reader is None or event.outcome != audit.SUCCESS or not event.subject:
        return []
    return [
        replace(one, members={**_frame(event), **one.members}, number=event.id, sub=event.subject, at=event.at)
        for one in reader(event)
    ]


def _frame(event: Any) -> dict[str, Any]:
    """Return the members that every kind may have (CAEP 1.0, section 2)."""
    return {"event_timestamp": int(event.at.timestamp()), "initiating_entity": _entity(event)}


def _entity(event: Any) -> str:
    if event.actor is None or event.actor == event.subject:
        return "user"
    return "system" if event.actor.startswith(audit.BY_CLIENT) else "admin"


def _reason(text: str) -> dict[str, Any]:
    return {"reason_admin": {"en": text}}


_ENDINGS = {
    ending.BY_OWNER: "The person ended the session",
    ending.BY_ADMINISTRATOR: "An administrator ended the session",
    ending.PASSWORD_CHANGED: "The password was changed",
    ending.EMAIL_TAKEN_BACK: "A change of the e-mail address was undone",
    ending.DISABLED: "The account was disabled",
    ending.CLOSED: "The person closed the account",
    ending.ERASED: "The account was erased",
    ending.ANOTHER_SIGNED_IN: "Somebody else signed in with the same browser",
}


def _session_ended(event: Any) -> list[News]:
    cause, sid = event.detail.get("cause"), event.detail.get("sid")
    if not sid:
        return []
    text = "The person signed out" if event.event == "signout" else _ENDINGS.get(cause, "The session was ended")
    return [News(kinds.SESSION_REVOKED, _reason(text), sid=sid)]


def _signed_out_everywhere(_event: Any) -> list[News]:
    return [News(kinds.SESSION_REVOKED, _reason("Every session and every app was signed out"))]


def _withdrawn(event: Any) -> list[News]:
    return [
        News(kinds.SESSION_REVOKED, _reason("The person withdrew the access of the app"), client_id=event.client_id)
    ]


def _password(_event: Any) -> list[News]:
    return [_credential("password", "update", "The password was changed")]


def _factor_added(event: Any) -> list[News]:
    return [_credential(kind, "create", "A second factor was added") for kind in _credentials(event)]


def _factors_removed(event: Any) -> list[News]:
    return [_credential(kind, "delete", "A second factor was removed") for kind in _credentials(event)]


def _credentials(event: Any) -> list[str]:
    """Return the types of the credentials in an event of factors, each once (CAEP 1.0, section 3.3.1)."""
    named = str(event.detail.get("credentials") or "").split()
    return [*dict.fromkeys(_CREDENTIALS[name] for name in named if name in _CREDENTIALS)]


_CREDENTIALS = {"authenticator": "app", "passkey": "fido2-platform", "security-key": "fido2-roaming"}


def _credential(kind: str, change: str, text: str) -> News:
    return News(kinds.CREDENTIAL_CHANGE, {"credential_type": kind, "change_type": change, **_reason(text)})


def _disabled(event: Any) -> list[News]:
    return [News(kinds.ACCOUNT_DISABLED)] if event.changes else []


def _closed(_event: Any) -> list[News]:
    return [News(kinds.ACCOUNT_DISABLED)]


def _enabled(event: Any) -> list[News]:
    return [News(kinds.ACCOUNT_ENABLED)] if event.changes else []


def _kept(event: Any) -> list[News]:
    """An operator who opens a closed account enables it besides, and that is told."""
    return [News(kinds.ACCOUNT_ENABLED)] if event.actor is None else []


def _claims(changed: Changed) -> Callable[[Any], list[News]]:
    def read_change(_event: Any) -> list[News]:
        return [News(kinds.TOKEN_CLAIMS_CHANGE, changed=changed)]

    return read_change


def _attributes(event: Any) -> list[News]:
    names = [name.strip() for name in str(event.detail.get("attributes") or "").split(",")]
    return [News(kinds.TOKEN_CLAIMS_CHANGE, changed=Changed(attributes=frozenset(filter(None, names))))]


def _role(event: Any) -> list[News]:
    """A role of one application is nobody else's business."""
    return [News(kinds.TOKEN_CLAIMS_CHANGE, client_id=event.client_id, changed=Changed(standing=True))]


_OF_EMAIL = _claims(Changed(EMAIL))
_OF_STANDING = _claims(Changed(standing=True))
_READERS: Mapping[str, Callable[[Any], list[News]]] = {
    "session.ended": _session_ended,
    "signout": _session_ended,
    "account.signed_out": _signed_out_everywhere,
    "consent.withdrawn": _withdrawn,
    "password.changed": _password,
    "password.reset": _password,
    "factor.added": _factor_added,
    "factor.removed": _factors_removed,
    "factors.reset": _factors_removed,
    "break_glass.used": _factors_removed,
    "account.disabled": _disabled,
    "account.enabled": _enabled,
    "account.erasure_scheduled": _closed,
    "account.kept": _kept,
    "account.profile_changed": _claims(Changed(PROFILE)),
    "account.provisioned": _claims(Changed(PROFILE | EMAIL, attributes=None)),
    "account.attributes_changed": _attributes,
    "email.changed": _OF_EMAIL,
    "email.change_undone": _OF_EMAIL,
    "email.verified": _OF_EMAIL,
    "email.unverified": _OF_EMAIL,
    "group.member_added": _OF_STANDING,
    "group.member_removed": _OF_STANDING,
    "role.given": _role,
    "role.taken": _role,
}
