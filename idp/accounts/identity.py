"""What people are called: the rules of e-mail addresses, usernames, names and pictures."""

import re
from urllib.parse import urlsplit

import email_validator
from sqlalchemy import select

from idp.accounts import names, reserved
from idp.accounts.models import Account, SignUp
from idp.base import clock, writing
from idp.base.database import session
from idp.base.outcome import Reason, Refused
from idp.base.writing import Fault

USERNAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,19}")
LONGEST_NAME = 100
LONGEST_IDENTIFIER = 320  # characters of an address or a username that are looked at
FAULTS = {
    Fault.CONTROL: Reason.TEXT_CONTROL,
    Fault.TURNING: Reason.TEXT_TURNING,
    Fault.INVISIBLE: Reason.TEXT_INVISIBLE,
}

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
    return fold(parsed.ascii_email)


def fold(name: str) -> str:
    """Return the one form in which usernames and addresses are compared, stored for it, and looked up: `writing.fold`.

    Longer than any of them can be, a text names nobody; it is cut before it is normalised, which takes quadratic time.
    """
    return writing.fold(name.strip()[:LONGEST_IDENTIFIER])


def check_username(username: str, *, but: int | None = None, by_operator: bool = False) -> Refused | None:
    """Refuse a malformed or taken username; `but` is the account that may keep its own, or take back what it had.

    Taken is also what somebody else left within a year, and, unless an operator gives it, what is reserved.
    """
    if not USERNAME.fullmatch(username):
        return Refused(Reason.USERNAME_INVALID, "username")
    folded = fold(username)
    # The accounts first: a name that is left in between is held by the time that it is asked about.
    account = session().scalar(select(Account.id).where(Account.username_folded == folded))
    if account != but if account is not None else not _is_free(username, but, by_operator):
        return Refused(Reason.USERNAME_TAKEN, "username")
    # An attempt to sign up holds its username too: otherwise a second attempt would tell whether the first one's address
    # was taken.
    held = select(SignUp.account_id).where(SignUp.username == folded, SignUp.expires_at > clock.now())
    for holder in session().scalars(held):
        if holder is None or holder != but:
            return Refused(Reason.USERNAME_TAKEN, "username")
    return None


def _is_free(username: str, but: int | None, by_operator: bool) -> bool:
    """Return whether a name that nobody has may be taken by the account `but`, or by somebody new."""
    if but is not None and names.is_own(username, but):
        return True
    return not names.is_held(username) and (by_operator or not reserved.is_reserved(username))


def check_name(name: str, field: str) -> Refused | None:
    """Refuse a name that is too long (NAME_TOO_LONG), or for its characters, as `check_characters` does."""
    if len(name) > LONGEST_NAME:
        return Refused(Reason.NAME_TOO_LONG, field)
    return check_characters(name, field)


def check_characters(text: str, field: str) -> Refused | None:
    """Refuse a text that people could not read, or read wrongly: TEXT_CONTROL, TEXT_TURNING, TEXT_INVISIBLE."""
    fault = writing.find_fault(text)
    return Refused(FAULTS[fault], field) if fault is not None else None


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
