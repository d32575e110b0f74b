"""Tickets: signed hidden fields that make a form work once, so that a reload changes nothing."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import current_app
from itsdangerous import BadData

from idp import replay
from idp.base import clock, crypto
from idp.base.seals import PatientSerializer

LONGEST_AGE = 12 * 3600  # seconds


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


def of_values(values: Mapping[str, Any]) -> str:
    """Return a ticket that holds values, which whoever has it can read, and nobody can change."""
    return _signer("values").dumps(dict(values))


def read_values(ticket: str | None) -> dict[str, Any] | None:
    """Return the values of a ticket, or None where it is damaged or too old."""
    try:
        return dict(_signer("values").loads(ticket or "", max_age=LONGEST_AGE))
    except BadData:
        return None


def new() -> str:
    """Return a ticket that is good once."""
    return _signer("once").dumps(crypto.new_secret())


def spend(ticket: str | None) -> bool:
    """Use a ticket of `new` up; return False where it was used before, is damaged or too old. Of parallel calls one succeeds."""
    value = _read("once", ticket)
    return value is not None and replay.claim("ticket", value, clock.now() + timedelta(seconds=LONGEST_AGE))


def _read(purpose: str, ticket: str | None) -> str | None:
    try:
        return str(_signer(purpose).loads(ticket or "", max_age=LONGEST_AGE))
    except BadData:
        return None


def _signer(purpose: str) -> PatientSerializer:
    return PatientSerializer(current_app.config["SECRET_KEY"], salt=f"admin/{purpose}")
