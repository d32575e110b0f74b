"""The codes that people type (RFC 8628, section 6.1): eight of twenty consonants, so that no word comes of them; 34 bits."""

import secrets

from idp.base.extensions import vault
from idp.base.writing import read_code

LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
LENGTH = 8


def make() -> str:
    """Return a new code, its letters alone."""
    return "".join(secrets.choice(LETTERS) for _ in range(LENGTH))


def show(code: str) -> str:
    """Return a code as people read it: WDJB-MJHT."""
    return f"{code[: LENGTH // 2]}-{code[LENGTH // 2 :]}"


def read(typed: str) -> str | None:
    """Return the code that somebody typed, whatever the case, spaces and hyphens; None for what cannot be one."""
    code = read_code(typed)
    return code if len(code) == LENGTH and set(code) <= set(LETTERS) else None


def digest(code: str) -> bytes:
    """Return what is kept of a code: it is short, so a stolen database alone must not tell it."""
    return vault().keyed_digest(code, "user_code")
