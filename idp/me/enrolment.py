"""What the pages of second factors share: where they lead on to, that something was changed, and recovery codes until they are saved.

All of it waits in the browser's cookie and nowhere else. The codes are sealed there, bound to the session, and last half an hour.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime

from flask import session
from werkzeug.wrappers import Response

from idp.accounts.models import Account
from idp.base import clock
from idp.base.crypto import Unsealable
from idp.base.extensions import vault
from idp.base.http import source
from idp.factors import service as factors
from idp.lifetimes import LIFETIMES
from idp.me.navigation import person
from idp.signin import login
from idp.signin.pages import go, with_next

OVERVIEW = "/account/security"
CODES = "/account/security/recovery-codes"
CONTINUE_TO, CHANGED, SEALED_CODES, PUT_OFF = login.KEPT


def is_offered(account: Account) -> bool:
    """Return whether to offer a first second factor: until there is one, or the offer was put off in this browser."""
    return not account.has_second_factor and not session.get(PUT_OFF)


def put_off() -> None:
    """Offer none any more while this browser stays signed in."""
    session[PUT_OFF] = True


def wait_for(path: str | None) -> None:
    """Remember the local path that waits for a second factor; None forgets an earlier one."""
    if path is not None:
        session[CONTINUE_TO] = path
    else:
        session.pop(CONTINUE_TO, None)


def waiting() -> str | None:
    """Return the path that waits for a second factor: it may end at an application, where the forms of a page must then lead."""
    path: str | None = session.get(CONTINUE_TO)
    return path


def overview() -> str:
    """Return the overview's path, with what waits for a second factor."""
    return with_next(OVERVIEW, waiting())


def go_on() -> Response:
    """Lead to what waits for a second factor, or back to the overview."""
    return go(session.pop(CONTINUE_TO, OVERVIEW))


def arrive(account: Account) -> Response:
    """Go on after a factor was added: to new recovery codes for somebody who has none left, else to what waits."""
    note_change()
    if factors.of(account).codes_left:
        return go_on()
    keep_codes(factors.renew_codes(account, source=source(), tell=False))
    return go(CODES)


def note_change() -> None:
    """Let the overview offer once to end all other sessions."""
    session[CHANGED] = True


def was_changed() -> bool:
    """Return whether factors were changed since this was asked last."""
    return bool(session.pop(CHANGED, False))


def keep_codes(codes: list[str]) -> None:
    """Keep new recovery codes for the page that shows them."""
    expires_at = int((clock.now() + LIFETIMES.enrolment).timestamp())
    plain = expires_at.to_bytes(8, "big") + "\n".join(codes).encode()
    session[SEALED_CODES] = urlsafe_b64encode(vault().seal(plain, _context())).decode()


def kept_codes() -> list[str]:
    """Return the new recovery codes that are still to be saved; none once they were, or after half an hour."""
    try:
        plain = vault().unseal(urlsafe_b64decode(session.get(SEALED_CODES, "")), _context())
    except (ValueError, Unsealable):
        return []
    expires_at = datetime.fromtimestamp(int.from_bytes(plain[:8], "big"), UTC)
    return plain[8:].decode().split("\n") if expires_at > clock.now() else []


def forget_codes() -> None:
    """Wipe the new recovery codes: they were saved, or void."""
    session.pop(SEALED_CODES, None)


def _context() -> str:
    return f"recovery-codes/{person().browser.id}"
