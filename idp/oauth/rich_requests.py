"""Rich authorization requests (RFC 9396): `authorization_details` read, judged, compared with what was granted, and told.

An object is of a type that an administrator has registered and the client is registered for, and fits the type's schema. It is kept with
the grant as it was allowed, and asked about anew each time it differs.
"""

import hashlib
import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from authlib.oauth2.rfc6749 import OAuth2Error
from flask import Flask

from idp.clients.registered import RegisteredClient
from idp.details import known, wording
from idp.oauth.scopes import DETAILS, listed

if TYPE_CHECKING:
    from idp.oauth.grants.entitlement import Entitlement

PARAMETER = "authorization_details"
INVALID = "invalid_authorization_details"
LONGEST = 4096  # characters
MOST, DEEPEST, LARGEST = 10, 8, 2**53

Detail = dict[str, Any]


@dataclass(frozen=True)
class Told:
    """One object as people read it: a title, the words of its type in pieces, and everything that it says."""

    title: str
    words: list[tuple[str, bool]]
    everything: str


def init_app(app: Flask) -> None:
    """Say in the metadata which types there are (section 10)."""
    from idp.oauth import discovery  # which knows the policy, which knows this

    discovery.add(app, lambda: {"authorization_details_types_supported": known.names()} if known.names() else {})


def parse(text: str | None) -> list[Detail] | None:
    """Return the objects of the parameter; None for what is no array of 1 to 10 objects with a type (section 2)."""
    if text is None or len(text) > LONGEST:
        return None
    try:
        found = json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, list) or not 0 < len(found) <= MOST:
        return None
    is_good = all(isinstance(one, dict) and isinstance(one.get("type"), str) and _is_plain(one) for one in found)
    return found if is_good else None


def write(details: Sequence[Detail]) -> str:
    """Return objects as the parameter has them."""
    return json.dumps(details, separators=(",", ":"))


def find_problem(text: str, client: RegisteredClient) -> str | None:
    """Return what is wrong with the parameter of a client, or None (section 5)."""
    details = parse(text)
    if details is None:
        return "The parameter authorization_details must be a JSON array of 1 to 10 objects, each with a type (RFC 9396, section 2)."
    for number, detail in enumerate(details):
        name, definition = detail["type"], known.find(detail["type"])
        if definition is None:
            return f"No type {listed([name])} of authorization_details is registered here."
        if name not in client.metadata.authorization_details_types:
            return f"The client is not registered for the type {listed([name])} of authorization_details."
        fault = definition.find_fault(detail)
        if fault is not None:
            return listed([f"authorization_details[{number}]: {fault}."])
    return None


def read(text: str | None, client: RegisteredClient) -> list[Detail] | None:
    """Return what a token request names; None where it names nothing.

    Raises:
        OAuth2Error: `invalid_authorization_details`.
    """
    if text is None:
        return None
    problem = find_problem(text, client)
    if problem is not None:
        raise OAuth2Error(problem, error=INVALID)
    return parse(text)


def narrow(right: "Entitlement", named: list[Detail] | None, client: RegisteredClient) -> "Entitlement":
    """Return a right with the objects that its token says: those that are named, of those that were granted, for its audience alone.

    An object that names `locations` is for the audiences among these. Without a grant a client has what it names for itself (section 6).

    Raises:
        OAuth2Error: `invalid_authorization_details` for what was not granted.
    """
    granted = right.granted.authorization_details if right.granted is not None else named
    if named is not None:
        compare(granted or [], named)
    chosen = (granted if named is None else named) or []
    types = client.metadata.authorization_details_types
    kept = [detail for detail in chosen if detail["type"] in types and _is_for(detail, right)]
    if not kept:
        return right
    told = {PARAMETER: kept}
    return replace(right, claims=right.claims | told, members=right.members | told)


def compare(granted: Iterable[Detail], named: Iterable[Detail]) -> None:
    """Compare what a token request names with what was granted (section 6).

    Raises:
        OAuth2Error: `invalid_authorization_details`: an object is within none of them.
    """
    granted = list(granted)
    if not all(any(is_within(detail, wider) for wider in granted) for detail in named):
        raise OAuth2Error("The authorization_details go beyond what was granted.", error=INVALID)


def is_within(narrower: Any, wider: Any) -> bool:
    """Return whether one object asks for no more than another: the same members, of each list some items, and all else equal."""
    if isinstance(wider, dict) and isinstance(narrower, dict):
        return narrower.keys() == wider.keys() and all(is_within(narrower[name], wider[name]) for name in wider)
    if isinstance(wider, list) and isinstance(narrower, list):
        some = bool(narrower) or not wider
        return some and all(any(is_within(item, one) for one in wider) for item in narrower)
    return type(narrower) is type(wider) and bool(narrower == wider)


def item(details: Sequence[Detail]) -> str:
    """Return how objects stand among the scopes that somebody has allowed: by a digest of what they say."""
    written = json.dumps(details, sort_keys=True, separators=(",", ":"))
    return f"{DETAILS}{hashlib.sha256(written.encode()).hexdigest()}"


def tell(details: Iterable[Detail]) -> Iterator[Told]:
    """Yield objects as people read them (section 12)."""
    for detail in details:
        definition = known.find(detail["type"])
        title, words = (definition.title, definition.words) if definition is not None else (detail["type"], "")
        yield Told(title, wording.fill(words, detail), json.dumps(detail, indent=2, ensure_ascii=True))


def _is_for(detail: Detail, right: "Entitlement") -> bool:
    locations = detail.get("locations")
    return right.audience is None or not isinstance(locations, list) or right.audience.resource in locations


def _is_plain(value: Any, depth: int = 1) -> bool:
    """Return whether a value can be kept and told as it is: not too deep, no halves of characters, no numbers that are none."""
    if isinstance(value, dict):
        return depth <= DEEPEST and all(_is_plain(one, depth + 1) for pair in value.items() for one in pair)
    if isinstance(value, list):
        return depth <= DEEPEST and all(_is_plain(one, depth + 1) for one in value)
    if isinstance(value, str):
        return "\0" not in value and not any("\ud800" <= character <= "\udfff" for character in value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return math.isfinite(value) and abs(value) <= LARGEST
    return True


def _once(pairs: list[tuple[str, Any]]) -> Detail:
    """Return an object, none of whose members stands there twice: whoever reads it might take the other one.

    Raises:
        ValueError: one does.
    """
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a member twice")
    return found


def _refuse_constant(_name: str) -> Any:
    raise ValueError("no number")
