"""The long-lived cookie by which a browser is recognised at its next sign-in. It signs nobody in.

A browser that an account knows has failure counters of its own, so that strangers cannot lock its owner out; one that it does not
know is reported by mail.
"""

import re

from flask import Response, after_this_request, request

from idp import mail
from idp.accounts import devices
from idp.accounts.models import Account
from idp.base import cookies, crypto, user_agents
from idp.lifetimes import LIFETIMES
from idp.sessions import Device

PURPOSE = "device"
SECRET = re.compile(r"[A-Za-z0-9_-]{43}")


def read() -> str | None:
    """Return the secret of this browser, or None where it has none."""
    secret = request.cookies.get(cookies.name_of(PURPOSE), "")
    return secret if SECRET.fullmatch(secret) else None


def note(account: Account, device: Device, *, tell: bool = True) -> None:
    """Remember this browser for an account that has just signed in, and `tell` the owner of one that is new."""
    known = read()
    secret = known or crypto.new_secret()
    remember(account, secret, device, tell=tell, is_fresh=known is None)

    @after_this_request
    def keep(response: Response) -> Response:
        cookies.put(response, cookies.name_of(PURPOSE), secret, LIFETIMES.known_device)
        return response


def remember(account: Account, mark: str, device: Device, *, tell: bool = True, is_fresh: bool = False) -> None:
    """Remember what a sign-in came from by its `mark`, and `tell` the owner of one that is new; the very first is not.

    A mark that `is_fresh` was made for this sign-in.
    """
    is_new = devices.remember(account.id, mark, device.user_agent, is_fresh=is_fresh)
    if tell and is_new and devices.has_others(account.id, mark):
        mail.new_device(account, source=device.source, device=user_agents.describe(device.user_agent))
