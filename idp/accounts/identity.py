"""What people are called: the rules of e-mail addresses, usernames, names and pictures."""

import re
from urllib.parse import urlsplit

import email_validator
from sqlalchemy import func, select

from idp.accounts.models import Account, SignUp
from idp.base import clock
from idp.base.database import session
from idp.base.outcome import Reason, Refused

USERNAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,19}")
LONGEST_NAME = 100

# An identity provider also serves closed networks, whose addresses end in .local, .test or a bare host name.
email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()


def read_email(text: str) -> str | Refused:
    """Return the canonical form of an address (lower case, ASCII domain), in which addresses are compared and stored.

    Refusal: EMAIL_INVALID; also for a local part outside ASCII, which most mail servers do not take.
    """
    if len(text) > 320:  # before it is normalised, which takes quadratic time on combining marks
        return Refused(Reason.EMAIL_INVALID, "email")
    try:
        parsed = email_validator.validate_email(text.strip(), check_deliverability=False, globally_deliverable=False)
    except email_validator.EmailNotValidError:
        return Refused(Reason.EMAIL_INVALID, "email")
    if parsed.ascii_email is None or len(parsed.ascii_email) > 254:
        return Refused(Reason.EMAIL_INVALID, "email")
    return parsed.ascii_email.lower()


def check_username(username: str, *, but: int | None = None) -> Refused | None:
    """Refuse a malformed or taken username; `but` is the account that may keep its own."""
    if not USERNAME.fullmatch(username):
        return Refused(Reason.USERNAME_INVALID, "username")
    folded = username.lower()
    account = session().scalar(select(Account.id).where(func.lower(Account.username) == folded))
    if account is not None and account != but:
        return Refused(Reason.USERNAME_TAKEN, "username")
    # An attempt to sign up holds its username too: otherwise a second attempt would tell whether the first one's address
    # was taken.
    held = select(SignUp.account_id).where(SignUp.username == folded, SignUp.expires_at > clock.now())
    for holder in session().scalars(held):
        if holder is None or holder != but:
            return Refused(Reason.USERNAME_TAKEN, "username")
    return None


def check_name(name: str, field: str) -> Refused | None:
    """Refuse a name that is too long or cannot be printed."""
    if len(name) > LONGEST_NAME or not name.isprintable():
        return Refused(Reason.NAME_TOO_LONG, field)
    return None


def check_picture(picture: str, *, relative: bool = False) -> Refused | None:
    """Refuse a picture that is no https address; `relative` lets a relative reference pass too (RFC 3986, section 4.2).

    An older interface promises that to its callers, who know what it is relative to.
    """
    try:
        parts = urlsplit(picture)
    except ValueError:
        return Refused(Reason.PICTURE_INVALID, "picture")
    is_address = parts.scheme == "https" and bool(parts.netloc)
    is_reference = relative and not parts.scheme and not parts.netloc and "\\" not in picture
    if not (is_address or is_reference) or len(picture) > 2000 or not picture.isprintable():
        return Refused(Reason.PICTURE_INVALID, "picture")
    return None
