"""The request policy: one table of checks, each with its section and the endpoints it applies to, in the order in which they are made.

A check returns None or `(error, description)`. Before a request object is opened only the parameters around it are known; afterwards the
client and the redirect URI are known to be good, so that the answer goes to the client.
"""

import re
from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple

from idp import policies
from idp.clients.metadata import DEVICE_CODE, response_types
from idp.clients.metadata.profiles import FAPI2_SIGNED
from idp.clients.registered import RegisteredClient
from idp.oauth import audiences, claims_request, response_modes, rich_requests
from idp.oauth.parameters import LONGEST, AuthorizationParameters
from idp.oauth.scopes import listed
from idp.policies import Rule

Problem = tuple[str, str]
CODE_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
LONGEST_ALTOGETHER = 8192
LONGEST_OBJECT = 32768
PROMPTS = {"none", "login", "consent", "select_account", "create"}

BEFORE_OPENING = "authorization endpoint, before a request object is opened"
PUSHING = "pushed authorization request endpoint, before a request object is opened"
OPENED = "authorization endpoint, as the client wrote it, before the registration completes it"
AUTHORIZATION = "authorization endpoint"
BROWSER = "ID assertion endpoint (FedCM)"
BOTH = (AUTHORIZATION, BROWSER)


# Whether this server takes pushed requests alone, of whichever client (RFC 9126, section 5).
MUST_PUSH = Rule("pushed_requests", False, read=bool, write=bool)


class Check(NamedTuple):
    """One row of the table; `about` is the parameter that it looks at first."""

    section: str
    run: Callable[[AuthorizationParameters, RegisteredClient], Problem | None]
    about: str
    endpoints: tuple[str, ...] = (AUTHORIZATION,)


class Finding(NamedTuple):
    """What a check has found: the parameter that it looked at, its section, and the problem."""

    about: str
    section: str
    problem: Problem


def find_problem(
    endpoint: str, parameters: AuthorizationParameters, client: RegisteredClient, repeated: Collection[str]
) -> Problem | None:
    """Return the first thing that is wrong with a request to an endpoint."""
    found = next(find_all(endpoint, parameters, client, repeated), None)
    return found.problem if found is not None else None


def find_all(
    endpoint: str, parameters: AuthorizationParameters, client: RegisteredClient, repeated: Collection[str]
) -> Iterator[Finding]:
    """Yield everything that is wrong with a request to an endpoint, in the order in which it is looked at."""
    for name in repeated:
        problem = "invalid_request", f"The parameter {name} is there more than once."
        yield Finding(name, "RFC 6749, 3.1", problem)
    for check in TABLE:
        found = check.run(parameters, client) if endpoint in check.endpoints else None
        if found is not None:
            yield Finding(check.about, check.section, found)


def _lengths(parameters: AuthorizationParameters, _client: RegisteredClient) -> Problem | None:
    for name, value in parameters.values.items():
        longest = {"nonce": 2000, "request": LONGEST_OBJECT}.get(name, LONGEST)
        if len(value) > longest or "\0" in value:
            return "invalid_request", f"The parameter {name} is too long or malformed."
    if sum(len(value) for name, value in parameters.values.items() if name != "request") > LONGEST_ALTOGETHER:
        return "invalid_request", "The request is too long."
    return None


def _registration(parameters: AuthorizationParameters, _client: RegisteredClient) -> Problem | None:
    if parameters.get("registration"):
        return "registration_not_supported", "The registration parameter is not supported."
    return None


def _one_object(parameters: AuthorizationParameters, _client: RegisteredClient) -> Problem | None:
    if parameters.get("request") and parameters.get("request_uri"):
        return "invalid_request", "Use request or request_uri, not both."
    return None


def must_all_push() -> bool:
    """Return whether this server takes no request but pushed ones (RFC 9126, section 5)."""
    return policies.recall(MUST_PUSH)


def must_push(client: RegisteredClient) -> bool:
    """Return whether no request of this client is taken but pushed ones (RFC 9126, section 6)."""
    return client.metadata.require_pushed_authorization_requests or must_all_push()


