"""Tickets: signed hidden fields that make a form work once, so that a reload changes nothing."""

from flask import current_app
from itsdangerous import BadData, URLSafeTimedSerializer

from idp.base import crypto

LONGEST_AGE = 12 * 3600  # seconds; as long as a form's CSRF token


def new_client_id() -> str:
    """Return a sealed client identifier, chosen when the form is shown: sent twice, the second finds it taken."""
    return _signer("new-client").dumps(crypto.new_secret()[:22])


def read_client_id(ticket: str | None) -> str | None:
    """Return the identifier of a ticket, or None where it is damaged or too old."""
    return _read("new-client", ticket)


def of_state(state: str) -> str:
    """Return a ticket that is good only while something is in this state."""
    return _signer("state").dumps(state)


def is_of_state(ticket: str | None, state: str) -> bool:
    """Return whether a ticket was given for this very state."""
    return _read("state", ticket) == state


def _read(purpose: str, ticket: str | None) -> str | None:
    try:
        return str(_signer(purpose).loads(ticket or "", max_age=LONGEST_AGE))
    except BadData:
        return None


def _signer(purpose: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt=f"admin/{purpose}")
