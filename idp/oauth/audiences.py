"""For whom an access token is: this server, or one of the APIs that are registered (RFC 8707). A token is for one of them.

What an authorization request names is kept with its grant, and a token request chooses one of that. An API that nobody has registered, or
whose scopes the client has none of, is refused: a token that some other audience could take is never made.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from authlib.oauth2.rfc6749 import OAuth2Error

from idp.base.extensions import settings
from idp.clients.registered import RegisteredClient
from idp.oauth.refusals import Cause, Refusal
from idp.oauth.scopes import listed
from idp.resources import known, naming
from idp.resources.definition import Definition

if TYPE_CHECKING:
    from idp.oauth.grants.entitlement import Entitlement

INVALID = "invalid_target"
MOST_NAMED = 20  # of one request


def find_problem(named: Iterable[str], client: RegisteredClient) -> str | None:
    """Return what is wrong with the resources that a client names, or None."""
    named = list(named)
    if len(named) > MOST_NAMED:
        return f"At most {MOST_NAMED} resources may be named."
    for identifier in named:
        if identifier == naming.MALFORMED:
            return "The parameter resource must be an absolute URI without a fragment (RFC 8707, section 2)."
        found = known.find(identifier)
        if identifier == settings().issuer:
            continue
        if found is None:
            return f"No API is registered here under the resource {listed([identifier])}: it is compared exactly."
        if not found.keep(client.scopes):
            return f"The client is registered for no scope of the resource {listed([identifier])}."
    return None


def read(text: str | None, client: RegisteredClient) -> str | None:
    """Return the one resource that a token request names; None where it names none.

    Raises:
        OAuth2Error: `invalid_target` for several, for one that is malformed or not known, or that is not for this client.
    """
    named = naming.split(text)
    if len(named) > 1:
        raise OAuth2Error("A token is for one audience: name one resource in each token request.", error=INVALID)
    problem = find_problem(named, client)
    if problem is not None:
        raise OAuth2Error(problem, error=INVALID)
    return named[0] if named else None


def narrow(right: "Entitlement", named: str | None, client: RegisteredClient) -> "Entitlement":
    """Return what a request has a right to, with the audience of its access token and the scopes that are for that one alone.

    Where none is named, the one that was granted; where none was granted, this server, as ever. Named, this server gets what belongs to no
    API. The conditions of `validity` have looked at this before a code or token was used up; a grant that has none is looked at here.
    A right that says its audience itself is for that one.

    Raises:
        Refusal: `invalid_target`: none is named of several that were granted, or one that was not granted.
        OAuth2Error: `invalid_target` for one that is not there any more, or that the client has no scope of any more.
    """
    if right.audience is not None:
        return aim(right, right.audience)
    granted = naming.split(right.granted.resources) if right.granted is not None else ()
    if named is None and len(granted) > 1:
        raise Refusal(INVALID, Cause.RESOURCE_NOT_GRANTED)
    if named is None and not granted:
        return right
    chosen = named or granted[0]
    if chosen == settings().issuer:
        return replace(right, token_scope=" ".join(scope for scope in right.scopes if known.of_scope(scope) is None))
    if right.granted is not None and chosen not in granted:
        raise Refusal(INVALID, Cause.RESOURCE_NOT_GRANTED)
    problem = find_problem([chosen], client)
    found = known.find(chosen)
    if problem is not None or found is None:
        raise OAuth2Error(problem or "", error=INVALID)
    return aim(right, found)


def aim(right: "Entitlement", audience: Definition) -> "Entitlement":
    """Return a right whose access token is for an API."""
    return replace(right, audience=audience, token_scope=" ".join(audience.keep(right.scopes)))
