"""Who calls, at whichever door: a person's browser (a request of Flask's) or a program (`door`)."""

from flask import has_request_context, request

from idp.base import addresses
from idp.base.door.asked import present


def is_there() -> bool:
    """Return whether a request is being answered; a command, a delivery and the start of a process answer none."""
    return present() is not None or has_request_context()


def source() -> str:
    """Return the caller's address in its one spelling, after trusted proxies."""
    asked = present()
    return addresses.read((asked.address if asked is not None else request.remote_addr) or "") or addresses.UNKNOWN
