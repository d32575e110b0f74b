"""Domains of addresses as the sign-up policy names them: `example.com` alone, `*.example.com` for whatever lies below it."""

import re
from collections.abc import Collection, Iterator

from idp.accounts import identity

MOST = 500  # patterns of a list
BELOW = "*."


def read(text: str) -> list[str]:
    """Return the patterns of a text in which spaces, commas or lines part them, as they are compared; what is none stays as it is."""
    names = dict.fromkeys(word.strip().lstrip("@") for word in re.split(r"[\s,;]+", text))
    return list(dict.fromkeys(canonical(name) or name for name in names if name))


def canonical(pattern: str) -> str | None:
    """Return a pattern as it is compared: small letters, ASCII; None for what is none."""
    bare = pattern.removeprefix(BELOW)
    found = identity.read_email(f"somebody@{bare}")
    if not isinstance(found, str):
        return None
    return pattern[: len(pattern) - len(bare)] + of(found)


def of(email: str) -> str:
    """Return the domain of a canonical address."""
    return email.rpartition("@")[2]


def are_matched(domain: str, patterns: Collection[str]) -> bool:
    """Return whether one of some patterns fits a domain."""
    return domain in patterns or any(f"{BELOW}{above}" in patterns for above in _above(domain))


def is_disposable(domain: str) -> bool:
    """Return whether a domain, or one that it lies below, is known for addresses that are thrown away.

    The list is that of `disposable-email-domains`, which its maintainers publish anew every few days.
    """
    from disposable_email_domains import blocklist  # read from a file, and only where a policy asks for it

    return domain in blocklist or any(above in blocklist for above in _above(domain))


def _above(domain: str) -> Iterator[str]:
    """Yield each domain that one lies below."""
    while "." in domain:
        domain = domain.partition(".")[2]
        yield domain