def _must_push(_parameters: AuthorizationParameters, client: RegisteredClient) -> Problem | None:
    if must_push(client):
        return (
            "invalid_request",
            "This client has to push its request, and send the request_uri that it gets for it (RFC 9126).",
        )
    return None


def _must_sign(parameters: AuthorizationParameters, client: RegisteredClient) -> Problem | None:
    if client.metadata.require_signed_request_object and not (
        parameters.get("request") or parameters.get("request_uri")
    ):
        return "invalid_request", "This client has to sign its request (RFC 9101, section 10.5)."
    return None


def _no_reference(parameters: AuthorizationParameters, _client: RegisteredClient) -> Problem | None:
    if parameters.get("request_uri"):
        return "invalid_request", "The parameter request_uri must not be pushed (RFC 9126, section 2.1)."
    return None


def _dpop_jkt(parameters: AuthorizationParameters, _client: RegisteredClient) -> Problem | None:
    if CODE_CHALLENGE.fullmatch(parameters.get("dpop_jkt") or "A" * 43) is None:
        return (
            "invalid_request",
            "The parameter dpop_jkt must be the SHA-256 thumbprint of a key (RFC 9449, section 10).",
        )
    return None


def _bound_tokens(parameters: AuthorizationParameters, client: RegisteredClient) -> Problem | None:
    is_bound = client.metadata.dpop_bound_access_tokens or client.metadata.tls_client_certificate_bound_access_tokens
    if is_bound and "token" in (parameters.response_type or "").split():
        return "unauthorized_client", "This client's tokens are bound to a key: none is sent through the browser."
    return None


def _response_type(parameters: AuthorizationParameters, client: RegisteredClient) -> Problem | None:
    response_type = parameters.response_type
    if parameters.device is not None:
        is_registered = client.check_grant_type(DEVICE_CODE)
        return None if is_registered else ("unauthorized_client", "The client is not registered for the device grant.")
    if response_type is None:
        return "invalid_request", "The parameter response_type is missing."
    if response_type not in response_types():
        return "unsupported_response_type", f"Use one of the response types: {', '.join(response_types())}."
    if not client.check_response_type(response_type):
        return "unauthorized_client", "The client is not registered for this response type."
    return None


def _response_mode(parameters: AuthorizationParameters, client: RegisteredClient) -> Problem | None:
    mode = parameters.get("response_mode")
    if client.metadata.profile == FAPI2_SIGNED and not response_modes.is_signed(mode):
        return (
            "invalid_request",
            "The parameter response_mode must ask for a signed answer, such as jwt (JARM, section 2.3).",
        )
    if mode is None or response_modes.is_allowed(mode, parameters.response_type):
        return None
    return "invalid_request", "The parameter response_mode is unknown, or not allowed for this response type."


def _nonce(parameters: AuthorizationParameters, _client: RegisteredClient) -> Problem | None:
    if "id_token" in (parameters.response_type or "").split() and not parameters.get("nonce"):
        return "invalid_request", "The parameter nonce is missing: the ID token travels through the browser."
    return None


def _scope(parameters: AuthorizationParameters, client: RegisteredClient) -> Problem | None:
    if not parameters.scopes:
        lost = f": {listed(parameters.left_out)}" if parameters.left_out else ""
        return (
            "invalid_scope",
            f"The parameter scope is missing, or holds nothing that this client can be granted{lost}.",
        )
    foreign = [scope for scope in parameters.scopes if scope not in client.scopes]
    if foreign:
        return "invalid_scope", f"The client is not registered for the scope {listed(foreign)}."
    return None


def _openid(parameters: AuthorizationParameters, _client: RegisteredClient) -> Problem | None:
    if "id_token" in (parameters.response_type or "").split() and "openid" not in parameters.scopes:
        return "invalid_scope", "The scope openid is missing: an ID token is asked for."
    return None


