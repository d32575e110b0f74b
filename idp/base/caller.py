"""Who calls, at whichever door: a person's browser (a request of Flask's) or a program (`door`)."""

import re
import secrets
from typing import Any

from flask import current_app, has_request_context, request

from idp.base import addresses
from idp.base.door.asked import present

REFERENCE = "idp.reference"  # in the environment of a request
# What a trusted proxy may call a request in X-Request-ID.
_NAMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{7,63}")


def is_there() -> bool:
    """Return whether a request is being answered; a command, a delivery and the start of a process answer none."""
    return present() is not None or has_request_context()


def source() -> str:
    """Return the caller's address in its one spelling, after trusted proxies."""
    asked = present()
    return addresses.read((asked.address if asked is not None else request.remote_addr) or "") or addresses.UNKNOWN


def reference() -> str:
    """Return by which a request is known in the log and on error pages: what a trusted proxy calls it, or twelve random digits."""
    environ = _environ()
    if environ is None:
        return secrets.token_hex(6)
    if REFERENCE not in environ:
        environ[REFERENCE] = _given(environ) or secrets.token_hex(6)
    return str(environ[REFERENCE])


def known_reference() -> str | None:
    """Return the reference of the request that is being answered; None where none is."""
    return reference() if is_there() else None


def _environ() -> dict[str, Any] | None:
    asked = present()
    if asked is not None:
        return asked.environ
    return request.environ if has_request_context() else None


def _given(environ: dict[str, Any]) -> str | None:
    if not current_app.extensions["idp.settings"].trusted_proxies:
        return None
    named = environ.get("HTTP_X_REQUEST_ID", "")
    return named if _NAMED.fullmatch(named) else None
