"""An authorization request explained, member by member, by the checks that the authorization endpoint makes."""

import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from urllib.parse import parse_qs, urlsplit

from flask_babel import gettext as _

from idp.base import clock
from idp.base.extensions import settings
from idp.clients.registered import RegisteredClient
from idp.oauth import dialects, policy, request_objects
from idp.oauth.authorize import reading
from idp.oauth.authorize.pages import Request
from idp.oauth.parameters import KNOWN, AuthorizationParameters, read
from idp.oauth.policy import Finding
from idp.oauth.trial import meanings, nearness

GOOD, ODD, WRONG, IGNORED = "good", "odd", "wrong", "ignored"
LONGEST_ADDRESS = 40_000  # characters
MOST_PARAMETERS = 100
MOST_NAMED = 10  # redirect URIs of a sentence
NAMED = re.compile(r"The parameter ([a-z_]+)")
ENDPOINT = "/oauth/authorize"

Pairs = dict[str, list[str]]


@dataclass(frozen=True)
class Member:
    """One parameter: its value, what came of it, what is to be said of it, where that is written, and what would mend it.

    `member` is that of the registration which would; None where the app alone can.
    """

    name: str
    value: str
    outcome: str
    told: str
    section: str | None = None
    mend: str | None = None
    member: str | None = None


@dataclass(frozen=True)
class Explanation:
    """A request, member by member; and the request itself where nothing is wrong with it."""

    members: list[Member]
    asked: Request | None

    @property
    def is_good(self) -> bool:
        """Whether the endpoint takes the request."""
        return self.asked is not None


def begin(client: RegisteredClient) -> Pairs:
    """Return the request that an application would make which goes by the client's registration; its PKCE verifier is nobody's."""
    metadata = client.metadata
    values = {
        "response_type": next(iter(metadata.allowed_response_types), "code"),
        "client_id": client.client_id,
        "redirect_uri": next(iter(metadata.redirect_uris), ""),
        "scope": metadata.scope,
        "state": secrets.token_urlsafe(12),
        "nonce": secrets.token_urlsafe(12),
        "code_challenge": secrets.token_urlsafe(32),
        "code_challenge_method": "S256",
    }
    return {name: [value] for name, value in values.items()}


def read_address(text: str) -> tuple[Pairs, str | None]:
    """Return the parameters of an address that somebody pasted, or of its query alone, and what is wrong with the rest of it."""
    text = text.strip()
    try:
        parts = urlsplit(text)
        query = parts.query if "?" in text else text
        pairs = parse_qs(query, keep_blank_values=True, max_num_fields=MOST_PARAMETERS)
    except ValueError:
        return {}, _("That is no address that can be read, or it has more than 100 parameters.")
    if not any(name in KNOWN for name in pairs):
        return {}, _(
            "There is no parameter of an authorization request in it. Copy the whole address, from https:// on."
        )
    expected = f"{settings().issuer}{ENDPOINT}"
    address = text.partition("?")[0].partition("#")[0]
    if "?" not in text or not address or address == expected:
        return pairs, None
    told = _(
        "It is sent to %(sent)s. This server takes authorization requests at %(here)s.",
        sent=address[:300],
        here=expected,
    )
    return pairs, told


def explain(pairs: Mapping[str, list[str]], client: RegisteredClient) -> Explanation:
    """Return what the authorization endpoint makes of a request of this client, and all that is wrong, not the first thing alone.

    Fetches a request object where the client has registered its address: call it before anything is written.
    """
    outer, repeated = read(pairs)
    # What has to be pushed is tried as if it had been.
    before = policy.PUSHING if policy.must_push(client) else policy.BEFORE_OPENING
    found = [*_find_foreign(outer, client), *policy.find_all(before, outer, client, repeated)]
    opened: AuthorizationParameters = outer
    if not any(finding.about in {"request", "request_uri"} for finding in found):
        read_object = request_objects.open_request(outer, client)
        if isinstance(read_object, tuple):
            found.append(Finding("request" if outer.get("request") else "request_uri", "RFC 9101, 6.3", read_object))
        else:
            opened = read_object
    found += policy.find_all(policy.OPENED, opened, client, ())
    complete = dialects.complete(opened, client).complete(client)
    found += _find_lost(complete, client, repeated)
    found += policy.find_all(policy.AUTHORIZATION, complete, client, ())
    found = [*dict.fromkeys(found)]
    members = [*_members(pairs, outer, opened, complete, client, found)]
    return Explanation(members, None if found else Request(complete, client, clock.now()))


