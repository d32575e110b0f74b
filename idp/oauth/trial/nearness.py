"""The registered redirect URI that is nearest to one that is not registered, and in which part they differ."""

from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from urllib.parse import SplitResult, unquote, urlsplit

from flask_babel import gettext as _

LONGEST = 2000  # characters that are compared


def find_nearest(sent: str, registered: Iterable[str]) -> str | None:
    """Return the address that is most like the one that was sent; None where there is none at all."""
    return max(registered, key=lambda uri: _likeness(sent, uri), default=None)


def tell_difference(sent: str, registered: str) -> str:
    """Return in a sentence how an address differs from a registered one."""
    if sent.strip() == registered:
        return str(_("There is white space around it."))
    if unquote(sent) == registered:
        return str(_("It is percent-encoded once too often."))
    try:
        differences = [*_compare(urlsplit(sent), urlsplit(registered))]
    except ValueError:
        return str(_("It is no address that can be read."))
    return " ".join(differences) or _("They are written differently.")


def _likeness(sent: str, uri: str) -> float:
    return SequenceMatcher(None, sent[:LONGEST], uri[:LONGEST], autojunk=False).ratio()


def _compare(sent: SplitResult, known: SplitResult) -> Iterator[str]:
    if sent.scheme != known.scheme:
        yield _("The scheme is %(sent)s, and %(known)s is registered.", sent=sent.scheme or "–", known=known.scheme)
    if sent.hostname != known.hostname:
        yield _("The host is %(sent)s, and %(known)s is registered.", sent=sent.hostname or "–", known=known.hostname)
    elif sent.port != known.port:
        yield _("The port is %(sent)s, and %(known)s is registered.", sent=_port(sent), known=_port(known))
    elif sent.netloc != known.netloc:
        yield _("The host is written differently: in capitals, or with a user.")
    if sent.path != known.path:
        yield _compare_paths(sent.path, known.path)
    if sent.query != known.query:
        yield _("The query is “%(sent)s”, and “%(known)s” is registered.", sent=sent.query, known=known.query)
    if sent.fragment:
        yield _("It has a fragment (#%(sent)s), which none may have.", sent=sent.fragment)


def _compare_paths(sent: str, known: str) -> str:
    if sent.rstrip("/") == known.rstrip("/"):
        has_more = len(sent) > len(known)
        told = _("There is a slash at its end too many.") if has_more else _("The slash at its end is missing.")
        return str(told)
    if sent.casefold() == known.casefold():
        return str(
            _("The path has other capital letters: %(sent)s, and %(known)s is registered.", sent=sent, known=known)
        )
    return str(_("The path is %(sent)s, and %(known)s is registered.", sent=sent or "–", known=known or "–"))


def _port(parts: SplitResult) -> str:
    return str(parts.port) if parts.port is not None else _("the usual one")
