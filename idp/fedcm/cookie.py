"""The cookie that browsers send with what they ask by FedCM, from pages of other sites, where the session's cookie never comes along.

It holds the digest of the session's secret, sealed: nothing that the session's cookie could be made of, and nothing that another door
reads. It is good as long as that session is, has that very secret, and its account is open and of the same epoch; each use looks.
"""

import base64
import binascii

from flask import Response, after_this_request, request

from idp import sessions
from idp.accounts import lookup
from idp.accounts.models import Account
from idp.base import cookies, crypto
from idp.base.crypto import Unsealable
from idp.base.extensions import vault
from idp.fedcm import switch
from idp.signin.login import SignedIn

PURPOSE = CONTEXT = "fedcm"
STATUS = "Set-Login"  # W3C Login Status API
LONGEST = 200


def note_entered(present: SignedIn) -> None:
    """Give the browser the cookie, and tell it that somebody is signed in here."""
    if not switch.is_on():
        return
    value = seal(crypto.digest(present.get_id()))

    @after_this_request
    def tell(response: Response) -> Response:
        response.headers[STATUS] = "logged-in"
        # Browsers send no other cookie along from another site, and take this one over https or from a loopback address alone.
        response.set_cookie(cookies.name_of(PURPOSE), value, secure=True, httponly=True, samesite="None")
        return response


def note_left(_sender: object = None) -> None:
    """Take the cookie away, and tell the browser that nobody is signed in here."""
    if not switch.is_on():
        return

    @after_this_request
    def tell(response: Response) -> Response:
        response.headers[STATUS] = "logged-out"
        name = cookies.name_of(PURPOSE)
        response.set_cookie(name, "", max_age=0, secure=True, httponly=True, samesite="None")
        return response


def read() -> bytes | None:
    """Return the digest of a session's secret that this request's cookie holds; None where there is none that we made."""
    return open_value(request.cookies.get(cookies.name_of(PURPOSE), ""))


def seal(digest: bytes) -> str:
    """Return the value of the cookie for the digest of a session's secret."""
    return encode(vault().seal(digest, CONTEXT))


def encode(sealed: bytes) -> str:
    """Return sealed bytes as a cookie holds them."""
    return base64.urlsafe_b64encode(sealed).decode()


def open_value(value: str) -> bytes | None:
    """Return what the value of such a cookie holds; None for anything that we did not make."""
    if not value or len(value) > LONGEST or not value.isascii():
        return None
    try:
        return vault().unseal(base64.urlsafe_b64decode(value), CONTEXT)
    except (binascii.Error, Unsealable):
        return None


def find_account(digest: bytes) -> Account | None:
    """Return who is signed in by such a cookie, as `login.load` would find them; that they were looked for is noted nowhere."""
    browser = sessions.look_up(digest)
    account = lookup.find(browser.account_id) if browser is not None else None
    if browser is None or account is None or account.disabled_at is not None or account.token_epoch != browser.epoch:
        return None
    return account