def _find_foreign(outer: AuthorizationParameters, client: RegisteredClient) -> Iterator[Finding]:
    named = outer.get("client_id")
    if named is None:
        yield Finding("client_id", "RFC 6749, 4.1.1", ("invalid_request", _("The client_id is missing.")))
    elif named != client.client_id:
        yield Finding("client_id", "RFC 6749, 4.1.1", ("invalid_client", _("It is not this client.")))


def _find_lost(complete: AuthorizationParameters, client: RegisteredClient, repeated: list[str]) -> Iterator[Finding]:
    """Yield why nobody could be sent back, with the nearest address that is registered."""
    fault = reading.find_fault(complete, client, repeated)
    if fault is None:
        return
    sent, registered = complete.get("redirect_uri"), client.metadata.redirect_uris
    near = nearness.find_nearest(sent, registered) if sent is not None and fault.sent is not None else None
    told = fault.message
    if sent is not None and near is not None:
        told = _("It is not registered. The nearest one that is: %(uri)s.", uri=near)
        told = f"{told} {nearness.tell_difference(sent, near)}"
    elif fault.sent is not None:
        told = _("It is not registered, and no other is.")
    yield Finding("redirect_uri", "RFC 6749, 3.1.2.3; RFC 9700, 2.1", ("invalid_request", told))


def _members(
    pairs: Mapping[str, list[str]],
    outer: AuthorizationParameters,
    opened: AuthorizationParameters,
    complete: AuthorizationParameters,
    client: RegisteredClient,
    found: Iterable[Finding],
) -> Iterator[Member]:
    by_name: dict[str, list[Finding]] = {}
    for finding in found:
        by_name.setdefault(_name_of(finding), []).append(finding)
    inside = opened.values if opened is not outer else {}
    names = dict.fromkeys([*pairs, *inside, *by_name])
    for name in names:
        values = pairs.get(name, [])
        value = inside.get(name) or (values[0] if values else "")
        if name in by_name:
            yield _wrong(name, value, by_name[name], client)
        elif name not in KNOWN:
            yield Member(name, value, IGNORED, _tell_unknown(name))
        elif inside and name not in inside and name not in {"client_id", "request", "request_uri"}:
            yield Member(name, value, IGNORED, _("It stands beside a request object, and only what is inside counts."))
        elif not value:
            yield Member(name, value, IGNORED, _("Without a value it counts as left out."))
        else:
            yield _good(name, value, complete, client)


def _wrong(name: str, value: str, found: list[Finding], client: RegisteredClient) -> Member:
    told = " ".join(finding.problem[1] for finding in found)
    mend, member = meanings.mend(name, client)
    return Member(name, value, WRONG, told, found[0].section, mend, member)


def _good(name: str, value: str, complete: AuthorizationParameters, client: RegisteredClient) -> Member:
    told = meanings.of(name, complete, client)
    if name == "scope" and complete.left_out:
        lost = _("Left out, without an error: %(scopes)s.", scopes=", ".join(complete.left_out))
        mend, member = meanings.mend(name, client)
        return Member(name, value, ODD, f"{told} {lost}", "OpenID Connect Core, 3.1.2.1", mend, member)
    return Member(name, value, GOOD, told)


def _name_of(finding: Finding) -> str:
    """Return the parameter that a finding names, which one check of several may say itself."""
    named = NAMED.match(finding.problem[1])
    return named[1] if named is not None else finding.about


def _tell_unknown(name: str) -> str:
    near = next(iter(get_close_matches(name, KNOWN, 1, 0.75)), None)
    if near is not None:
        return str(_("This server knows no such parameter and ignores it. Is %(name)s meant?", name=near))
    return str(_("This server knows no such parameter and ignores it."))
