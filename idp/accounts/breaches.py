"""Whether a new password is known from data breaches, asked of the service in `IDP_BREACH_CHECK_URL`; unset, nobody is asked.

k-anonymity: the service hears the first five of forty hexadecimal digits of a SHA-1, which hundreds of breached passwords share, and
never the password. It is asked of new passwords alone, after everything that can be said here, and outside of any transaction.
"""

import hashlib
import logging

from idp.accounts import passwords
from idp.base import fetch
from idp.base.database import pause
from idp.base.extensions import settings
from idp.base.outcome import Busy, Reason, Refused

LARGEST = 512 * 1024  # bytes; a padded answer has about fifty thousand
PREFIX = 5  # hexadecimal digits

log = logging.getLogger(__name__)


def check(password: str) -> Refused | None:
    """Refuse a password (PASSWORD_BREACHED) that the service knows; one that it cannot be asked about is taken.

    Callers end their transaction first (`database.pause`): it takes up to some seconds.
    """
    url = settings().breach_check_url
    if url is None:
        return None
    digest = hashlib.sha1(passwords.encoded(password), usedforsecurity=False).hexdigest().upper()
    try:
        answer = fetch.get(url + digest[:PREFIX], largest=LARGEST, headers={"Add-Padding": "true"})
    except (fetch.FetchError, Busy) as error:
        log.warning("A new password was not checked for breaches: %s", error or "too many requests wait for hosts")
        return None
    return Refused(Reason.PASSWORD_BREACHED, "password") if _lists(answer, digest[PREFIX:]) else None


def hash_unknown(password: str) -> str | Refused:
    """Return the hash of a new password, outside of any transaction. Refusal: PASSWORD_BREACHED, where the service knows it."""
    pause()
    refused = check(password)
    return refused if refused is not None else passwords.hash_password(password)


def _lists(answer: bytes, suffix: str) -> bool:
    """Return whether an answer has a line `SUFFIX:COUNT` for a digest; padding counts 0."""
    for line in answer.decode("ascii", "replace").splitlines():
        listed, _, count = line.strip().partition(":")
        if listed.upper() == suffix:
            return count.strip().isdecimal() and int(count) > 0
    return False