def _pkce(parameters: AuthorizationParameters, client: RegisteredClient) -> Problem | None:
    challenge, method = parameters.get("code_challenge"), parameters.get("code_challenge_method")
    if challenge is None and method is None:
        if client.metadata.require_pkce and "code" in (parameters.response_type or "").split():
            return "invalid_request", "The parameter code_challenge is missing: this client uses PKCE."
        return None
    if challenge is None:
        return "invalid_request", "The parameter code_challenge is missing."
    if method != "S256":
        return "invalid_request", "The parameter code_challenge_method must be S256."
    if not CODE_CHALLENGE.fullmatch(challenge):
        return "invalid_request", "The parameter code_challenge is malformed."
    return None


def _prompt(parameters: AuthorizationParameters, _client: RegisteredClient) -> Problem | None:
    if not parameters.prompts <= PROMPTS:
        return "invalid_request", "The parameter prompt has an unknown value."
    if "none" in parameters.prompts and len(parameters.prompts) > 1:
        return "invalid_request", "The prompt none stands alone."
    return None


def _max_age(parameters: AuthorizationParameters, _client: RegisteredClient) -> Problem | None:
    value = parameters.get("max_age")
    if value is not None and not re.fullmatch(r"[0-9]{1,9}", value):
        return "invalid_request", "The parameter max_age must be a number of seconds."
    return None


def _claims(parameters: AuthorizationParameters, _client: RegisteredClient) -> Problem | None:
    if claims_request.parse(parameters.get("claims")) is None:
        return "invalid_request", "The parameter claims is malformed."
    return None


def _resource(parameters: AuthorizationParameters, client: RegisteredClient) -> Problem | None:
    problem = audiences.find_problem(parameters.resources, client)
    if problem is None and len(parameters.resources) > 1 and "token" in (parameters.response_type or "").split():
        problem = "A token is for one audience: name one resource, or ask for a code."
    return (audiences.INVALID, problem) if problem is not None else None


def _details(parameters: AuthorizationParameters, client: RegisteredClient) -> Problem | None:
    text = parameters.get(rich_requests.PARAMETER)
    problem = rich_requests.find_problem(text, client) if text is not None else None
    return (rich_requests.INVALID, problem) if problem is not None else None


TABLE = (
    Check("RFC 6749, 4.1.2.1", _lengths, "", (BEFORE_OPENING, PUSHING, OPENED, BROWSER)),
    Check("RFC 9126, 5 and 6", _must_push, "request_uri", (BEFORE_OPENING, BROWSER)),
    Check("RFC 9126, 2.1", _no_reference, "request_uri", (PUSHING,)),
    Check("RFC 9101, 10.5", _must_sign, "request", (BEFORE_OPENING, PUSHING, BROWSER)),
    Check("OpenID Connect Core, 6", _one_object, "request", (BEFORE_OPENING,)),
    Check("OpenID Connect Core, 7.2.1", _registration, "registration", (BEFORE_OPENING, PUSHING, AUTHORIZATION)),
    Check("RFC 6749, 3.1.1", _response_type, "response_type"),
    Check("OAuth 2.0 Multiple Response Types, 2.1", _response_mode, "response_mode"),
    Check("RFC 8707, 2", _resource, "resource"),
    Check("RFC 9396, 5", _details, "authorization_details"),
    Check("RFC 6749, 3.3", _scope, "scope", BOTH),
    Check("OpenID Connect Core, 3.2.2.1 and 3.3.2.1", _openid, "scope", BOTH),
    Check("RFC 7636, 4.4.1; RFC 9700, 2.1.1", _pkce, "code_challenge"),
    Check("RFC 9449, 10", _dpop_jkt, "dpop_jkt"),
    Check("RFC 9449, 5.2; RFC 8705, 6.4", _bound_tokens, "response_type"),
    Check("OpenID Connect Core, 3.2.2.1 and 3.3.2.11", _nonce, "nonce", BOTH),
    Check("OpenID Connect Core, 3.1.2.1", _prompt, "prompt", BOTH),
    Check("OpenID Connect Core, 3.1.2.1", _max_age, "max_age", BOTH),
    Check("OpenID Connect Core, 5.5", _claims, "claims"),
)
