"""What receivers send about their streams, read member by member (SSF 1.0, section 8.1.1). Unknown members are left alone.

Nothing here looks at the database; whether an address may be reached at all is found out when something is sent there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from idp.base.fetch import FetchError, target
from idp.base.writing import find_fault
from idp.signals.identifiers import FORMATS, ISS_SUB
from idp.signals.models import LONGEST_DESCRIPTION, LONGEST_REASON, LONGEST_URL, POLL, PUSH, STATUSES

METHODS = {"urn:ietf:rfc:8935": PUSH, "urn:ietf:rfc:8936": POLL}
URNS = {method: urn for urn, method in METHODS.items()}
MOST_REQUESTED, LONGEST_KIND = 100, 300
LONGEST_AUTHORIZATION = 4000
LONGEST_STATE = 1000


class Invalid(Exception):
    """A member that cannot be taken: which, and why."""

    def __init__(self, member: str, why: str) -> None:
        super().__init__(f"{member}: {why}")


@dataclass(frozen=True)
class Delivery:
    """How news are brought. `authorization` is None where nothing was said of it, and empty where none is wanted."""

    method: str = POLL
    endpoint_url: str | None = None
    authorization: str | None = None


@dataclass(frozen=True)
class Wanted:
    """What a receiver supplies; `given` are the members that were there."""

    given: frozenset[str]
    delivery: Delivery
    events_requested: list[str] | None
    description: str | None
    subject_format: str


def read(document: Mapping[str, Any]) -> Wanted:
    """Return what a receiver supplies of a stream's configuration.

    Raises:
        Invalid: a member is not of its form.
    """
    return Wanted(
        frozenset(document),
        _read_delivery(document.get("delivery")),
        _read_kinds(document.get("events_requested")),
        read_text(document, "description", LONGEST_DESCRIPTION),
        _read_format(document.get("format")),
    )


def read_status(document: Mapping[str, Any]) -> tuple[str, str | None]:
    """Return the status that is asked for, and the reason that is given (SSF 1.0, section 8.1.2.2).

    Raises:
        Invalid: a member is not of its form.
    """
    status = document.get("status")
    if not isinstance(status, str) or status not in STATUSES:
        raise Invalid("status", f"one of {', '.join(STATUSES)} is needed.")
    return status, read_text(document, "reason", LONGEST_REASON)


def read_state(document: Mapping[str, Any]) -> str | None:
    """Return the state of a verification request, to the letter (SSF 1.0, section 8.1.4.2).

    Raises:
        Invalid: it is no text, or longer than 1000 characters.
    """
    state = document.get("state")
    if state is not None and (not isinstance(state, str) or len(state) > LONGEST_STATE):
        raise Invalid("state", f"a text of up to {LONGEST_STATE} characters is needed.")
    return state


def read_text(document: Mapping[str, Any], member: str, longest: int) -> str | None:
    """Return a line for people, cut where it is too long; None where there is none.

    Raises:
        Invalid: it is no text, or nothing that can be shown.
    """
    text = document.get(member)
    if text is None or text == "":
        return None
    if not isinstance(text, str) or find_fault(text[:longest]) is not None:
        raise Invalid(member, "a line of printable text is needed.")
    return text[:longest]


def _read_delivery(value: Any) -> Delivery:
    if value is None:
        return Delivery()
    if not isinstance(value, dict):
        raise Invalid("delivery", "an object is needed.")
    urn = value.get("method", URNS[POLL])
    if not isinstance(urn, str) or urn not in METHODS:
        raise Invalid("delivery.method", f"one of {', '.join(METHODS)} is needed.")
    if METHODS[urn] == POLL:
        return Delivery()
    return Delivery(PUSH, _read_url(value.get("endpoint_url")), _read_authorization(value))


def _read_url(url: Any) -> str:
    try:
        if not isinstance(url, str) or len(url) > LONGEST_URL:
            raise FetchError("no address")
        target.read(url)
    except FetchError:
        raise Invalid("delivery.endpoint_url", "an https address is needed, without a fragment.") from None
    return url


def _read_authorization(value: Mapping[str, Any]) -> str | None:
    if "authorization_header" not in value:
        return None
    header = value["authorization_header"]
    if header is None or header == "":
        return ""
    is_header = isinstance(header, str) and header.isascii() and header.isprintable() and header == header.strip()
    if not is_header or len(header) > LONGEST_AUTHORIZATION:
        raise Invalid("delivery.authorization_header", "the value of a header is needed, in printable ASCII.")
    return str(header)


def _read_kinds(value: Any) -> list[str] | None:
    if value is None:
        return None
    if not isinstance(value, list) or len(value) > MOST_REQUESTED:
        raise Invalid("events_requested", f"a list of up to {MOST_REQUESTED} URIs is needed.")
    if not all(isinstance(kind, str) and len(kind) <= LONGEST_KIND for kind in value):
        raise Invalid("events_requested", "a list of URIs is needed.")
    return list(dict.fromkeys(value))


def _read_format(value: Any) -> str:
    if value is None:
        return ISS_SUB
    if not isinstance(value, str) or value not in FORMATS:
        raise Invalid("format", f"one of {', '.join(FORMATS)} is needed.")
    return value
